"""The registry of models: `/models`, and what admins are told about models."""

UNKNOWN = "This server has no model “{model}”. `/models list` shows its models."
GONE = "This server no longer has this model. `/models list` shows its models."
ARCHIVED = "“{model}” is archived. `/models use` brings it back."
NAME_TAKEN = "`{model!c}` is called “{name}” already. Choose another name."
BAD_NAME = "A model's name has 1 to {limit} characters. Choose another."
NAME_IS_BASE = "“base” always means the base model. Choose another name."
IN_USE = {
    "joke": "`{model!c}` tells this server's jokes. Switch with `/models use` first, then archive it.",
    "slogan": "`{model!c}` writes this server's slogans. Switch with `/models use` first, then archive it.",
}
OTHER_KIND = {
    "joke": "“{model}” tells jokes. Use it with `/joke`.",
    "slogan": "“{model}” writes slogans. Use it with `/slogan`.",
}
NO_OTHER_BEFORE = (
    "There is nothing to roll back to: this server has used no model but the base. `/models use` switches to another."
)
ALL_GONE_BEFORE = (
    "There is nothing to roll back to: the models used before are archived or gone. `/models use` switches to another."
)
NOT_IN_USE = {
    "joke": "This model no longer tells this server's jokes. `/models rollback` switches back from the current one.",
    "slogan": "This model no longer writes this server's slogans. `/models rollback kind:slogan` switches back from the current one.",
}

WAYS_BACK = (
    " {rollback} goes back to the model before, `/finetune launch` trains a new one. If the "
    "model comes back, `/models use {{model!c}}` switches to it again."
)
LOST = {
    "joke": "⚠️ The model server no longer has `{model!c}`, which told this server's jokes. Until you choose another model, the base model "
    "tells them, with examples in the prompt." + WAYS_BACK.format(rollback="`/models rollback`"),
    "slogan": "⚠️ The model server no longer has `{model!c}`, which wrote this server's slogans. Until you choose another model, the base "
    "model writes them." + WAYS_BACK.format(rollback="`/models rollback kind:slogan`"),
}
OTHER_SERVER = (
    " What you can do: train your dataset on another base with `/finetune launch`. Or ask the bot's operator to start Punchline's "
    "own engine (`python -m engine`) and to set FINETUNE_BASE_URL to its address; the same launch works there."
)
SHUTDOWN = {
    "joke": "⏳ {when}, on {day}, the model server shuts down {what}.{own} From then on the base model tells the jokes, with examples in "
    "the prompt." + OTHER_SERVER,
    "slogan": "⏳ {when}, on {day}, the model server shuts down {what}.{own} From then on the base model writes the slogans."
    + OTHER_SERVER,
}
SHUTDOWN_WHEN = {0: "Today", 1: "Tomorrow"}
SHUTDOWN_IN = "In {days} days"
SHUTDOWN_MODEL = "`{model!c}`"
SHUTDOWN_BASE = "`{model!c}` and every model tuned on it"
SHUTDOWN_OWN = {
    "joke": " One of them is `{model!c}`, which tells this server's jokes.",
    "slogan": " One of them is `{model!c}`, which writes this server's slogans.",
}

THE_BASE = {"joke": "the base model, with examples in the prompt", "slogan": "the base model"}
SWITCHED = {"joke": "Jokes now come from {model}.{unarchived}", "slogan": "Slogans now come from {model}.{unarchived}"}
UNARCHIVED = " It is no longer archived."
ROLLED_BACK = "Rolled back from {left} to {model}.{again}"
ROLL_BACK_AGAIN = {
    "joke": " Another `/models rollback` returns to {left}.",
    "slogan": " Another `/models rollback kind:slogan` returns to {left}.",
}
RENAMED_TO = "This model is now called {name}."
ARCHIVED_NOW = "{model} is archived. `/models use` brings it back."
PRACTICE = (
    "practice-1 is the engine's practice model: a small neural network that fills its training jokes with new words. "
    "It shows the whole loop without a download. It is not a language model, and it has no wit of its own."
)
LIST_FOOTER = "▶️ tells this server's jokes. /models use switches."
LIST_FOOTER_BOTH = "▶️ is in use, for jokes or for slogans. /models use switches."
BASE_LINE = "{mark} `base`: {base} with examples in the prompt"
OF_SLOGANS, FOR_SLOGANS = ", writes slogans", " for slogans"
