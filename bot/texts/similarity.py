"""What the bot says about texts by meaning."""

# Words for a likeness, from the most to the least alike.
MEANINGS = ("almost the same meaning", "closely related", "loosely related", "unrelated")
SAME_TEXT = "the same text"
NOT_TOLD_APART = "This model cannot tell these texts apart"
NOT_READ = "This model cannot read one of these texts"
WHY_IN_DOUBT = "It has no words for what differs, so it cannot say how alike they are."

# Refusals.
EMPTY = "There is nothing to compare in an empty text. Write at least one word."
HALF = "This text contains half of an emoji or of another character. Type it again."
TOO_LONG = "This text has about {tokens:,} tokens, and an embedding model reads at most {most:,}. Shorten it: “{start}”"
LINES = "There are {count} texts. Give {least} to {most}, one on each line."
ONE_LINE = "There is 1 text. Give {least} to {most}, one on each line."
NO_VECTOR = "The embedding model returned a vector that means nothing. Try again in a minute."
UNSTEADY = "The embedding model returned vectors of different lengths. Try again in a minute."
NOTHING_SAVED = "There are no jokes or slogans here yet. `/joke` and `/slogan` make some."
NOTHING_TYPED = "You have not typed anything to compare with yet. Use `/similarity compare` or `/joke` once; then your last text is known."
NO_TEXT = "There is no text in this message to compare. Pick a message with some."
STILL_EMBEDDING = "The texts of this server are still being read. Try again in a minute."
TOO_FEW_ON_MAP = "A map needs at least {least} texts, and there are {count}. `/joke` and `/slogan` make more."
TOO_FEW_READ = "A map needs at least {least} texts that the model can read, and of these {count} it reads {read}."
LABEL_NAME = "A label's name needs 1 to 40 visible characters."
LABEL_TAKEN = "There is already a label “{name}”. Delete it with `/labels remove`, or choose another name."
TOO_MANY_LABELS = "A server has at most {most} labels. `/labels remove` makes room."
NO_LABEL = "There is no label “{name}” here. `/labels list` shows what there is."
NO_LABELS_YET = "There are no labels here yet. Server managers can add some with `/labels add`."

# Comparisons.
COMPARED = "{likeness} – {meaning}"
PAIR = "1. {first}\n2. {second}"
PICKED_PAIR = "1. [The message that you picked]({link})\n2. Your last text: {second}"
SCALE = "From 0 (nothing in common) to 1 (the same)"
RANKED, RANKED_SAME, RANKED_DOUBT = (
    "`{bar} {likeness!c}` {text}",
    "`{bar} {likeness!c}` {text} *(the same text)*",
    "`{bar}    ?` {text} *(the model cannot tell it apart)*",
)
GRID_TITLE = "{one} and {two} are nearest ({likeness}, {meaning}), {three} and {four} farthest ({least})"
GRID_IN_DOUBT = "This model cannot tell any of these texts apart"
GRID_LINE, GRID_SAME, GRID_NEAR, GRID_DOUBT = (
    "**{number}.** {text}",
    "*the same text as {other}*",
    "*nearest to {other} ({likeness})*",
    "*the model cannot tell it from the others*",
)
GRID_ALT, GRID_ALT_PAIR, GRID_ALT_DOUBT = (
    "Heatmap of how alike {count} texts are. {pairs}.",
    "{one} and {two}: {likeness}",
    "{one} and {two}: not told apart",
)
UNDRAWN = "The picture could not be drawn; here is what it would show."

# Search.
MORE_LIKE_THIS, LIKE_MESSAGE = "More like this", "Similar to the message that you picked"
FOUND = "**{number}.** `{likeness!c}` {emoji} {text}"
NOTHING_ALIKE = "Nothing here is like that."
SEARCHED = "Searched {total}."
SEARCHED_SOME = "Searched {ready:,} of {total}; the others are still being read. Search again in a while."
ONE_TEXT, TEXTS = "1 text", "{count:,} texts"
KINDS = {"joke": "A joke", "slogan": "A slogan"}

# Maps.
MAP_OF_SAVED, MAP_OF_DATASET = "Jokes and slogans", "“{name}”"
MAP_TITLE = "{what}: {texts} by meaning"
CLUSTER = "**{number}.** {topic}\n*{size} of {texts}*"
MAP_SHARE = "*The map shows {share:.0%} of the differences between these texts.*"
MAP_TOO_FLAT = (
    "*A flat map would show only {share:.0%} of the differences between these texts, so here are the groups as a list.*"
)
MAP_LEFT_OUT, MAP_NOT_READ = (
    "*{count:,} more are not among them.*",
    "*{count:,} are left out: the model cannot read them.*",
)
MAP_ALT = "Map of {count} texts by meaning, in groups: {groups}."
MAP_ALT_GROUP = "{number} {topic} ({size})"

# Labels.
LABEL_SAVED, LABEL_SAVED_TEXT = "Saved label “{name}”", "{examples}. `/similarity classify` uses it from now on."
LABEL_LINE = "**{name}**: {examples}, such as “{first}”"
LABELS, NO_LABELS, NO_LABELS_HINT = "Labels", "No labels yet", "`/labels add` makes one."
LABEL_DELETED = "Deleted label “{name}”."
LABEL_FORM = "Examples of {name}"
LABEL_FORM_LINES, LABEL_FORM_HINT = "1 to 10 examples, one on each line", "Texts that this label fits"
VERDICT_LINE = "`{bar} {likeness!c}` {name}"
NONE_OF_THESE, BELOW = "None of these", "Even the nearest label is below {threshold}."
ONLY_LABEL, LEAD = "It is the only label.", "It leads by {lead}."
VERDICT_IN_DOUBT = "This model cannot tell this text from the examples"

# Forms.
RANK_FORM, RANK_FORM_LINES, RANK_FORM_HINT = (
    "Candidates",
    "2 to 20 candidates, one on each line",
    "I like bananas\nI like …",
)
GRID_FORM, GRID_FORM_LINES, GRID_FORM_HINT = (
    "Texts",
    "2 to 12 texts, one on each line",
    "I like apples\nI like bananas\n…",
)
