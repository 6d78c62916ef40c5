"""A server's limits as a card."""

import discord

from bot.limits.service import LimitsOverview
from bot.store.limits import Limits
from bot.store.usage import Spent
from bot.texts import limits as texts
from bot.texts.formatting import Mentions
from bot.texts.limits import amount, span
from bot.texts.template import Sentence, clip, markdown
from cogs.ui.text import MAX_DESCRIPTION, MAX_FIELD


def limits_card(overview: LimitsOverview) -> discord.Embed:
    """Who may use how much, and where."""
    limits = overview.limits
    lines = [_line(texts.SERVER.of(), limits.server), _line(texts.MEMBER.of(), limits.member)]
    lines += [_line(texts.ROLE.of(role=Mentions(roles=[role])), own) for role, own in limits.roles.items()]
    embed = discord.Embed(title=texts.TITLE, description=clip("\n".join(lines), MAX_DESCRIPTION))
    if limits.exempt:
        who = markdown(texts.EXEMPT_ARE, {"roles": Mentions(roles=limits.exempt)})
        embed.add_field(name=texts.EXEMPT, value=clip(who, MAX_FIELD), inline=False)
    embed.add_field(name=texts.COMMANDS, value=clip(_commands(overview), MAX_FIELD), inline=False)
    return embed.set_footer(text=texts.HINT)


def used_of(limits: Limits, spent: Spent) -> str:
    """What a member has used of each limit."""
    lines = [texts.COOLDOWN_IS.format(pause=span(limits.cooldown_seconds))] if limits.cooldown_seconds else []
    answers = (
        ("day", spent.daily_answers, limits.daily_answers),
        ("month", spent.monthly_answers, limits.monthly_answers),
    )
    for period, used, most in answers:
        if most is not None:
            lines.append(texts.USED[period].format(used=f"{used:,}", most=texts.ANSWERS.of(most)))
    money = (
        ("day", spent.daily_nanodollars, limits.daily_nanodollars),
        ("month", spent.monthly_nanodollars, limits.monthly_nanodollars),
    )
    for period, used, most in money:
        if most is not None:
            lines.append(texts.USED[period].format(used=amount(used), most=amount(most)))
    return "\n".join(lines)


def _line(who: Sentence, limits: Limits) -> str:
    return markdown(texts.LINE, {"who": who, "limits": ", ".join(_parts(limits)) or str(texts.NO_LIMITS)})


def _parts(limits: Limits) -> list[str]:
    parts = []
    if limits.cooldown_seconds is not None:
        parts.append(texts.COOLDOWN_IS.format(pause=span(limits.cooldown_seconds)))
    for period, most in (("day", limits.daily_answers), ("month", limits.monthly_answers)):
        if most is not None:
            parts.append(texts.BUDGET[period].format(most=texts.ANSWERS.of(most)))
    for period, most in (("day", limits.daily_nanodollars), ("month", limits.monthly_nanodollars)):
        if most is not None:
            parts.append(texts.BUDGET[period].format(most=amount(most)))
    return parts


def _commands(overview: LimitsOverview) -> str:
    lines = [
        markdown(
            texts.COMMAND_LINE,
            {
                "command": command,
                "places": Mentions(permitted.get("channel", ()), permitted.get("role", ())),
            },
        )
        for command, permitted in overview.permissions.items()
    ]
    return "\n".join(lines) or str(texts.NONE_RESTRICTED)
