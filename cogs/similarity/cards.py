"""How comparisons look."""

import io
from collections.abc import Sequence

import discord

from bot.drawing import Chart
from bot.similarity.labels import Verdict
from bot.similarity.maps import TextMap
from bot.similarity.service import Comparison, Grid, Ranking, meaning
from cogs.ui.text import LIMIT_DESCRIPTION, LIMIT_FOOTER, LIMIT_TITLE, bar, clip

LIMIT_LINE = 150
LIMIT_ALT = 1024
PICTURE = "picture.png"
UNDRAWN = "The picture could not be drawn; here is what it would show."


def number(cosine: float) -> str:
    """A cosine with two decimals, never -0.00."""
    return f"{round(cosine, 2) + 0:.2f}"


def comparison_card(comparison: Comparison) -> discord.Embed:
    """Two texts."""
    words = "the same text" if comparison.identical else comparison.meaning
    embed = discord.Embed(
        title=f"{number(comparison.cosine)} – {words}",
        description=f"`{bar(comparison.cosine)}`\n1. {comparison.first}\n2. {comparison.second}",
    )
    return _signed(embed, comparison.model)


def picked_card(comparison: Comparison, link: str) -> discord.Embed:
    """A picked message, which is linked and not repeated, and the member's last text."""
    words = "the same text" if comparison.identical else comparison.meaning
    text = (
        f"`{bar(comparison.cosine)}`\n1. [The message that you picked]({link})\n2. Your last text: {comparison.second}"
    )
    embed = discord.Embed(title=f"{number(comparison.cosine)} – {words}", description=clip(text, LIMIT_DESCRIPTION))
    return _signed(embed, comparison.model)


def ranking_card(ranking: Ranking) -> discord.Embed:
    """Candidates with bars, nearest first."""
    lines = [
        f"`{bar(one.cosine, 10)} {number(one.cosine)}` {clip(one.text, LIMIT_LINE)}{' (the same text)' if one.identical else ''}"
        for one in ranking.candidates
    ]
    embed = discord.Embed(title=clip(ranking.text, LIMIT_TITLE), description="\n".join(lines))
    return _signed(embed, ranking.model)


def grid_card(grid: Grid, *, drawn: bool) -> discord.Embed:
    """The numbered texts, and for each the nearest other."""
    rows = range(len(grid.texts))
    lines = []
    for row, text in enumerate(grid.texts):
        other = max((column for column in rows if column != row), key=lambda column: float(grid.cosines[row, column]))
        value = float(grid.cosines[row, other])
        words = "the same text as" if grid.texts[other].split() == text.split() else "nearest to"
        lines.append(f"**{row + 1}.** {clip(text, LIMIT_LINE)}\n*{words} {other + 1} ({number(value)})*")
    return _illustrated(_best_pair(grid), lines, grid.model, drawn=drawn)


def _best_pair(grid: Grid) -> str:
    pairs = [(one, two) for one in range(len(grid.texts)) for two in range(one + 1, len(grid.texts))]
    near = max(pairs, key=lambda pair: float(grid.cosines[pair]))
    far = min(pairs, key=lambda pair: float(grid.cosines[pair]))
    words = meaning(float(grid.cosines[near]), grid.model)
    nearest = f"{near[0] + 1} and {near[1] + 1} are nearest ({number(float(grid.cosines[near]))}, {words})"
    return f"{nearest}, {far[0] + 1} and {far[1] + 1} farthest ({number(float(grid.cosines[far]))})"


def map_card(title: str, found: TextMap, *, drawn: bool) -> discord.Embed:
    """Clusters by number, named by their most central texts."""
    lines = [
        f"**{n}.** {clip(' '.join(cluster.name.split()), LIMIT_LINE)}\n*{cluster.size} of {len(found.points)} texts*"
        for n, cluster in enumerate(found.clusters, 1)
    ]
    lines.append(f"*The two directions show {found.shown:.0%} of all differences.*")
    if found.left_out:
        lines.append(f"*{found.left_out:,} more are not on this map.*")
    return _illustrated(f"{title}: {len(found.points)} texts by meaning", lines, found.model, drawn=drawn)


def verdict_card(verdict: Verdict) -> discord.Embed:
    """The label that fits, its lead, and all others."""
    lines = [f"`{bar(one.cosine, 10)} {number(one.cosine)}` {one.name}" for one in verdict.labels]
    if verdict.chosen is None:
        title, note = "None of these", f"Even the nearest label is below {verdict.threshold:.2f}."
    else:
        lead = "It is the only label." if verdict.margin is None else f"It leads by {verdict.margin:.2f}."
        title, note = verdict.chosen, lead
    embed = discord.Embed(title=title, description="\n".join([clip(verdict.text, 1000), "", *lines, "", note]))
    return _signed(embed, verdict.model)


def files(chart: Chart | None) -> list[discord.File]:
    """The picture as an attachment that screen readers can tell, if there is one."""
    return [discord.File(io.BytesIO(chart.png), PICTURE, description=clip(chart.alt, LIMIT_ALT))] if chart else []


def _illustrated(title: str, lines: Sequence[str], model: str, *, drawn: bool) -> discord.Embed:
    text = "\n".join(lines if drawn else [UNDRAWN, *lines])
    embed = discord.Embed(title=clip(title, LIMIT_TITLE), description=clip(text, LIMIT_DESCRIPTION))
    if drawn:
        embed.set_image(url=f"attachment://{PICTURE}")
    return _signed(embed, model)


def _signed(embed: discord.Embed, model: str) -> discord.Embed:
    return embed.set_footer(text=clip(f"Cosine similarity by {model}", LIMIT_FOOTER))
