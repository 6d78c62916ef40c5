"""Limits: what they are called, and what is said to whoever meets one."""

from bot.texts.common import MINUTES, SECONDS
from bot.texts.template import Plural, Sentence, Text

# Refusals
COOLDOWN = Text("On this server, everyone waits {pause} between two requests. Try again {when}.")
ANSWERS_USED = {
    "member": {
        "day": Text("You have used your {most} for today. Try again {when}."),
        "month": Text("You have used your {most} for this month. Try again {when}."),
    },
    "server": {
        "day": Text("This server has used its {most} for today. Try again {when}."),
        "month": Text("This server has used its {most} for this month. Try again {when}."),
    },
}
MONEY_USED = {
    "member": {
        "day": Text("This may cost more than what is left of your {most} for today. Try again {when}."),
        "month": Text("This may cost more than what is left of your {most} for this month. Try again {when}."),
    },
    "server": {
        "day": Text("This may cost more than what is left of this server's {most} for today. Try again {when}."),
        "month": Text("This may cost more than what is left of this server's {most} for this month. Try again {when}."),
    },
}
ANSWERS = Plural("one answer", "{count:,} answers")
PRICE_UNKNOWN = Text(
    "The bot has no price for {model}, and this server has a budget in dollars. Ask the bot's operator to add the price, or a "
    "manager to clear the budget with `/limits clear`."
)
ONLY_IN = Text("On this server, `/{command}` is for other channels: {places}.")
ONLY_FOR = Text("On this server, `/{command}` is for members with one of these roles: {places}.")

# Settings
TITLE = Text("Limits of this server")
SERVER, MEMBER, ROLE = Text("The whole server"), Text("Each member"), Text("Each member with {role}")
COOLDOWN_IS = Text("{pause} between two requests")
BUDGET = {"day": Text("{most} a day"), "month": Text("{most} a month")}
LINE = Text("**{who}:** {limits}")
NO_LIMITS = Text("no limits")
EXEMPT, EXEMPT_ARE = Text("Without limits of their own"), Text("Members with {roles}")
COMMANDS = Text("Commands for certain channels or roles")
COMMAND_LINE = Text("`/{command}`: {places}")
NONE_RESTRICTED = Text("none: every command is for all")
MINE = Text("Your limits on this server")
USED = {"day": Text("Today: {used} of {most}"), "month": Text("This month: {used} of {most}")}
HINT = Text("A role's limits count in place of each member's; of several roles, the most generous count.")

NAME_ROLE = Text("Choose the role that these limits are for.")
NO_ROLE_HERE = Text("Only limits of the scope “role” are for a role. Leave the role out, or choose that scope.")
NOTHING_CHOSEN = Text("Choose at least one limit to set: `cooldown`, answers or dollars, in a day or a month.")
TOO_MANY_ROLES = Text("A server can have limits for {most} roles. Clear those of another role first.")
TOO_MANY_PLACES = Text("A command can have {most} channels and roles. Start again with `/limits open`.")
NAME_PLACE = Text("Choose a channel or a role that may use the command.")
NO_COOLDOWN_FOR_ALL = Text("A cooldown is each member's own. Choose the scope “member” or “role”.")


def span(seconds: int) -> Sentence:
    """A pause, exactly: in minutes where it is whole minutes."""
    return MINUTES.of(seconds // 60) if seconds and seconds % 60 == 0 else SECONDS.of(seconds)


def amount(nanodollars: int) -> str:
    """A budget in dollars, with no more decimals than it has."""
    return f"${nanodollars / 1e9:.2f}" if nanodollars % 10_000_000 == 0 else f"${nanodollars / 1e9:.9f}".rstrip("0")
