"""What `/top` says."""

TITLES = {"week": "Best jokes of the week", "ever": "Best jokes of all time"}
NO_LAUGHS = {
    "week": "Nobody has laughed at a joke this week. Press 😂 under one, or see `/top period:all time`.",
    "ever": "Nobody has laughed at a joke yet. Ask for one with `/joke` and press 😂.",
}
ENTRY = "{place}. **{joke}**\n{scenario}: 😂 {funny}, 😐 {flat}"
FOOTER = "Only jokes from channels that everyone can read."
ALT = "{title}: {jokes}"
ALT_ENTRY = "{place}. {joke} ({laughs})"
ONE_LAUGH, LAUGHS = "1 laugh", "{count:,} laughs"
UNDRAWN = "Joke {place} is in the message."
