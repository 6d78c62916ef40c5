"""What a model server's moderation (`/v1/moderations`) says of a text."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNNAMED = "other"  # the category of a server that flags and names none


@dataclass(frozen=True)
class Judgement:
    """The categories that the server flags, and its score (0 to 1) for each that it knows."""

    flagged: frozenset[str] = frozenset()
    scores: Mapping[str, float] = field(default_factory=dict)


def parse_judgement(answer: Mapping[str, Any]) -> Judgement:
    """One text's result. Raises `KeyError`, `TypeError`, `AttributeError` or `ValueError` where it is not the protocol."""
    named = {str(name) for name, given in (answer.get("categories") or {}).items() if given is True}
    scores = {str(name): float(score) for name, score in (answer.get("category_scores") or {}).items()}
    if not all(map(math.isfinite, scores.values())):
        raise ValueError("a score is no number")
    return Judgement(frozenset(named or {UNNAMED}) if answer["flagged"] else frozenset(), scores)
