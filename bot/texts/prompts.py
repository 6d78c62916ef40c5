"""What the bot says about prompts: `/prompt`."""

from bot.texts.template import Text

SHIPPED = "shipped"  # a name as people type it
BAD_NAME = Text(
    "A prompt's name has 1 to 40 letters, digits, spaces, dots, dashes, plus signs or underscores, "
    "and starts with a letter, a digit or an underscore. Choose another."
)
RESERVED = Text("“{name}” is the name of the built-in prompt. Choose another.")
NO_SYSTEM = Text("A prompt needs a system message that tells the model what to do. Write one.")
SYSTEM_TOO_LONG = Text("A system message has at most {most:,} characters, and this one has {count:,}. Shorten it.")
NO_MARK = Text("Line {line} has no `=>` between question and answer: “{text}”.")
HALF_AN_EXAMPLE = Text("Line {line} needs text on both sides of `=>`: “{text}”.")
TOO_MANY_EXAMPLES = Text("A prompt has at most {most} examples, and there are {count}. Leave some out.")
EXAMPLES_TOO_LONG = Text("The examples have at most {most:,} characters, and these have {count:,}. Shorten them.")
UNKNOWN_STEP = Text("A second step is none, pick or polish.")
NO_INSTRUCTION = Text("Polishing needs an instruction, such as: Make it shorter. Write one, or choose no second step.")
NO_STEP = Text("An instruction needs a second step. Choose pick or polish, or leave the instruction empty.")
INSTRUCTION_TOO_LONG = Text("An instruction has at most {most:,} characters, and this one has {count:,}. Shorten it.")
UNKNOWN = {
    "joke": Text("This server has no prompt “{name}” for jokes. `/prompt list` shows its prompts."),
    "slogan": Text("This server has no prompt “{name}” for slogans. `/prompt list` shows its prompts."),
}
GONE = Text("This server has no such prompt. `/prompt list` shows its prompts.")

# Cards and replies.
SAVED = Text("Saved “{name}”")
SAVED_NEXT = Text(
    "*Use it* makes the base model write with it; `/prompt compare` shows it beside others. Versions never change: "
    "`/prompt add` with the same name makes the next one."
)
IN_ARENA = Text(" `/arena add` enters it in the arena.")
FIELD_SYSTEM, FIELD_EXAMPLES, FIELD_STEP = Text("System message"), Text("Examples"), Text("Second step")
STEPS = {
    "none": Text("none"),
    "pick": Text("pick: drafts several and picks the best{instruction}"),
    "polish": Text("polish: rewrites its draft{instruction}"),
}
BY_INSTRUCTION = Text(" (“{instruction}”)")
USED = {
    "joke": Text("The base model now tells jokes with {prompt}."),
    "slogan": Text("The base model now writes slogans with {prompt}."),
}
THE_SHIPPED = Text("the shipped prompt")
TUNED_FIRST = {
    "joke": Text(" This server's own model {model} still comes first; `/models use base` switches to the base model."),
    "slogan": Text(
        " This server's own model {model} still comes first; `/models use base kind:slogan` switches to the base model."
    ),
}
LIST_TITLE, LAST_SWITCHES = Text("Prompts"), Text("Last switches")
OF_KIND = {"joke": Text("jokes"), "slogan": Text("slogans")}
SHIPPED_LINE = Text("{mark} `shipped` for {kind}")
LINE = Text("{mark} **{label}** for {kind}: {examples}{step}. {system}")
THEN = {"none": Text(""), "pick": Text(", then picks"), "polish": Text(", then polishes")}
SWITCH = Text("{when} **{label}** for {kind} by {member}")
LIST_FOOTER = Text("▶️ marks the prompt in use. Switch with /prompt use.")
USE = Text("Use it")
USE_NAMED = Text("Use {label}")

# The form.
FORM_TITLE = Text("Prompt {name}")
FORM_SYSTEM, FORM_EXAMPLES, FORM_STEP, FORM_INSTRUCTION = (
    Text("System message: what the model should do"),
    Text("Examples, one a line: question => answer"),
    Text("Second step"),
    Text("Its instruction"),
)
EXAMPLES_HINT = {
    "joke": Text("A man walking across the road => He crossed it twice, to be on the safe side. Haha"),
    "slogan": Text("A company that sells ice cream => The coldest comfort in town."),
}
INSTRUCTION_HINT = Text("Make it shorter and drier.")
CHOICES = {"none": Text("None"), "pick": Text("Pick the best of several drafts"), "polish": Text("Polish the draft")}
