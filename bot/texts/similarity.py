"""What the bot says about texts by meaning."""

from bot.texts.template import Plural, Text

# Words for a likeness, from the most to the least alike.
MEANINGS = (Text("almost the same meaning"), Text("closely related"), Text("loosely related"), Text("unrelated"))
SAME_TEXT = Text("the same text")
NOT_TOLD_APART = Text("This model cannot tell these texts apart")
NOT_READ = Text("This model cannot read one of these texts")
WHY_IN_DOUBT = Text(
    "It has no words for what differs, so it cannot say how alike they are. The embedding model of Punchline's own engine reads English only."
)

# Refusals.
EMPTY = Text("There is nothing to compare in an empty text. Write at least one word.")
HALF = Text("This text contains half of an emoji or of another character. Type it again.")
TOO_LONG = Text(
    "This text has about {tokens:,} tokens, and an embedding model reads at most {most:,}. Shorten it: “{start}”"
)
LINES = Plural(
    "There is 1 text. Give {least} to {most}, one on each line.",
    "There are {count} texts. Give {least} to {most}, one on each line.",
)
NO_VECTOR = Text("The embedding model returned a vector that means nothing. Try again in a minute.")
UNSTEADY = Text("The embedding model returned vectors of different lengths. Try again in a minute.")
NOTHING_SAVED = Text("There are no jokes or slogans here yet. `/joke` and `/slogan` make some.")
NOTHING_TYPED = Text(
    "You have not typed anything to compare with yet. Use `/similarity compare` or `/joke` once; then your last text is known."
)
NO_TEXT = Text("There is no text in this message to compare. Pick a message with some.")
STILL_EMBEDDING = Text("The texts of this server are still being read. Try again in a minute.")
TOO_FEW_ON_MAP = Text("A map needs at least {least} texts, and there are {count}. `/joke` and `/slogan` make more.")
TOO_FEW_READ = Text("A map needs at least {least} texts that the model can read, and of these {count} it reads {read}.")
LABEL_NAME = Text("A label's name needs 1 to 40 visible characters.")
LABEL_TAKEN = Text("There is already a label “{name}”. Delete it with `/labels remove`, or choose another name.")
TOO_MANY_LABELS = Text("A server has at most {most} labels. `/labels remove` makes room.")
NO_LABEL = Text("There is no label “{name}” here. `/labels list` shows what there is.")
NO_LABELS_YET = Text("There are no labels here yet. Server managers can add some with `/labels add`.")

# Comparisons.
COMPARED = Text("{likeness} – {meaning}")
PAIR = Text("1. {first}\n2. {second}")
PICKED_PAIR = Text("1. [The message that you picked]({link})\n2. Your last text: {second}")
SCALE = Text("From 0 (nothing in common) to 1 (the same)")
RANKED, RANKED_SAME, RANKED_DOUBT = (
    Text("`{bar} {likeness!c}` {text}"),
    Text("`{bar} {likeness!c}` {text} *(the same text)*"),
    Text("`{bar}    ?` {text} *(the model cannot tell it apart)*"),
)
GRID_TITLE = Text("{one} and {two} are nearest ({likeness}, {meaning}), {three} and {four} farthest ({least})")
GRID_IN_DOUBT = Text("This model cannot tell any of these texts apart")
GRID_LINE, GRID_SAME, GRID_NEAR, GRID_DOUBT = (
    Text("**{number}.** {text}"),
    Text("*the same text as {other}*"),
    Text("*nearest to {other} ({likeness})*"),
    Text("*the model cannot tell it from the others*"),
)
GRID_ALT, GRID_ALT_PAIR, GRID_ALT_DOUBT = (
    Text("Heatmap of how alike {count} texts are. {pairs}."),
    Text("{one} and {two}: {likeness}"),
    Text("{one} and {two}: not told apart"),
)
UNDRAWN = Text("The picture could not be drawn; here is what it would show.")

# Search.
MORE_LIKE_THIS, LIKE_MESSAGE = Text("More like this"), Text("Similar to the message that you picked")
FOUND = Text("**{number}.** `{likeness!c}` {emoji} {text}")
IN_DOUBT = Text("{doubt}.")
NOTHING_ALIKE = Text("Nothing here is like that.")
SEARCHED = Text("Searched {total}.")
SEARCHED_SOME = Text("Searched {ready:,} of {total}; the others are still being read. Search again in a while.")
TEXTS = Plural("1 text", "{count:,} texts")
KINDS = {"joke": Text("A joke"), "slogan": Text("A slogan")}

# Maps.
MAP_OF_SAVED, MAP_OF_DATASET = Text("Jokes and slogans"), Text("“{name}”")
MAP_TITLE = Text("{what}: {texts} by meaning")
CLUSTER = Text("**{number}.** {topic}\n*{size} of {texts}*")
MAP_SHARE = Text("*The map shows {share:.0%} of the differences between these texts.*")
MAP_TOO_FLAT = Text(
    "*A flat map would show only {share:.0%} of the differences between these texts, so here are the groups as a list.*"
)
MAP_LEFT_OUT = Plural("*1 more is not among them.*", "*{count:,} more are not among them.*")
MAP_NOT_READ = Plural(
    "*1 is left out: the model cannot read it.*", "*{count:,} are left out: the model cannot read them.*"
)
MAP_ALT = Text("Map of {count} texts by meaning, in groups: {groups}.")
MAP_ALT_GROUP = Text("{number} {topic} ({size})")

# Labels.
LABEL_SAVED, LABEL_SAVED_TEXT = (
    Text("Saved label “{name}”"),
    Text("{examples}. `/similarity classify` uses it from now on."),
)
LABEL_LINE = Text("**{name}**: {examples}, such as “{first}”")
LABELS, NO_LABELS, NO_LABELS_HINT = Text("Labels"), Text("No labels yet"), Text("`/labels add` makes one.")
LABEL_DELETED = Text("Deleted label “{name}”.")
LABEL_FORM = Text("Examples of {name}")
LABEL_FORM_LINES, LABEL_FORM_HINT = Text("1 to 10 examples, one on each line"), Text("Texts that this label fits")
VERDICT_LINE = Text("`{bar} {likeness!c}` {name}")
NONE_OF_THESE, BELOW = Text("None of these"), Text("Even the nearest label is below {threshold}.")
ONLY_LABEL, LEAD = Text("It is the only label."), Text("It leads by {lead}.")
VERDICT_IN_DOUBT = Text("This model cannot tell this text from the examples")

# Forms.
RANK_FORM, RANK_FORM_LINES, RANK_FORM_HINT = (
    Text("Candidates"),
    Text("2 to 20 candidates, one on each line"),
    Text("I like bananas\nI like …"),
)
GRID_FORM, GRID_FORM_LINES, GRID_FORM_HINT = (
    Text("Texts"),
    Text("2 to 12 texts, one on each line"),
    Text("I like apples\nI like bananas\n…"),
)
