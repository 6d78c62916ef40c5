"""What the bot says about datasets and training files."""

from collections.abc import Mapping

from bot.texts.template import Plural, Text

# What is wrong with a line of a training file; its place goes before.
LINE, LINE_OF_FILE, FILE = Text("Line {line}: "), Text("{file}, line {line}: "), Text("{file}: ")
TOO_LONG_LINE = Text("is longer than 2 MB; each example must be on a line of its own.")
BYTE_ORDER_MARK = Text("begins with a byte order mark, which belongs at the start of a file only; remove it.")
NOT_UTF8 = Text("is not UTF-8 text; save the file as UTF-8.")
NOT_JSON = Text("is not JSON; each line must be one JSON object.")
NOT_JSON_AT = Text("is not JSON (column {column}); each line must be one JSON object.")
NOT_AN_OBJECT = Text('is {kind} instead of a JSON object; it must look like `{{"messages": [...]}}`.')
NO_MESSAGES = Text('has no messages; it must look like `{{"messages": [...]}}`.')
WRONG_TYPE = Text("has {kind} as `{key}`; it must be {wanted}.")
WRONG_TYPE_IN_MESSAGE = Text("message {number} has {kind} as its `{key}`; it must be {wanted}.")
NOT_A_MESSAGE = Text("message {number} is {kind} instead of an object with a role and a content.")
NO_ROLE = Text("message {number} has no role; use system, user or assistant.")
UNKNOWN_ROLE = Text("message {number} has the unknown role “{role}”; use system, user or assistant.")
NO_CONTENT = Text("message {number} ({role}) has no content; it must have text.")
EMPTY_CONTENT = Text("message {number} ({role}) has empty content; it must have text.")
CONTENT_KIND = Text("message {number} ({role}) has {kind} as its content; it must be text.")
NOT_A_TEXT_PART = Text(
    'message {number} ({role}) has a part that is not text; a part must look like `{{"type": "text", "text": "..."}}`.'
)
OTHER_PART = Text("message {number} ({role}) has a part of the type “{type}”; only text can be trained on here.")
HALF = Text("message {number} contains half of an emoji or of another character; write it again.")
HALF_BESIDE = Text("contains half of an emoji or of another character beside its messages; write it again.")
HALF_WITHIN = Text("contains half of an emoji or of another character; write it again.")
WEIGHT = Text("message {number} has a weight that is neither 0 nor 1.")
WEIGHT_OF_OTHERS = Text("message {number} ({role}) has a weight; only an assistant's message may have one.")
NO_ANSWER = Text("the last message must be the assistant's answer.")
NO_QUESTION = Text("has no user message; each example needs a question and an answer.")
NOTHING_TO_LEARN = Text("every answer has weight 0, so there is nothing to learn; give one answer weight 1.")
NOT_A_PAIR = Text(
    'is not a complete preference pair; it must look like `{{"input": {{"messages": [...]}}, "preferred_output": [...], "non_preferred_output": [...]}}`.'
)
IN_PART = Text("in `{part!c}`: ")
ANSWERED = Text("the last message of `input` must not be the assistant's: the two outputs come next.")
ONE_OUTPUT = Text("`{output!c}` must be a single message from the assistant.")
SAME_OUTPUTS = Text("both answers are the same, so neither can be preferred.")
MIXED = Text("mixes kinds: a file contains either chats or preference pairs, as its first example does.")
KINDS: Mapping[type, Text] = {
    bool: Text("a boolean"),
    int: Text("a number"),
    float: Text("a number"),
    str: Text("text"),
    list: Text("a list"),
    dict: Text("an object"),
    type(None): Text("null"),
}

