"""How datasets look: what was saved, the list, one with its first examples, and a whole check."""

from collections.abc import Sequence

import discord

from bot.arena.preferences import Preferences
from bot.datasets.examples import Example
from bot.datasets.findings import DPO, ENDING, FileCheck
from bot.datasets.service import Saved
from bot.similarity.near_duplicates import NearDuplicates
from bot.store.datasets import Dataset
from bot.texts import arena as arena_texts
from bot.texts import datasets as texts
from bot.texts.template import Text, clip, markdown, plain
from cogs.ui.arena_cards import counted_votes
from cogs.ui.text import MAX_FIELD, MAX_TITLE, listing, typed

MAX_SHOWN = 300  # of each text of an example: a phone shows three examples without much scrolling
MAX_WARNING, MAX_ENDING, MAX_ANSWER = 250, 100, 120
SHOWN_WARNINGS = 5
HISTOGRAM = "tokens.png"


def counted(examples: int, *, pairs: bool = False) -> str:
    """A number of examples in words, or of preference pairs."""
    return str((texts.PAIRS if pairs else texts.EXAMPLES).of(examples))


def facts(dataset: Dataset) -> str:
    """A dataset in numbers."""
    template = texts.FACTS_SPLIT if dataset.validation_examples else texts.FACTS
    sizes = {"tokens": dataset.tokens, "size": dataset.bytes / 1000, "validation": dataset.validation_examples or 0}
    examples = counted(dataset.examples, pairs=dataset.method == DPO) + str(texts.OF_KIND[dataset.kind])
    return plain(template, {"examples": examples, **sizes})


def saved_card(saved: Saved) -> discord.Embed:
    """A dataset that is new, and what is odd about it."""
    lines = [facts(saved.dataset), str(texts.NO_PROBLEMS) if not saved.found.warnings else "", str(texts.TRAIN_NEXT)]
    if saved.same:
        lines.append(markdown(texts.SAME_CONTENT, {"name": saved.same.name}))
    embed = _saved([*lines, *_tools(saved.dataset.tool_examples)], saved.dataset)
    _add_warnings(embed, saved.found, SHOWN_WARNINGS)
    return embed


def preferences_card(made: Preferences, votes: int, percent: int) -> discord.Embed:
    """A dataset of pairs from the arena, and the rule that chose them."""
    embed = saved_card(made.saved)
    members = counted_votes(votes)
    rule = plain(arena_texts.PAIRS_OF, {"rounds": made.rounds, "votes": members, "percent": percent})
    embed.description = f"{rule}\n{embed.description}"
    return embed


def split_card(saved: Saved, whole: str, seed: int) -> discord.Embed:
    """A dataset that was split off."""
    origin = markdown(texts.SPLIT_SEED, {"seed": seed, "name": whole})
    return _saved(
        [facts(saved.dataset), origin, str(texts.SPLIT_NEXT), *_tools(saved.dataset.tool_examples)], saved.dataset
    )


def list_card(datasets: tuple[Dataset, ...]) -> discord.Embed:
    """All datasets of a server."""
    if not datasets:
        return discord.Embed(title=texts.NONE_YET, description=texts.NONE_YET_HINT)
    lines = [
        markdown(texts.LIST_LINE, {"name": dataset.name, "version": dataset.sha256[:8], "facts": facts(dataset)})
        for dataset in datasets
    ]
    return discord.Embed(title=texts.LIST_TITLE, description=listing(lines))


def sample_card(dataset: Dataset, sample: Sequence[Example]) -> discord.Embed:
    """A dataset with its first examples."""
    text = "\n".join([facts(dataset), *_tools(dataset.tool_examples)])
    title = markdown(texts.SHOW_TITLE, {"name": dataset.name})
    embed = discord.Embed(title=title, description=text, timestamp=dataset.created_at)
    for number, example in enumerate(sample, 1):
        name = markdown(texts.SHOWN_EXAMPLE, {"number": number, "question": clip(example.user, MAX_TITLE)})
        embed.add_field(name=clip(name, MAX_TITLE), value=_answers(example), inline=False)
    if sample and sample[0].system:
        embed.add_field(name=texts.SYSTEM_MESSAGE, value=_shown(sample[0].system), inline=False)
    return _signed(embed, dataset)


