"""What the bot says about datasets and training files."""

from collections.abc import Mapping

# What is wrong with a line of a training file; its place goes before.
LINE, LINE_OF_FILE, FILE = "Line {line}: ", "{file}, line {line}: ", "{file}: "
TOO_LONG_LINE = "is longer than 2 MB; each example must be on a line of its own."
BYTE_ORDER_MARK = "begins with a byte order mark, which belongs at the start of a file only; remove it."
NOT_UTF8 = "is not UTF-8 text; save the file as UTF-8."
NOT_JSON = "is not JSON; each line must be one JSON object."
NOT_JSON_AT = "is not JSON (column {column}); each line must be one JSON object."
NOT_AN_OBJECT = 'is {kind} instead of a JSON object; it must look like `{{"messages": [...]}}`.'
NO_MESSAGES = 'has no messages; it must look like `{{"messages": [...]}}`.'
WRONG_TYPE = "has {kind} as `{key}`; it must be {wanted}."
WRONG_TYPE_IN_MESSAGE = "message {number} has {kind} as its `{key}`; it must be {wanted}."
NOT_A_MESSAGE = "message {number} is {kind} instead of an object with a role and a content."
NO_ROLE = "message {number} has no role; use system, user or assistant."
UNKNOWN_ROLE = "message {number} has the unknown role “{role}”; use system, user or assistant."
NO_CONTENT = "message {number} ({role}) has no content; it must have text."
EMPTY_CONTENT = "message {number} ({role}) has empty content; it must have text."
CONTENT_KIND = "message {number} ({role}) has {kind} as its content; it must be text."
NOT_A_TEXT_PART = (
    'message {number} ({role}) has a part that is not text; a part must look like `{{"type": "text", "text": "..."}}`.'
)
OTHER_PART = "message {number} ({role}) has a part of the type “{type}”; only text can be trained on here."
HALF = "message {number} contains half of an emoji or of another character; write it again."
HALF_BESIDE = "contains half of an emoji or of another character beside its messages; write it again."
HALF_WITHIN = "contains half of an emoji or of another character; write it again."
WEIGHT = "message {number} has a weight that is neither 0 nor 1."
WEIGHT_OF_OTHERS = "message {number} ({role}) has a weight; only an assistant's message may have one."
NO_ANSWER = "the last message must be the assistant's answer."
NO_QUESTION = "has no user message; each example needs a question and an answer."
NOTHING_TO_LEARN = "every answer has weight 0, so there is nothing to learn; give one answer weight 1."
NOT_A_PAIR = 'is not a complete preference pair; it must look like `{{"input": {{"messages": [...]}}, "preferred_output": [...], "non_preferred_output": [...]}}`.'
IN_PART = "in `{part!c}`: "
ANSWERED = "the last message of `input` must not be the assistant's: the two outputs come next."
ONE_OUTPUT = "`{part!c}` must be a single message from the assistant."
SAME_OUTPUTS = "both answers are the same, so neither can be preferred."
MIXED = "mixes kinds: a file contains either chats or preference pairs, as its first example does."
KINDS: Mapping[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}

# What is wrong with a file as a whole.
TOO_FEW = "A training file needs at least {fewest} examples, and this one has {count}."
EMPTY_FILE = "This file is empty: it has {count} examples, and a training file needs at least {fewest}, each on a line of its own."
JSON_LIST = (
    "This file is one JSON list. Write each example on a line of its own, without the brackets and commas around them."
)
JSON_OVER_LINES = "In this file an example spans several lines. Write each one on a line of its own (JSON Lines)."
TABLE = 'This file looks like a table (CSV or TSV). Write each row as a line such as `{{"messages": [...]}}`.'
WEB_PAGE = "This file is a web page or other markup, not the training file itself. Download the training file, and upload that."
PLAIN_TEXT = 'This file is plain text. Write each example as a line such as `{{"messages": [...]}}`.'
UTF16 = "This file is UTF-16 text. Save it as UTF-8."
OTHER_ENCODING = "This file is text in another encoding. Save it as UTF-8."
OLD_LINE_ENDS = "The lines of this file end in carriage returns (CR) alone. Save it with LF or CRLF line ends."
PACKED = "This file is {kind}. Unpack it, and upload the `.jsonl` file inside."
OTHER_FORMAT = "This file is {kind}. Save the examples as JSON Lines, and upload that."

# What is odd about a line, and the same for many of them.
REPEATED = "is the same as line {first}."
REPEATED_IN_FILE = "is the same as line {first} of {first_file}."
LEFT_OUT = "is the same as line {first}, and left out."
LEFT_OUT_IN_FILE = "is the same as line {first} of {first_file}, and left out."
TOO_LONG = "has {tokens:,} tokens; training cuts off what is beyond {most:,}."
SEEN = "is nearly a scenario that is reserved for testing: “{scenario}”."
ENDING = "the answer does not end in “{ending}” as most do."
WARNINGS = {
    "repeated": "⚠️ repeated: {examples}",
    "left out": "⚠️ repeated, and left out: {examples}",
    "too long": "⚠️ longer than training takes: {examples}",
    "held out": "⚠️ close to a scenario that is reserved for testing: {examples}",
    "ending": "⚠️ ending differently from the rest: {examples}",
}

