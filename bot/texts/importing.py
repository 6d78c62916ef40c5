"""What the bot says about files that are no training files but hold examples."""

# What a file was understood as.
CSV, TSV, SEMICOLONS = "a table with commas (CSV)", "a table with tabs (TSV)", "a table with semicolons (CSV)"
SPREADSHEET = "a spreadsheet"
LINES = "plain lines, a scenario and a punchline each"
PROMPT_COMPLETION = "pairs of prompt and completion"
SHAREGPT = "conversations in ShareGPT's format"
ALPACA = "instructions in Alpaca's format"
CHATS = "chats"
PAIRS = "pairs of {question} and {answer}"

# What was left out, and where.
ROW, LINE, ITEM = "Row", "Line", "Item"
LEFT_OUT = "{unit} {number} "
NO_QUESTION = "has no scenario."
NO_ANSWER = "has no punchline."
NO_MARK = "has no `{mark!c}` between scenario and punchline."
NOT_A_CHAT = "is no conversation that ends with an answer."
NOT_AN_EXAMPLE = "has none of the fields that hold an example."

# Why a file cannot be read.
TOO_MANY = "A table or list may have {most:,} examples at most. Save more as JSON Lines, and upload that."
TWO_COLUMNS = "A table needs two columns, one for scenarios and one for punchlines. This one has the columns {columns}. Name two of them `scenario` and `punchline`."
ONE_COLUMN = "A table needs two columns, one for scenarios and one for punchlines. This one has one."
NO_EXAMPLES = "Nothing in this file is an example. Each needs a scenario and a punchline."
BROKEN_SPREADSHEET = "This spreadsheet cannot be read. Save the sheet as CSV, and upload that."
TOO_LARGE_SPREADSHEET = "Unpacked, this spreadsheet is larger than {most} MB. Save the sheet as CSV, and upload that."
NOT_JSON = "This file begins like JSON but is broken at line {line}, column {column}."
NOT_TEXT = "This file is neither a table nor text."

# Drafts.
DRAFT_TITLE = "Draft “{name}”"
UNDERSTOOD = "Read as {kind}: {examples}."
LEFT_OUT_COUNT = "{count:,} left out:"
DRAFT_COUNT = "{examples} so far. A dataset needs at least {fewest}."
DRAFT_READY = "{examples}. *Save* makes a dataset of them that can be trained on; the draft stays."
SYSTEM_MESSAGE = "System message"
NO_DRAFT = "There is no draft “{name}” here. `/dataset new` begins one."
DRAFT_GONE = "This draft was deleted. `/dataset new` begins another."
EXAMPLE_GONE = "This example was dropped meanwhile."
DRAFT_TAKEN = "There is already a draft “{name}”. Add to it, or choose another name."
TOO_FEW_DRAFTED = (
    "A dataset needs at least {fewest} examples, and this draft has {count}. Add more with `/dataset add`."
)
EMPTY_FIELD = "An example needs a scenario and a punchline."
DISCARDED = "The draft “{name}” was deleted. Datasets that were saved of it stay."
SAVE, ADD, PASTE, REVIEW, DISCARD = "Save", "Add one", "Paste many", "Review", "Delete draft"
KEEP, EDIT, DROP = "Keep", "Edit", "Drop"
REVIEW_TITLE = "Example {place} of {count}"
REVIEW_DONE = "That was the last example. The draft has {examples}."
ADD_TITLE, EDIT_TITLE, PASTE_TITLE = "A new example", "Change the example", "Many examples"
SCENARIO = {"joke": "Scenario", "slogan": "Description"}
PUNCHLINE = {"joke": "Punchline", "slogan": "Slogan"}
SCENARIO_HINT = {"joke": "A man walking across the road", "slogan": "A company that sells ice cream"}
PUNCHLINE_HINT = {"joke": "The man crossed the road… Haha", "slogan": "The coldest comfort in town."}
PASTE_LABEL = "One a line: scenario => punchline"
PASTE_HINT = "A cat on a keyboard => It answered more emails than I did! Haha"
ONE_LEFT_OUT, VERSION_NAME = "1 left out:", "{name} v{number}"
NONE_PASTED = "No line has a scenario, `=>` and a punchline."

# Jokes that people laughed at, and slogans that they liked.
LIKED = {
    "joke": "jokes that at least {funny} and {percent} % of those who voted found funny",
    "slogan": "slogans that a member chose, or that at least {funny} and {percent} % of those who voted liked",
}
LIKED_ONE, LIKED_MANY = "1 member", "{count:,} members"
NOTHING_LIKED = {
    "joke": "No joke has been found funny by so many yet. Choose a smaller number, or let people vote with 😂.",
    "slogan": "No slogan has been chosen yet, or liked by so many. Choose a smaller number, or let people vote with 👍 or press *Use this*.",
}
