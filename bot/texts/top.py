"""What `/top` says."""

TITLES = {"week": "The best jokes of this week", "ever": "The best jokes of all time"}
NO_LAUGHS = {
    "week": "Nobody has laughed at a joke this week. Press 😂 under one, or see `/top period:all time`.",
    "ever": "Nobody has laughed at a joke yet. Ask for one with `/joke` and press 😂.",
}
ENTRY = "{place}. **{joke}**\n{scenario}: 😂 {funny}, 😐 {flat}"
FOOTER = "Jokes from channels that everybody may read."
ALT = "{title}: {jokes}"
ALT_ENTRY = "{place}. {joke} ({laughs})"
ONE_LAUGH, LAUGHS = "1 laugh", "{count:,} laughs"
UNDRAWN = "Joke {place} is in the message."