# Refusals.
UNUSABLE = "Nothing was saved.\n{errors}"
MORE_ERRORS = "… and {count:,} more."
TOO_LARGE = "That is {size:.0f} MB, and an upload may have at most {most:.0f} MB. Split it into smaller files."
BAD_NAME = (
    "A dataset's name has 1 to 40 letters, digits, spaces, dots, dashes, plus signs or underscores, "
    "and starts with a letter, a digit or an underscore. Choose another with `name`."
)
NAME_TAKEN = "There is already a dataset “{name}”. Choose another name with `name`."
WITHDRAWN_MEANWHILE = (
    "A member just withdrew an example from “{name}”, so nothing was saved. Try again to save it without that example."
)
NO_DATASET = "There is no dataset “{name}” here. `/dataset list` shows what there is."
REMOVED = "This dataset was deleted. `/dataset list` shows what there is."
REMOVED_SINCE = "“{name}” has been deleted. Get a quote on another dataset with `/finetune launch`."
IN_USE = (
    "Job {job} is training on “{name}”. Wait for it, or stop it with `/finetune cancel {job}`; then delete the dataset."
)
ALREADY_SPLIT = "“{name}” is split already. Split the dataset that it was made from."
TOO_FEW_LEFT = (
    "That would leave {left} examples to train on, and at least {fewest} are needed. Choose a smaller `share`."
)
ALL_THE_SAME = "All {count:,} examples of “{name}” are the same, so none can be held back."
NO_SPLIT = "“{name}” repeats its examples so often that holding some back would leave fewer than {fewest} to train on."
TOO_LARGE_TO_SEND = (
    "Discord takes {most:.1f} MB at a time here, and “{name}” is {size:.1f} MB. "
    "The bot's operator has it beside the database: {files}."
)
DOWNLOAD_FAILED = "Discord did not hand the file over. Upload it again."

# Cards.
SAVED = "Saved “{name}”"
FACTS = "{examples}, about {tokens:,} tokens, {size:,.1f} kB"
FACTS_SPLIT = "{examples} and {validation:,} for validation, about {tokens:,} tokens, {size:,.1f} kB"
NO_PROBLEMS = "No problems found."
TRAIN_NEXT = "`/finetune launch` trains a model on it."
SAME_CONTENT = "It has the same content as “{name}”."
USES_TOOLS = "{examples} use tools. OpenAI trains on them; Punchline's own engine does not."
ONE_USES_TOOLS = "1 example uses tools. OpenAI trains on it; Punchline's own engine does not."
SPLIT_SEED = "Seed {seed} chose what is held back; the same seed makes the same split of “{name}”."
SPLIT_NEXT = "`/finetune launch` trains on one part and measures the loss on the other."
ONE_EXAMPLE, EXAMPLES = "1 example", "{count:,} examples"
ONE_PAIR, MANY_PAIRS = "1 preference pair", "{count:,} preference pairs"
OF_KIND = {"joke": "", "slogan": " of slogans"}
LIST_TITLE, LIST_LINE = "Datasets", "**{name}** `{version!c}`: {facts}"
NONE_YET, NONE_YET_HINT = "No datasets yet", "`/dataset upload` takes a JSON Lines file of at least ten examples."
SHOW_TITLE = "Dataset “{name}”"
CHOSEN_OF = "**Preferred:** {preferred}\n**Not preferred:** {other}"
SHOWN_EXAMPLE, SYSTEM_MESSAGE, NO_TEXT = "Example {number}: {question}", "System message", "–"
FINGERPRINT = "SHA-256 {digits}…"
CHECK_TITLE, PROBLEM_COUNT = "Check of “{name}”", "Problems found: {count:,}."
EXAMPLE_COUNT, TOKENS, TOKENS_EACH, ENDS_IN = "Examples", "Tokens", "Tokens each", "Answers end in"
ERROR_LIST, WARNING_LIST = "Errors", "Warnings"
TOKENS_EXACT, TOKENS_ESTIMATED = "{tokens:,} (counted exactly)", "{tokens:,} (an estimate)"
EACH_HAS = "{shortest:,} to {longest:,}, half have {median:,} or fewer"
ENDING_SHARE = "“{ending}”: {share:.0%}"
MORE_WARNINGS = "… and {count:,} more"
HISTOGRAM_ALT = (
    "Histogram of tokens an example: from {shortest:,} to {longest:,}, half of the examples have {median:,} or fewer."
)
HISTOGRAM_X, HISTOGRAM_Y = "tokens an example", "examples"
ASK_REMOVE = "Delete “{name}” with its {examples}? Models that were trained on it stay."
COPIES_LEFT = (
    "The model server still has copies of it, from {jobs}. Punchline tries to delete them for two weeks after a job has"
    " ended. After that, delete them at the model server."
)
ONE_JOB, JOBS = "1 job", "{count:,} jobs"
DELETED = "Deleted “{name}”."
TRAIN, DELETE = "Train on this", "Delete"
NEAR_ONE, NEAR_MANY = (
    "1 pair says nearly the same (of the first {examined:,} examples)",
    "{count:,} pairs say nearly the same (of the first {examined:,} examples)",
)
NEAR_PAIR = "Examples {first} and {second} ({likeness:.0%} alike): {answer}"
NEAR_MORE, NEAR_ADVICE = "… and {count:,} more.", "Training counts twice what is said twice."
