"""Fine-tuning: quotes, jobs, their cards, and what to do when one fails."""

from bot.texts.template import Text

# A job's status in a sentence, by OpenAI's word for it.
STATUS = {
    "pending": Text("pending"),
    "validating_files": Text("validating_files"),
    "queued": Text("queued"),
    "running": Text("running"),
    "pausing": Text("pausing"),
    "paused": Text("paused"),
    "succeeded": Text("succeeded"),
    "failed": Text("failed"),
    "cancelled": Text("cancelled"),
}
ONE_JOB = Text(
    "Job {job} is {status}, and a server runs one job at a time. Wait for it, or stop it with `/finetune cancel {job}`."
)
NO_QUOTE = Text("This quote is no longer saved. Ask for a new one with `/finetune launch`.")
QUOTE_USED = Text("This quote was launched already. Ask for a new one with `/finetune launch`.")
UNKNOWN_BASE = Text(
    "“{base}” is not a base model here. Choose one of the suggestions of `base_model`, or one of this server's own models "
    "(`/models list`)."
)
NO_JOB_YET = Text("This server has no fine-tuning job yet. `/finetune launch` starts one.")
NO_JOB = Text("This server has no job {job}. `/finetune list` shows its jobs, `/finetune launch` starts one.")
NO_METHOD_HERE = Text(
    "{base} cannot be tuned by the method `{method!c}`. Choose another base model, or a dataset of the other kind (`/dataset list`)."
)
NO_TOOLS_HERE = Text(
    "This dataset has {examples} with tools, and {base} learns from text only. Upload it without them, or choose "
    "another base model."
)

PRICE_UNKNOWN = Text(
    "The bot has no price for {base}, and this server has a monthly cap. Ask the bot's operator to add the price, or lift the cap "
    "with `/settings cap`."
)
OVER_CAP = Text(
    "This would cost about {cost}. This server has spent {spent} of its monthly cap of {cap}. Choose fewer epochs or a smaller "
    "dataset, or raise the cap with `/settings cap`."
)

ALREADY_ENDED = Text("Job {job} has already ended ({status}).")
NOT_STARTED = Text("Job {job} has not reached the model server yet. Try again in a few seconds.")
BEING_SUBMITTED = Text("Job {job} is being sent to the model server right now. Try again in a few seconds.")
ALREADY_PAUSED = Text("Job {job} is {status} already. `/finetune resume {job}` continues it.")
NOT_PAUSED = Text("Job {job} is not paused (it is {status}).")
CANNOT_PAUSE = Text("The model server does not pause jobs. Its answer: {error}")
CANNOT_RESUME = Text("The model server does not resume jobs. Its answer: {error}")
NO_CHECKPOINTS_HERE = Text("The model server offers no checkpoints for job {job}. Its answer: {error}")
NEVER_SUBMITTED = Text("Job {job} never reached the model server, so it has no checkpoints.")
NO_CHECKPOINT_AT = Text("Job {job} has no checkpoint at step {step}. It has: {steps}.")
NO_STEPS = Text("none")

NOT_CONFIRMED = Text("The model server never confirmed the job. Nothing is running. Launch it again.")
VANISHED = Text("The model server no longer has this job. Launch it again if you still want the model.")

FIX_FILE = Text("Correct the file, upload it under a new name with `/dataset upload`, and launch again.")
PAY = Text(
    "Ask the bot's operator to top up the account at the model server, or to raise its limit. Then launch again."
)
TRY_LATER = Text("Nothing is wrong with your dataset. Launch it again later.")
MODERATED = Text(
    "The model server's safety check declined the dataset, or what the model learned from it. Remove the examples that could hurt "
    "somebody, upload the rest under a new name, and launch again."
)
UNKNOWN_FAILURE = Text("Launch it again. If it fails in the same way, show this message to the bot's operator.")

# What to do when a job has failed, by the model server's code for it; empty where the message says it already.
ADVICE = {
    "invalid_n_examples": Text(
        "A training file needs at least ten examples. Add some, upload the file under a new name, and launch again."
    ),
    "invalid_training_file": FIX_FILE,
    "invalid_validation_file": FIX_FILE,
    "invalid_file": FIX_FILE,
    "invalid_file_format": FIX_FILE,
    "exceeded_quota": PAY,
    "insufficient_quota": PAY,
    "billing_hard_limit_reached": PAY,
    "rate_limit_exceeded": Text("The model server has too much to do for this account. Launch again later."),
    "moderation_blocked": MODERATED,
    "content_policy_violation": MODERATED,
    "unsafe_file": MODERATED,
    "refusal_eval_failed": MODERATED,
    "training_not_available": Text(""),
    "model_not_available": Text(
        "The model server cannot tune this base model. Launch again with another `base_model`."
    ),
    "model_not_found": Text("The model server does not have this base model. Launch again with another `base_model`."),
    "invalid_api_key": Text("Ask the bot's operator to check the model server's API key. Then launch again."),
    "job_not_found": Text("The model server no longer has the job. Launch it again."),
    "not_found": Text("The model server no longer has the job. Launch it again."),
    "not_confirmed": Text(""),
    "server_error": TRY_LATER,
    "internal_error": TRY_LATER,
    "out_of_memory": Text(
        "The model server ran out of memory. Use shorter or fewer examples, or a smaller base model."
    ),
}


def status_of(status: str) -> Text:
    """A job's status; one that the bot does not know stays the model server's word."""
    return STATUS.get(status, Text(status))


def advice(code: str | None, message: str | None = None) -> Text:
    """What to do about a failure. A moderation block has no code of its own everywhere, so the message counts too."""
    if code in ADVICE:
        return ADVICE[code]
    return MODERATED if "moderation" in f"{code} {message}".lower() else UNKNOWN_FAILURE
