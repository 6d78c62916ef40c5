"""How datasets look: what was kept, the list, one with its first examples, and a whole check."""

from collections.abc import Sequence

import discord

from bot.datasets.findings import ENDING, LEFT_OUT, REPEATED, SEEN, TOO_LONG, Fault, FileCheck
from bot.datasets.service import Example, Kept
from bot.store.datasets import Dataset
from cogs.ui.text import LIMIT_TITLE, clip, listing

LIMIT_SHOWN = 300  # of each text of an example: a phone shows three examples without much scrolling
LIMIT_WARNING = 250
SHOWN_WARNINGS = 5
HISTOGRAM = "tokens.png"
KINDS = {
    REPEATED: "is there more than once",
    LEFT_OUT: "was there before and is left out",
    TOO_LONG: "is longer than training takes",
    SEEN: "gives away a scenario kept for testing",
    ENDING: "ends differently from the rest",
}


def facts(dataset: Dataset) -> str:
    """A dataset in numbers."""
    held_back = f" and {dataset.validation_examples:,} for validation" if dataset.validation_examples else ""
    return f"{dataset.examples:,} examples{held_back}, about {dataset.tokens:,} tokens, {dataset.bytes / 1000:,.1f} kB"


def kept_card(kept: Kept) -> discord.Embed:
    """A dataset that is new, and what is odd about it."""
    dataset, found = kept.dataset, kept.found
    lines = [facts(dataset), "Every line is well-formed. `/finetune launch` trains a model on it."]
    if kept.same:
        lines.append(f"It has the same content as “{kept.same.name}”.")
    embed = discord.Embed(title=f"Dataset “{dataset.name}” is kept", description="\n".join(lines))
    if found.warnings:
        _add_warnings(embed, found, SHOWN_WARNINGS)
    return embed


def split_card(kept: Kept, whole: str, seed: int) -> discord.Embed:
    """A dataset that was split off."""
    dataset = kept.dataset
    lines = [
        facts(dataset),
        f"Seed {seed} chose what is held back; the same seed makes the same split of “{whole}”.",
        "`/finetune launch` trains on the one part and measures the loss on the other.",
    ]
    return discord.Embed(title=f"Dataset “{dataset.name}” is kept", description="\n".join(lines))


def list_card(datasets: tuple[Dataset, ...]) -> discord.Embed:
    """All datasets of a server."""
    if not datasets:
        return discord.Embed(
            title="No datasets yet", description="`/dataset upload` takes a JSONL file of at least ten examples."
        )
    lines = [f"**{dataset.name}** `{dataset.sha256[:8]}`: {facts(dataset)}" for dataset in datasets]
    return discord.Embed(title="Datasets", description=listing(lines))


def sample_card(dataset: Dataset, sample: tuple[Example, ...]) -> discord.Embed:
    """A dataset with its first examples."""
    embed = discord.Embed(title=f"Dataset “{dataset.name}”", description=facts(dataset), timestamp=dataset.created_at)
    for number, example in enumerate(sample, 1):
        embed.add_field(
            name=clip(f"Example {number}: {example.user}", LIMIT_TITLE),
            value=clip(example.assistant, LIMIT_SHOWN) or "–",
            inline=False,
        )
    if sample and sample[0].system:
        embed.add_field(name="System message", value=clip(sample[0].system, LIMIT_SHOWN), inline=False)
    return embed.set_footer(text=f"SHA-256 {dataset.sha256[:16]}…")


def check_card(dataset: Dataset, found: FileCheck) -> discord.Embed:
    """A whole check; the histogram goes with it as an attachment."""
    said = "No line is faulty." if not found.fault_count else f"{found.fault_count:,} faults."
    embed = discord.Embed(title=f"Check of “{dataset.name}”", description=said)
    embed.add_field(name="Examples", value=f"{found.examples:,}")
    exactly = "counted exactly" if found.exact else "an estimate"
    embed.add_field(name="Tokens", value=f"{found.tokens:,} ({exactly})")
    if found.lengths:
        lengths = found.lengths
        each = f"{lengths.shortest:,} to {lengths.longest:,}, half have {lengths.median:,} or fewer"
        embed.add_field(name="Tokens each", value=each)
    if found.ending:
        others = found.warning_counts.get(ENDING, 0)
        share = (found.examples - others) / found.examples
        embed.add_field(name="Answers end in", value=f"“{clip(found.ending.strip(), 100)}”: {share:.0%}")
    _add_warnings(embed, found, len(found.warnings))
    return embed.set_footer(text=f"SHA-256 {dataset.sha256[:16]}…")


def _add_warnings(embed: discord.Embed, found: FileCheck, most: int) -> None:
    lines = [f"⚠️ {KINDS[kind]}: {_examples(count)}" for kind, count in found.warning_counts.items()]
    embed.description = "\n".join([embed.description or "", "", *lines]).strip()
    shown = [_line(warning) for warning in found.warnings[:most]]
    left = sum(found.warning_counts.values()) - len(shown)
    room = _fitting(shown)
    if room:
        more = left + len(shown) - len(room)
        embed.add_field(
            name="Warnings", value="\n".join([*room, *([f"… and {more:,} more"] if more else [])]), inline=False
        )


def _examples(count: int) -> str:
    return "1 example" if count == 1 else f"{count:,} examples"


def _line(warning: Fault) -> str:
    return clip(discord.utils.escape_markdown(str(warning)), LIMIT_WARNING)


def _fitting(lines: Sequence[str], room: int = 980) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept
