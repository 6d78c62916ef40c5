"""What `/top` says."""

from bot.texts.template import Plural, Text

TITLES = {"week": Text("Best jokes of the week"), "ever": Text("Best jokes of all time")}
NO_LAUGHS = {
    "week": Text("Nobody has laughed at a joke this week. Press 😂 under one, or see `/top period:all time`."),
    "ever": Text("Nobody has laughed at a joke yet. Ask for one with `/joke` and press 😂."),
}
ENTRY = Text("{place}. **{joke}**\n{scenario}: 😂 {funny}, 😐 {flat}")
FOOTER = Text("Only jokes from channels that everyone can read.")
ALT = Text("{title}: {jokes}")
ALT_ENTRY = Text("{place}. {joke} ({laughs})")
LAUGHS = Plural("1 laugh", "{count:,} laughs")
UNDRAWN = Text("Joke {place} is in the message.")
