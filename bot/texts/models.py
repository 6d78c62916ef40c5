"""The registry of models: `/models`, and what admins are told about models."""

from bot.texts.template import Text

UNKNOWN = Text("This server has no model “{model}”. `/models list` shows its models.")
GONE = Text("This server no longer has this model. `/models list` shows its models.")
ARCHIVED = Text("“{model}” is archived. `/models use` brings it back.")
NAME_TAKEN = Text("`{model!c}` is called “{name}” already. Choose another name.")
BAD_NAME = Text("A model's name has 1 to {limit} characters. Choose another.")
NAME_IS_BASE = Text("“base” always means the base model. Choose another name.")
IN_USE = {
    "joke": Text("`{model!c}` tells this server's jokes. Switch with `/models use` first, then archive it."),
    "slogan": Text("`{model!c}` writes this server's slogans. Switch with `/models use` first, then archive it."),
}
OTHER_KIND = {
    "joke": Text("“{model}” tells jokes. Use it with `/joke`."),
    "slogan": Text("“{model}” writes slogans. Use it with `/slogan`."),
}
NO_OTHER_BEFORE = Text(
    "There is nothing to roll back to: this server has used no model but the base. `/models use` switches to another."
)
ALL_GONE_BEFORE = Text(
    "There is nothing to roll back to: the models used before are archived or gone. `/models use` switches to another."
)
NOT_IN_USE = {
    "joke": Text(
        "This model no longer tells this server's jokes. `/models rollback` switches back from the current one."
    ),
    "slogan": Text(
        "This model no longer writes this server's slogans. `/models rollback kind:slogan` switches back from the current one."
    ),
}

LOST = {
    "joke": Text(
        "⚠️ The model server no longer has `{model!c}`, which told this server's jokes. Until you choose another model, the base model "
        "tells them, with examples in the prompt. `/models rollback` goes back to the model before, `/finetune launch` trains a new one. "
        "If the model comes back, `/models use {model!c}` switches to it again."
    ),
    "slogan": Text(
        "⚠️ The model server no longer has `{model!c}`, which wrote this server's slogans. Until you choose another model, the base "
        "model writes them. `/models rollback kind:slogan` goes back to the model before, `/finetune launch` trains a new one. "
        "If the model comes back, `/models use {model!c}` switches to it again."
    ),
}
OTHER_SERVER = Text(
    " What you can do: train your dataset on another base with `/finetune launch`. Or ask the bot's operator to start Punchline's "
    "own engine (`python -m engine`) and to set FINETUNE_BASE_URL to its address; the same launch works there."
)
SHUTDOWN = {
    "joke": Text(
        "⏳ {when}, on {day}, the model server shuts down {what}.{own} From then on the base model tells the jokes, with examples in "
        "the prompt.{help}"
    ),
    "slogan": Text(
        "⏳ {when}, on {day}, the model server shuts down {what}.{own} From then on the base model writes the slogans.{help}"
    ),
}
SHUTDOWN_WHEN = {0: Text("Today"), 1: Text("Tomorrow")}
SHUTDOWN_IN = Text("In {days} days")
SHUTDOWN_MODEL = Text("`{model!c}`")
SHUTDOWN_BASE = Text("`{model!c}` and every model tuned on it")
SHUTDOWN_OWN = {
    "joke": Text(" One of them is `{model!c}`, which tells this server's jokes."),
    "slogan": Text(" One of them is `{model!c}`, which writes this server's slogans."),
}

THE_BASE = {"joke": Text("the base model, with examples in the prompt"), "slogan": Text("the base model")}
SWITCHED = {
    "joke": Text("Jokes now come from {model}.{unarchived}"),
    "slogan": Text("Slogans now come from {model}.{unarchived}"),
}
UNARCHIVED = Text(" It is no longer archived.")
ROLLED_BACK = Text("Rolled back from {left} to {model}.{again}")
ROLL_BACK_AGAIN = {
    "joke": Text(" Another `/models rollback` returns to {left}."),
    "slogan": Text(" Another `/models rollback kind:slogan` returns to {left}."),
}
RENAMED_TO = Text("This model is now called {name}.")
ARCHIVED_NOW = Text("{model} is archived. `/models use` brings it back.")
PRACTICE = Text(
    "practice-1 is the engine's practice model: a small neural network that fills its training jokes with new words. "
    "It shows the whole loop without a download. It knows English only. It is not a language model, and it has no wit of its own."
)
LIST_FOOTER = Text("▶️ tells this server's jokes. /models use switches.")
LIST_FOOTER_BOTH = Text("▶️ is in use, for jokes or for slogans. /models use switches.")
BASE_LINE = Text("{mark} `base`: {base} with examples in the prompt")
OF_SLOGANS, FOR_SLOGANS = Text(", writes slogans"), Text(" for slogans")

MODEL_LINE = Text("{name}`{model}`, tuned from {base}{origin}{score}, {made}{gone}")
BY_JOB, ON_DATASET = Text(" by job {job}"), Text(" on “{dataset}”")
IN_FORMAT, GONE_SINCE = Text(", {share:.0%} in format"), Text(", ⚠️ gone since {when}")
SWITCH, SWITCHED_BY, SWITCHED_BY_JOB = (
    Text("{when} {model} {who}"),
    Text("by {member}"),
    Text("when its job was done"),
)
ARCHIVED_CHOICE = Text("{model} (archived)")
TOKENS_AND_LATENCY = Text("{read} + {written} tokens, {latency:.0f} ms")
