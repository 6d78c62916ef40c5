"""Usage in words: what it was for, how it ended, and what it cost."""

from collections.abc import Callable, Mapping

import discord

from bot.metering.periods import PeriodName
from bot.metering.usage import UsageReport
from bot.metering.usage_chart import Drawn
from bot.metering.usage_export import Exported
from bot.prices import in_dollars
from bot.store.usage_sums import Groups, Split, Sum, together, without
from bot.texts import usage as texts
from bot.texts.template import Sentence, Text, clip, code
from cogs.ui.text import MAX_FIELD, member

MAX_NAME = 60
FIELDS: Mapping[Split, Text] = {"command": texts.BY_COMMAND, "user_id": texts.BY_MEMBER, "model": texts.BY_MODEL}


def usage_card(report: UsageReport, title: Text, nothing: Text, bars: Drawn | None) -> discord.Embed:
    """The sums and their splits; of a period without a request one sentence."""
    embed = discord.Embed(title=title.format(period=texts.PERIODS[report.period.name]))
    total = report.total
    if not total.requests:
        embed.description = str(nothing)
        return embed
    embed.description = str(bars.said) if bars else None
    embed.add_field(name=texts.REQUESTS_FIELD, value=_outcomes(total), inline=False)
    embed.add_field(name=texts.TOKENS_FIELD, value=_tokens(total), inline=False)
    embed.add_field(name=texts.COST_FIELD, value=_cost(total), inline=False)
    for split, groups in report.splits.items():
        embed.add_field(name=FIELDS[split], value=_groups(split, groups, total), inline=False)
    bounds = [str(texts.BOUNDS.of(total.unknown))] if total.unknown else []
    return embed.set_footer(text=" ".join([*bounds, str(texts.DAYS_ARE_UTC)]))


def exported(made: Exported, period: PeriodName) -> str:
    """What is in the file, and what is not."""
    if not made.rows:
        return str(texts.NOTHING_HERE)
    name = texts.PERIODS[period]
    if made.left_out:
        said = texts.EXPORTED_PART.of(rows=made.rows, left_out=made.left_out, period=name)
    else:
        said = texts.EXPORTED.of(made.rows, period=name)
    return f"{said} {texts.EXPORT_HINT}"


def _outcomes(total: Sum) -> str:
    return texts.OUTCOMES.format(
        requests=texts.REQUESTS.of(total.requests),
        answered=total.answered,
        failed=total.failed,
        unknown=total.unknown,
    )


def _tokens(total: Sum) -> str:
    values = {"read": total.prompt_tokens, "cached": total.cached_tokens, "written": total.completion_tokens}
    template = texts.TOKENS if total.cached_tokens else texts.TOKENS_UNCACHED
    return _bounded(template.of(**values), is_bound=total.unknown > 0)


def _cost(total: Sum) -> str:
    if total.unbilled == total.requests:
        return str(texts.NO_BILL)
    if total.unpriced == total.requests:
        return str(texts.NO_PRICE)
    said = _amount(total)
    if total.unpriced:
        priced, unpriced = (texts.REQUESTS.of(count) for count in (total.requests - total.unpriced, total.unpriced))
        said = texts.PARTLY_NO_PRICE.format(amount=said, priced=priced, unpriced=unpriced)
    if total.unbilled:
        said += "\n" + texts.PARTLY_NO_BILL.format(requests=texts.REQUESTS.of(total.unbilled))
    return said


def _short_cost(some: Sum) -> str:
    if some.unbilled == some.requests:
        return str(texts.SHORT_NO_BILL)
    if some.unpriced == some.requests:
        return str(texts.SHORT_NO_PRICE)
    if some.unpriced:
        return texts.SHORT_PARTLY.format(amount=_amount(some), unpriced=texts.REQUESTS.of(some.unpriced))
    return _amount(some)


def _amount(some: Sum) -> str:
    return _bounded(f"${in_dollars(some.cost_nanodollars)}", is_bound=some.bound_nanodollars > 0)


def _bounded(amount: str | Sentence, *, is_bound: bool) -> str:
    return texts.UP_TO.format(amount=amount) if is_bound else str(amount)


def _groups(split: Split, groups: Groups, total: Sum) -> str:
    named: Callable[[str], str] = _member if split == "user_id" else _code
    lines = [_line(named(group.name), group.sum) for group in groups.shown]
    if groups.others:
        rest = without(total, together(group.sum for group in groups.shown))
        lines.append(_line(str(texts.OTHERS.of(groups.others)), rest))
    return clip("\n".join(lines), MAX_FIELD)


def _member(name: str) -> str:
    return member(int(name)) if int(name) else str(texts.NOBODY)


def _code(name: str) -> str:
    return f"`{clip(code(name), MAX_NAME)}`"


def _line(name: str, some: Sum) -> str:
    tokens = _bounded(f"{some.prompt_tokens + some.completion_tokens:,}", is_bound=some.unknown > 0)
    values = {"requests": texts.REQUESTS.of(some.requests), "tokens": tokens, "cost": _short_cost(some)}
    return texts.GROUP.format(name=name, **values)