# What is wrong with a file as a whole.
TOO_FEW = Text("A training file needs at least {fewest} examples, and this one has {count}.")
EMPTY_FILE = Text(
    "This file is empty: it has {count} examples, and a training file needs at least {fewest}, each on a line of its own."
)
JSON_LIST = Text(
    "This file is one JSON list. Write each example on a line of its own, without the brackets and commas around them."
)
JSON_OVER_LINES = Text("In this file an example spans several lines. Write each one on a line of its own (JSON Lines).")
TABLE = Text('This file looks like a table (CSV or TSV). Write each row as a line such as `{{"messages": [...]}}`.')
WEB_PAGE = Text(
    "This file is a web page or other markup, not the training file itself. Download the training file, and upload that."
)
PLAIN_TEXT = Text('This file is plain text. Write each example as a line such as `{{"messages": [...]}}`.')
UTF16 = Text("This file is UTF-16 text. Save it as UTF-8.")
OTHER_ENCODING = Text("This file is text in another encoding. Save it as UTF-8.")
OLD_LINE_ENDS = Text("The lines of this file end in carriage returns (CR) alone. Save it with LF or CRLF line ends.")
PACKED = Text("This file is {kind}. Unpack it, and upload the `.jsonl` file inside.")
GZIP, ZIP, PDF, PNG = Text("a gzip archive"), Text("a ZIP archive"), Text("a PDF document"), Text("a PNG picture")
JPEG, RICH_TEXT, OFFICE, BINARY = (
    Text("a JPEG picture"),
    Text("a rich text document"),
    Text("an Office document"),
    Text("a binary file"),
)
OTHER_FORMAT = Text("This file is {kind}. Save the examples as JSON Lines, and upload that.")

# What is odd about a line, and the same for many of them.
REPEATED = Text("is the same as line {first}.")
REPEATED_IN_FILE = Text("is the same as line {first} of {first_file}.")
LEFT_OUT = Text("is the same as line {first}, and left out.")
LEFT_OUT_IN_FILE = Text("is the same as line {first} of {first_file}, and left out.")
TOO_LONG = Text("has {tokens:,} tokens; training cuts off what is beyond {most:,}.")
SEEN = Text("is nearly a scenario that is reserved for testing: “{scenario}”.")
ENDING = Text("the answer does not end in “{ending}” as most do.")
WARNINGS = {
    "repeated": Text("⚠️ repeated: {examples}"),
    "left out": Text("⚠️ repeated, and left out: {examples}"),
    "too long": Text("⚠️ longer than training takes: {examples}"),
    "held out": Text("⚠️ close to a scenario that is reserved for testing: {examples}"),
    "ending": Text("⚠️ ending differently from the rest: {examples}"),
}

# Refusals.
UNUSABLE = Text("Nothing was saved.\n{errors}")
MORE_ERRORS = Text("… and {count:,} more.")
TOO_LARGE = Text("That is {size:.0f} MB, and an upload may have at most {most:.0f} MB. Split it into smaller files.")
BAD_NAME = Text(
    "A dataset's name has 1 to 40 letters, digits, spaces, dots, dashes, plus signs or underscores, "
    "and starts with a letter, a digit or an underscore. Choose another with `name`."
)
NAME_TAKEN = Text("There is already a dataset “{name}”. Choose another name with `name`.")
WITHDRAWN_MEANWHILE = Text(
    "A member just withdrew an example from “{name}”, so nothing was saved. Try again to save it without that example."
)
NO_DATASET = Text("There is no dataset “{name}” here. `/dataset list` shows what there is.")
REMOVED = Text("This dataset was deleted. `/dataset list` shows what there is.")
REMOVED_SINCE = Text("“{name}” has been deleted. Get a quote on another dataset with `/finetune launch`.")
IN_USE = Text(
    "Job {job} is training on “{name}”. Wait for it, or stop it with `/finetune cancel {job}`; then delete the dataset."
)
ALREADY_SPLIT = Text("“{name}” is split already. Split the dataset that it was made from.")
TOO_FEW_LEFT = Text(
    "That would leave {examples} to train on, and at least {fewest} are needed. Choose a smaller `share`."
)
ALL_THE_SAME = Text("All {count:,} examples of “{name}” are the same, so none can be held back.")
NO_SPLIT = Text(
    "“{name}” repeats its examples so often that holding some back would leave fewer than {fewest} to train on."
)
TOO_LARGE_TO_SEND = Text(
    "Discord takes {most:.1f} MB at a time here, and “{name}” is {size:.1f} MB. "
    "The bot's operator has it beside the database: {files}."
)
DOWNLOAD_FAILED = Text("Discord did not hand the file over. Upload it again.")

