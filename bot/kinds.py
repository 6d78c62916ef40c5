"""The two kinds of writing, jokes and slogans, and what differs between them."""

from dataclasses import dataclass
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"


@dataclass(frozen=True)
class Kind:
    """`name` is its word in rows and options, `system` the recipe's system message, `option` what members are asked for.

    `examples` is the shipped training file, of which a base model is shown the first; a large one only where `shown_to_large`.
    `unseen` and `arena` have a question per line that is in no shipped training file: for reports, and for rounds of the arena.
    """

    name: str
    system: str
    option: str
    examples: Path
    unseen: Path
    arena: Path
    shown_to_large: bool


JOKE = Kind(
    "joke",
    "You are an assistant that creates funny one-line jokes based on a given scenario.",
    "scenario",
    _DATA / "jokes.jsonl",
    _DATA / "scenarios.txt",
    _DATA / "arena_scenarios.txt",
    shown_to_large=True,
)
SLOGAN = Kind(
    "slogan",
    "You are an assistant that creates a slogan based on company description",
    "description",
    _DATA / "slogans.jsonl",
    _DATA / "descriptions.txt",
    _DATA / "arena_descriptions.txt",
    shown_to_large=False,
)
KINDS = {kind.name: kind for kind in (JOKE, SLOGAN)}


def kind_of(system: str | None) -> Kind:
    """The kind whose recipe has this system message; jokes if none has."""
    return next((kind for kind in KINDS.values() if kind.system == (system or "").strip()), JOKE)
