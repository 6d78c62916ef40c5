"""What the bot says about prompts: `/prompt`."""

SHIPPED = "shipped"
BAD_NAME = (
    "A prompt's name has 1 to 40 letters, digits, spaces, dots, dashes, plus signs or underscores, "
    "and starts with a letter, a digit or an underscore. Choose another."
)
RESERVED = "“{name}” is the name of the built-in prompt. Choose another."
NO_SYSTEM = "A prompt needs a system message that tells the model what to do. Write one."
SYSTEM_TOO_LONG = "A system message has at most {most:,} characters, and this one has {count:,}. Shorten it."
NO_MARK = "Line {line} has no `=>` between question and answer: “{text}”."
HALF_AN_EXAMPLE = "Line {line} needs text on both sides of `=>`: “{text}”."
TOO_MANY_EXAMPLES = "A prompt has at most {most} examples, and there are {count}. Leave some out."
EXAMPLES_TOO_LONG = "The examples have at most {most:,} characters, and these have {count:,}. Shorten them."
UNKNOWN_STEP = "A second step is none, pick or polish."
NO_INSTRUCTION = "Polishing needs an instruction, such as: Make it shorter. Write one, or choose no second step."
NO_STEP = "An instruction needs a second step. Choose pick or polish, or leave the instruction empty."
INSTRUCTION_TOO_LONG = "An instruction has at most {most:,} characters, and this one has {count:,}. Shorten it."
UNKNOWN = {
    "joke": "This server has no prompt “{name}” for jokes. `/prompt list` shows its prompts.",
    "slogan": "This server has no prompt “{name}” for slogans. `/prompt list` shows its prompts.",
}
GONE = "This server has no such prompt. `/prompt list` shows its prompts."

# Cards and replies.
SAVED = "Saved “{name}”"
SAVED_NEXT = (
    "*Use it* makes the base model write with it; `/prompt compare` shows it beside others. Versions never change: "
    "`/prompt add` with the same name makes the next one."
)
IN_ARENA = " `/arena add` enters it in the arena."
FIELD_SYSTEM, FIELD_EXAMPLES, FIELD_STEP = "System message", "Examples", "Second step"
STEPS = {
    "none": "none",
    "pick": "pick: drafts several and picks the best{instruction}",
    "polish": "polish: rewrites its draft{instruction}",
}
BY_INSTRUCTION = " (“{instruction}”)"
USED = {
    "joke": "The base model now tells jokes with {prompt}.",
    "slogan": "The base model now writes slogans with {prompt}.",
}
THE_SHIPPED = "the shipped prompt"
TUNED_FIRST = {
    "joke": " This server's own model {model} still comes first; `/models use base` switches to the base model.",
    "slogan": " This server's own model {model} still comes first; `/models use base kind:slogan` switches to the base model.",
}
LIST_TITLE, LAST_SWITCHES = "Prompts", "Last switches"
OF_KIND = {"joke": "jokes", "slogan": "slogans"}
SHIPPED_LINE = "{mark} `shipped` for {kind}"
LINE = "{mark} **{label}** for {kind}: {examples}{step}. {system}"
THEN = {"none": "", "pick": ", then picks", "polish": ", then polishes"}
SWITCH = "{when} **{label}** for {kind} by {member}"
LIST_FOOTER = "▶️ marks the prompt in use. Switch with /prompt use."
USE = "Use it"
USE_NAMED = "Use {label}"

# The form.
FORM_TITLE = "Prompt {name}"
FORM_SYSTEM, FORM_EXAMPLES, FORM_STEP, FORM_INSTRUCTION = (
    "System message: what the model should do",
    "Examples, one a line: question => answer",
    "Second step",
    "Its instruction",
)
EXAMPLES_HINT = {
    "joke": "A man walking across the road => He crossed it twice, to be on the safe side. Haha",
    "slogan": "A company that sells ice cream => The coldest comfort in town.",
}
INSTRUCTION_HINT = "Make it shorter and drier."
CHOICES = {"none": "None", "pick": "Pick the best of several drafts", "polish": "Polish the draft"}