# Cards.
SAVED = Text("Saved “{name}”")
FACTS = Text("{examples}, about {tokens:,} tokens, {size:,.1f} kB")
FACTS_SPLIT = Text("{examples} and {validation:,} for validation, about {tokens:,} tokens, {size:,.1f} kB")
NO_PROBLEMS = Text("No problems found.")
TRAIN_NEXT = Text("`/finetune launch` trains a model on it.")
SAME_CONTENT = Text("It has the same content as “{name}”.")
USE_TOOLS = Plural(
    "1 example uses tools. OpenAI trains on it; Punchline's own engine does not.",
    "{count:,} examples use tools. OpenAI trains on them; Punchline's own engine does not.",
)
SPLIT_SEED = Text("Seed {seed} chose what is held back; the same seed makes the same split of “{name}”.")
SPLIT_NEXT = Text("`/finetune launch` trains on one part and measures the loss on the other.")
EXAMPLES = Plural("1 example", "{count:,} examples")
PAIRS = Plural("1 preference pair", "{count:,} preference pairs")
OF_KIND = {"joke": Text(""), "slogan": Text(" of slogans")}
LIST_TITLE, LIST_LINE = Text("Datasets"), Text("**{name}** `{version!c}`: {facts}")
NONE_YET, NONE_YET_HINT = (
    Text("No datasets yet"),
    Text("`/dataset upload` takes a JSON Lines file of at least ten examples."),
)
SHOW_TITLE = Text("Dataset “{name}”")
CHOSEN_OF = Text("**Preferred:** {preferred}\n**Not preferred:** {other}")
SHOWN_EXAMPLE, SYSTEM_MESSAGE, NO_TEXT = Text("Example {number}: {question}"), Text("System message"), "–"
FINGERPRINT = Text("SHA-256 {digits}…")
CHECK_TITLE, PROBLEM_COUNT = Text("Check of “{name}”"), Text("Problems found: {count:,}.")
EXAMPLE_COUNT, TOKENS, TOKENS_EACH, ENDS_IN = (
    Text("Examples"),
    Text("Tokens"),
    Text("Tokens each"),
    Text("Answers end in"),
)
ERROR_LIST, WARNING_LIST = Text("Errors"), Text("Warnings")
TOKENS_EXACT, TOKENS_ESTIMATED = Text("{tokens:,} (counted exactly)"), Text("{tokens:,} (an estimate)")
EACH_HAS = Text("{shortest:,} to {longest:,}, half have {median:,} or fewer")
ENDING_SHARE = Text("“{ending}”: {share:.0%}")
MORE_WARNINGS = Text("… and {count:,} more")
HISTOGRAM_ALT = Text(
    "Histogram of tokens an example: from {shortest:,} to {longest:,}, half of the examples have {median:,} or fewer."
)
HISTOGRAM_X, HISTOGRAM_Y = Text("tokens an example"), Text("examples")
ASK_REMOVE = Text("Delete “{name}” with its {examples}? Models that were trained on it stay.")
COPIES_LEFT = Text(
    "The model server still has copies of it, from {jobs}. Punchline tries to delete them for two weeks after a job has"
    " ended. After that, delete them at the model server."
)
JOBS = Plural("1 job", "{count:,} jobs")
DELETED = Text("Deleted “{name}”.")
TRAIN, DELETE = Text("Train on this"), Text("Delete")
NEAR = Plural(
    "1 pair says nearly the same (of the first {examined:,} examples)",
    "{count:,} pairs say nearly the same (of the first {examined:,} examples)",
)
NEAR_PAIR = Text("Examples {first} and {second} ({likeness:.0%} alike): {answer}")
NEAR_MORE, NEAR_ADVICE = Text("… and {count:,} more."), Text("Training counts twice what is said twice.")
