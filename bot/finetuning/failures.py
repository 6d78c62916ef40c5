"""What to do when a job has failed, by the model server's code for it."""

LOOK_AT_FILE = "Mend the file, upload it under a new name with `/dataset upload`, and launch again."
PAY = "The bot's operator must top up the account at the model server, or raise its limit; then launch again."
NOT_YOUR_FAULT = "Nothing is wrong with your dataset. Launch it again in a while."
MODERATED = (
    "The model server's safety check declined what is in the dataset or what the model learnt from it. Take out the examples that "
    "could hurt somebody, upload the rest under a new name, and launch again."
)
UNKNOWN = "Launch it again; if it fails in the same way, show this message to the bot's operator."

ADVICE = {
    "invalid_n_examples": "A training file needs at least ten examples. Add some, upload the file under a new name, and launch again.",
    "invalid_training_file": LOOK_AT_FILE,
    "invalid_validation_file": LOOK_AT_FILE,
    "invalid_file": LOOK_AT_FILE,
    "invalid_file_format": LOOK_AT_FILE,
    "exceeded_quota": PAY,
    "insufficient_quota": PAY,
    "billing_hard_limit_reached": PAY,
    "rate_limit_exceeded": "The model server has too much to do for this account. Launch again in a while.",
    "moderation_blocked": MODERATED,
    "content_policy_violation": MODERATED,
    "unsafe_file": MODERATED,
    "refusal_eval_failed": MODERATED,
    "training_not_available": "",  # its message says it all
    "model_not_available": "This base model cannot be tuned there. Launch again with another `base_model`.",
    "model_not_found": "The model server does not have this base model. Launch again with another `base_model`.",
    "invalid_api_key": "The bot's operator must check the API key of the model server; then launch again.",
    "job_not_found": "The model server has forgotten the job. Launch it again.",
    "not_found": "The model server has forgotten the job. Launch it again.",
    "not_confirmed": "",
    "server_error": NOT_YOUR_FAULT,
    "internal_error": NOT_YOUR_FAULT,
    "out_of_memory": "The model server ran out of memory. Use shorter or fewer examples, or a smaller base model.",
}


def advice(code: str | None, message: str | None = None) -> str:
    """A sentence on what to do; empty where the message, one of the bot's own, already says it.

    A moderation block has no code of its own everywhere, so the message is looked at, too.
    """
    if code in ADVICE:
        return ADVICE[code]
    return MODERATED if "moderation" in f"{code} {message}".lower() else UNKNOWN
