"""How comparisons look."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import discord

from bot.drawing import Chart
from bot.lazy_numpy import np
from bot.similarity.labels import Verdict
from bot.similarity.maps import TextMap
from bot.similarity.pictures import number
from bot.similarity.service import Comparison, Grid, meaning
from bot.texts import similarity as texts
from bot.texts.template import Text, clip, escape, markdown, plain
from cogs.ui.found import counted
from cogs.ui.text import MAX_DESCRIPTION, MAX_TITLE, bar, typed

MAX_LINE, MAX_TEXT, MAX_TOPIC = 150, 1000, 100
MAX_ALT = 1024
PICTURE = "picture.png"


def comparison_card(comparison: Comparison) -> discord.Embed:
    """Two texts."""
    return _compared(comparison, markdown(texts.PAIR, vars(comparison)))


def picked_card(comparison: Comparison, link: str) -> discord.Embed:
    """A picked message, which is linked and not repeated, and the member's last text."""
    return _compared(comparison, texts.PICKED_PAIR.format(link=link, second=escape(comparison.second)))


def ranking_card(text: str, ranking: Sequence[Comparison]) -> discord.Embed:
    """Candidates with bars, nearest first."""
    lines = []
    for one in ranking:
        template = texts.RANKED_DOUBT if one.doubt else texts.RANKED_SAME if one.identical else texts.RANKED
        cosine = 0 if one.doubt else one.cosine
        values = {"bar": bar(cosine, 10), "likeness": number(cosine), "text": clip(one.second, MAX_LINE)}
        lines.append(markdown(template, values))
    return _card(escape(text), lines).set_footer(text=texts.SCALE)


def grid_card(grid: Grid, *, drawn: bool) -> discord.Embed:
    """The numbered texts, and for each the nearest other."""
    lines = []
    for row, text in enumerate(grid.texts):
        others = np.delete(np.arange(len(grid.texts)), row)
        known = [int(other) for other in others if not math.isnan(grid.cosines[row, other])]
        lines.append(markdown(texts.GRID_LINE, {"number": row + 1, "text": clip(text, MAX_LINE)}))
        if not known:
            lines.append(str(texts.GRID_DOUBT))
            continue
        nearest = max(known, key=lambda other: float(grid.cosines[row, other]))
        template = texts.GRID_SAME if grid.texts[nearest].split() == text.split() else texts.GRID_NEAR
        lines.append(plain(template, {"other": nearest + 1, "likeness": number(grid.cosines[row, nearest])}))
    return _illustrated(_grid_title(grid), lines, drawn=drawn)


def _grid_title(grid: Grid) -> str:
    pairs = np.argwhere(np.tril(~np.isnan(grid.cosines), k=-1))[:, ::-1]
    if not len(pairs):
        return str(texts.GRID_IN_DOUBT)
    values = [float(grid.cosines[one, two]) for one, two in pairs]
    near, far = int(np.argmax(values)), int(np.argmin(values))
    (one, two), (three, four) = pairs[near] + 1, pairs[far] + 1
    likeness = {
        "likeness": number(values[near]),
        "meaning": meaning(values[near], grid.model),
        "least": number(values[far]),
    }
    return plain(texts.GRID_TITLE, {"one": one, "two": two, "three": three, "four": four, **likeness})


def map_card(title: str | Text, found: TextMap, *, drawn: bool) -> discord.Embed:
    """Clusters by number, named by their topics."""
    total = counted(len(found.points))
    lines = [
        markdown(texts.CLUSTER, {"number": n, "topic": clip(one.topic, MAX_TOPIC), "size": one.size, "texts": total})
        for n, one in enumerate(found.clusters, 1)
    ]
    share = texts.MAP_SHARE if found.worth_drawing else texts.MAP_TOO_FLAT
    lines.append(plain(share, {"share": found.shown}))
    notes = ((texts.MAP_LEFT_OUT, found.left_out), (texts.MAP_NOT_READ, found.unread))
    lines += [str(note.of(count)) for note, count in notes if count]
    title = plain(texts.MAP_TITLE, {"what": title, "texts": total})
    return _illustrated(title, lines, drawn=drawn or not found.worth_drawing, picture=drawn)


def verdict_card(verdict: Verdict) -> discord.Embed:
    """The label that fits, its lead, and all others."""
    lines = [
        markdown(texts.VERDICT_LINE, {"bar": bar(one.cosine, 10), "likeness": number(one.cosine), "name": one.name})
        for one in verdict.labels
    ]
    title: str | Text
    note: str | Text
    if not verdict.labels:
        title, note = texts.VERDICT_IN_DOUBT, texts.WHY_IN_DOUBT
    elif verdict.chosen is None:
        title, note = texts.NONE_OF_THESE, plain(texts.BELOW, {"threshold": number(verdict.threshold)})
    else:
        lead = plain(texts.LEAD, {"lead": number(verdict.margin)}) if verdict.margin is not None else texts.ONLY_LABEL
        title, note = escape(verdict.chosen), lead
    return _card(title, [typed(verdict.text, MAX_TEXT), "", *lines, "", str(note)])


def files(chart: Chart | None) -> list[discord.File]:
    """The picture as an attachment that screen readers can tell, if there is one."""
    return [discord.File(io.BytesIO(chart.png), PICTURE, description=clip(chart.alt, MAX_ALT))] if chart else []


def _compared(comparison: Comparison, pair: str) -> discord.Embed:
    if comparison.doubt:
        return _card(comparison.doubt, [pair, "", str(texts.WHY_IN_DOUBT)])
    words = texts.SAME_TEXT if comparison.identical else comparison.meaning
    title = plain(texts.COMPARED, {"likeness": number(comparison.cosine), "meaning": words})
    return _card(title, [f"`{bar(comparison.cosine)}`", pair]).set_footer(text=texts.SCALE)


def _illustrated(title: str | Text, lines: Sequence[str], *, drawn: bool, picture: bool | None = None) -> discord.Embed:
    embed = _card(title, lines if drawn else [str(texts.UNDRAWN), *lines])
    return embed.set_image(url=f"attachment://{PICTURE}") if (drawn if picture is None else picture) else embed


def _card(title: str | Text, lines: Sequence[str]) -> discord.Embed:
    return discord.Embed(title=clip(title, MAX_TITLE), description=clip("\n".join(lines), MAX_DESCRIPTION))
