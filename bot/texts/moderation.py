"""Moderation: refusals, alerts, and `/moderation`."""

from bot.texts.template import Plural, Text

BLOCKED_IN = Text("This server does not let that through: {why}. Put it in other words, and try again.")
CANNOT_BE_JUDGED = Text(
    "This server lets nothing through that its moderation has not judged, and that does not answer. Try again in a minute."
)
BLOCKED_OUT = Text("The model's answer was not let through. Try again, or ask for something else.")
WITHHELD = Text("Moderation did not let this answer through.")
WORD = Text("it has a word that is not allowed here")
NOT_JUDGED = Text("its moderation does not answer at the moment")
FLAGGED = Text("its moderation found {categories}")
# The first part of OpenAI's categories: hate/threatening is hate.
CATEGORIES = {
    "harassment": Text("harassment"),
    "hate": Text("hate"),
    "illicit": Text("something illegal"),
    "self-harm": Text("self-harm"),
    "sexual": Text("sexual content"),
    "violence": Text("violence"),
    "other": Text("something not allowed"),
}
ALERT_IN = Text("🛡️ Blocked what <@{user}> typed into `{command!c}` in <#{channel}>: {why}.")
ALERT_OUT = Text("🛡️ Blocked what a model answered to <@{user}> with `{command!c}` in <#{channel}>: {why}.")

TITLE = Text("Moderation of this server")
LEVEL, ALERTS, WORDS, ROLES = (
    Text("Moderation by the model server"),
    Text("Channel for alerts"),
    Text("Words that are blocked"),
    Text("Roles that are not moderated"),
)
LEVELS = {
    "strict": Text(
        "strict: also what comes near to being flagged, and everything while the moderation does not answer"
    ),
    "normal": Text("normal: what the model server flags"),
    "off": Text("off"),
}
OPERATOR_OFF = Text("not turned on by the bot's operator (`MODERATION`)")
NONE = Text("none")
COUNT = Plural("1 (/moderation words shows it)", "{count} (/moderation words shows them)")
HINT = Text("/moderation level, alerts, bypass, block and unblock change this.")
NO_WORDS = Text("No words are blocked here yet. `/moderation block` adds one.")
BLOCKED, UNBLOCKED = Text("“{word}” is blocked from now on."), Text("“{word}” is no longer blocked.")
BAD_WORD = Text(
    "Give a word, several words or a sign, of at most {most} characters. In a single word `*` stands for any letters, as in `duck*`."
)
WORD_THERE = Text("“{word}” is already blocked here.")
NO_WORD = Text("“{word}” is not blocked here. `/moderation words` shows what is.")
TOO_MANY_WORDS = Text("This server blocks {most} words already. Remove one with `/moderation unblock` first.")
TOO_MANY_ROLES = Text("This server spares {most} roles already. Remove one first, with `remove: True`.")
