"""The registry of models: `/models`, and what admins are told about models."""

UNKNOWN = "This server has no model “{model}”. `/models list` shows its models."
GONE = "This server no longer has this model. `/models list` shows its models."
ARCHIVED = "“{model}” is archived. `/models use` brings it back."
NAME_TAKEN = "`{model!c}` is called “{name}” already. Choose another name."
BAD_NAME = "A model's name has 1 to {limit} characters. Choose another."
NAME_IS_BASE = "“base” always means the base model. Choose another name."
IN_USE = "`{model!c}` tells this server's jokes. Switch with `/models use` first, then archive it."
NO_OTHER_BEFORE = (
    "There is nothing to roll back to: this server has used no model but the base. `/models use` switches to another."
)
ALL_GONE_BEFORE = (
    "There is nothing to roll back to: the models used before are archived or gone. `/models use` switches to another."
)
NOT_IN_USE = (
    "This model does not tell this server's jokes any more. `/models rollback` goes back from the one that does."
)

LOST = (
    "⚠️ The model server no longer has `{model!c}`, which told this server's jokes. Until you choose another model, the base model tells "
    "them, with examples in the prompt. `/models rollback` goes back to the model before, `/finetune launch` trains a new one. If the "
    "model comes back, `/models use {model!c}` switches to it again."
)
SHUTDOWN = (
    "⏳ {when}, on {day}, the model server shuts down {what}.{own} From then on the base model tells the jokes, with examples in the "
    "prompt. What you can do: train your dataset on another base with `/finetune launch`. Or ask the bot's operator to start Punchline's "
    "own engine (`python -m engine`) and to set FINETUNE_BASE_URL to its address; the same launch works there."
)
SHUTDOWN_WHEN = {0: "Today", 1: "Tomorrow"}
SHUTDOWN_IN = "In {days} days"
SHUTDOWN_MODEL = "`{model!c}`"
SHUTDOWN_BASE = "`{model!c}` and every model tuned on it"
SHUTDOWN_OWN = " One of them is `{model!c}`, which tells this server's jokes."

THE_BASE = "the base model, with examples in the prompt"
SWITCHED = "Jokes now come from {model}.{unarchived}"
UNARCHIVED = " It is no longer archived."
ROLLED_BACK = "Rolled back from {left} to {model}.{again}"
ROLL_BACK_AGAIN = " Another `/models rollback` returns to {left}."
RENAMED_TO = "This model is now called {name}."
ARCHIVED_NOW = "{model} is archived. `/models use` brings it back."
PRACTICE = (
    "practice-1 is the engine's practice model: a small neural network that fills its training jokes with new words. "
    "It shows the whole loop without a download. It is not a language model, and it has no wit of its own."
)
LIST_FOOTER = "▶️ tells this server's jokes. /models use switches."
BASE_LINE = "{mark} `base`: {base} with examples in the prompt"
