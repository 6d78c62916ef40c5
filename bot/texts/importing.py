"""What the bot says about files that are no training files but hold examples."""

from bot.texts.template import Plural, Text

# What a file was understood as.
CSV, TSV, SEMICOLONS = (
    Text("a table with commas (CSV)"),
    Text("a table with tabs (TSV)"),
    Text("a table with semicolons (CSV)"),
)
SPREADSHEET = Text("a spreadsheet")
LINES = Text("plain lines, a scenario and a punchline each")
PROMPT_COMPLETION = Text("pairs of prompt and completion")
SHAREGPT = Text("conversations in ShareGPT's format")
ALPACA = Text("instructions in Alpaca's format")
CHATS = Text("chats")
PAIRS = Text("pairs of {question} and {answer}")

# What was left out, and where.
ROW, LINE, ITEM = Text("Row"), Text("Line"), Text("Item")
LEFT_OUT = Text("{unit} {number} ")
NO_QUESTION = Text("has no scenario.")
NO_ANSWER = Text("has no punchline.")
NO_MARK = Text("has no `{mark!c}` between scenario and punchline.")
NOT_A_CHAT = Text("is no conversation that ends with an answer.")
NOT_AN_EXAMPLE = Text("has none of the fields that hold an example.")

# Why a file cannot be read.
TOO_MANY = Text("A table or list may have {most:,} examples at most. Save more as JSON Lines, and upload that.")
TWO_COLUMNS = Text(
    "A table needs two columns, one for scenarios and one for punchlines. This one has the columns {columns}. Name two of them `scenario` and `punchline`."
)
ONE_COLUMN = Text("A table needs two columns, one for scenarios and one for punchlines. This one has one.")
NO_EXAMPLES = Text("Nothing in this file is an example. Each needs a scenario and a punchline.")
BROKEN_SPREADSHEET = Text("This spreadsheet cannot be read. Save the sheet as CSV, and upload that.")
TOO_LARGE_SPREADSHEET = Text(
    "Unpacked, this spreadsheet is larger than {most} MB. Save the sheet as CSV, and upload that."
)
NOT_JSON = Text("This file begins like JSON but is broken at line {line}, column {column}.")
NOT_TEXT = Text("This file is neither a table nor text.")

# Drafts.
DRAFT_TITLE = Text("Draft “{name}”")
UNDERSTOOD = Text("Read as {kind}: {examples}.")
LEFT_OUT_COUNT = Plural("1 left out:", "{count:,} left out:")
DRAFT_COUNT = Text("{examples} so far. A dataset needs at least {fewest}.")
DRAFT_READY = Text("{examples}. *Save* makes a dataset of them that can be trained on; the draft stays.")
SYSTEM_MESSAGE = Text("System message")
NO_DRAFT = Text("There is no draft “{name}” here. `/dataset new` begins one.")
DRAFT_GONE = Text("This draft was deleted. `/dataset new` begins another.")
EXAMPLE_GONE = Text("This example was dropped meanwhile.")
DRAFT_TAKEN = Text("There is already a draft “{name}”. Add to it, or choose another name.")
TOO_FEW_DRAFTED = Text(
    "A dataset needs at least {fewest} examples, and this draft has {count}. Add more with `/dataset add`."
)
EMPTY_FIELD = Text("An example needs a scenario and a punchline.")
DISCARDED = Text("The draft “{name}” was deleted. Datasets that were saved of it stay.")
SAVE, ADD, PASTE, REVIEW, DISCARD = (
    Text("Save"),
    Text("Add one"),
    Text("Paste many"),
    Text("Review"),
    Text("Delete draft"),
)
KEEP, EDIT, DROP = Text("Keep"), Text("Edit"), Text("Drop")
REVIEW_TITLE = Text("Example {place} of {count}")
REVIEW_DONE = Text("That was the last example. The draft has {examples}.")
ADD_TITLE, EDIT_TITLE, PASTE_TITLE = Text("A new example"), Text("Change the example"), Text("Many examples")
SCENARIO = {"joke": Text("Scenario"), "slogan": Text("Description")}
PUNCHLINE = {"joke": Text("Punchline"), "slogan": Text("Slogan")}
SCENARIO_HINT = {"joke": Text("A man walking across the road"), "slogan": Text("A company that sells ice cream")}
PUNCHLINE_HINT = {"joke": Text("The man crossed the road… Haha"), "slogan": Text("The coldest comfort in town.")}
PASTE_LABEL = Text("One a line: scenario => punchline")
PASTE_HINT = Text("A cat on a keyboard => It answered more emails than I did! Haha")
VERSION_NAME = "{name} v{number}"  # a dataset's name, which is stored
NONE_PASTED = Text("No line has a scenario, `=>` and a punchline.")

# Jokes that people laughed at, and slogans that they liked.
LIKED = {
    "joke": Text("jokes that at least {funny} and {percent} % of those who voted found funny"),
    "slogan": Text("slogans that a member chose, or that at least {funny} and {percent} % of those who voted liked"),
}
LIKED_BY = Plural("1 member", "{count:,} members")
NOTHING_LIKED = {
    "joke": Text("No joke has been found funny by so many yet. Choose a smaller number, or let people vote with 😂."),
    "slogan": Text(
        "No slogan has been chosen yet, or liked by so many. Choose a smaller number, or let people vote with 👍 or press *Use this*."
    ),
}