def check_card(dataset: Dataset, found: FileCheck) -> discord.Embed:
    """A whole check; the histogram goes with it as an attachment."""
    said = str(texts.NO_PROBLEMS)
    if found.error_count or found.warning_counts:
        problems = found.error_count + sum(found.warning_counts.values())
        said = plain(texts.PROBLEM_COUNT, {"count": problems})
    said = "\n".join([said, *_tools(found.tool_examples)])
    embed = discord.Embed(title=markdown(texts.CHECK_TITLE, {"name": dataset.name}), description=said)
    embed.add_field(name=texts.EXAMPLE_COUNT, value=f"{found.examples:,}")
    tokens = texts.TOKENS_EXACT if found.exact else texts.TOKENS_ESTIMATED
    embed.add_field(name=texts.TOKENS, value=plain(tokens, {"tokens": found.tokens}))
    if found.lengths:
        embed.add_field(name=texts.TOKENS_EACH, value=plain(texts.EACH_HAS, vars(found.lengths)))
    if found.ending:
        share = (found.examples - found.warning_counts.get(ENDING, 0)) / found.examples
        ending = clip(found.ending.strip(), MAX_ENDING)
        embed.add_field(name=texts.ENDS_IN, value=markdown(texts.ENDING_SHARE, {"ending": ending, "share": share}))
    _add_list(embed, texts.ERROR_LIST, [error.markdown() for error in found.errors], found.error_count)
    _add_warnings(embed, found, len(found.warnings))
    return _signed(embed, dataset)


def add_near_duplicates(card: discord.Embed, found: NearDuplicates) -> None:
    """Point out examples that say nearly the same."""
    lines = [
        markdown(texts.NEAR_PAIR, {**vars(pair), "answer": clip(" ".join(pair.answer.split()), MAX_ANSWER)})
        for pair in found.pairs
    ]
    more = found.count - len(found.pairs)
    rest = [plain(texts.NEAR_MORE, {"count": more})] if more else []
    card.add_field(
        name=texts.NEAR.of(found.count, examined=found.examined),
        value=clip("\n".join([*lines, *rest, str(texts.NEAR_ADVICE)]), MAX_FIELD),
        inline=False,
    )


def _saved(lines: Sequence[str], dataset: Dataset) -> discord.Embed:
    title = markdown(texts.SAVED, {"name": dataset.name})
    return discord.Embed(title=title, description="\n".join(filter(None, lines)))


def _signed(embed: discord.Embed, dataset: Dataset) -> discord.Embed:
    return embed.set_footer(text=plain(texts.FINGERPRINT, {"digits": dataset.sha256[:16]}))


def _tools(examples: int) -> list[str]:
    return [str(texts.USE_TOOLS.of(examples))] if examples else []


def _answers(example: Example) -> str:
    if not example.rejected:
        return _shown(example.assistant)
    shown = {"preferred": clip(example.assistant, MAX_SHOWN), "other": clip(example.rejected, MAX_SHOWN)}
    return clip(markdown(texts.CHOSEN_OF, shown), MAX_FIELD)


def _shown(text: str) -> str:
    return typed(text, MAX_SHOWN) or texts.NO_TEXT


def _add_warnings(embed: discord.Embed, found: FileCheck, most: int) -> None:
    if not found.warning_counts:
        return
    counts = [plain(texts.WARNINGS[kind], {"examples": counted(count)}) for kind, count in found.warning_counts.items()]
    embed.description = "\n".join([embed.description or "", "", *counts])
    shown = [warning.markdown() for warning in found.warnings[:most]]
    _add_list(embed, texts.WARNING_LIST, shown, sum(found.warning_counts.values()))


def _add_list(embed: discord.Embed, name: Text, lines: Sequence[str], count: int, room: int = 980) -> None:
    """As many lines as a field takes, and how many there are beyond them."""
    shown: list[str] = []
    for line in (clip(line, MAX_WARNING) for line in lines):
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    if count > len(shown):
        shown.append(plain(texts.MORE_WARNINGS, {"count": count - len(shown)}))
    if shown:
        embed.add_field(name=name, value="\n".join(shown), inline=False)
