"""What stands on cards and buttons."""

# Jobs
JOB_STATUS = {
    "pending": ("⏳", "sending the training file to the model server"),
    "validating_files": ("🔎", "the model server checks the training file"),
    "queued": ("⏳", "waiting in the queue"),
    "running": ("🏋️", "training"),
    "pausing": ("⏸️", "pausing"),
    "paused": ("⏸️", "paused"),
    "succeeded": ("✅", "done"),
    "failed": ("❌", "failed"),
    "cancelled": ("🛑", "cancelled"),
}
DATASET, BASE_MODEL, TRAINED_TOKENS = "Dataset", "Base model", "Trained tokens"
READY_IN_USE = {
    "joke": "The new model is ready, and tells this server's jokes now. Try `/joke`.",
    "slogan": "The new model is ready, and writes this server's slogans now. Try `/slogan`.",
}
READY = "The new model is ready. `/models use` switches to it."
UNREACHABLE_SINCE = "⚠️ The model server has been unreachable since {since}. The bot keeps trying."
TRAINED_AND_QUOTED = "{trained} (the quote's estimate was {quoted})"
JOB_IS = "Job {job} is {status}."
CANCELLED = "Job {job} is cancelled."
STOPPING = "Job {job} is being stopped."
CANCEL_QUESTION = "Stop job {job}? What it has trained so far may be charged, and it cannot be resumed."
NO_JOBS = "No jobs yet"
NO_JOBS_TEXT = "`/finetune launch` starts one from a dataset."
JOBS = "Fine-tuning jobs"

# Quotes
QUOTE = "Train a model on “{dataset}”?"
NO_CHARGE = "**No charge:** your own engine trains it."
ABOUT = "**About {cost}.**"
NO_PRICE = "**The bot has no price for this base model.** Look it up before you launch."
PRICES = "Prices: {source}"
SPENT_OF_CAP = "Spent this month: {spent} of a cap of {cap}."
SPENT_NO_CAP = "Spent this month: {spent}, without a cap (`/settings cap` sets one)."
METHOD, BY_PREFERENCES = "Method", "DPO: learns which answers people prefer"
NOT_LAUNCHED = "Nothing was launched."

# Checkpoints
NO_CHECKPOINTS = "Job {job} has no checkpoints yet"
NO_CHECKPOINTS_TEXT = "Model servers keep one at the end of each epoch."
CHECKPOINTS = "Checkpoints of job {job}"
BEST_FIRST = "The best by validation loss comes first."
NEWEST_FIRST = (
    "The newest comes first: without a validation file nobody knows which is best. `/dataset split` makes one."
)

# Reports
REPORT = "📋 Job {job}: what the model learned"
REPORT_READY_IN_USE = {
    "joke": "The new model is ready, and tells this server's jokes now.",
    "slogan": "The new model is ready, and writes this server's slogans now.",
}
REPORT_READY = "The new model is ready."
REPORT_UNANSWERED = "It could not be compared, because the model server did not answer."
REPORT_ASKED = (
    "It and the base, with {examples} examples in the prompt, answered {questions} that neither was trained on."
)
REPORT_ASKED_BOTH = "The new model and the one it was tuned from answered {questions} that neither was trained on."
ONE_QUESTION, QUESTIONS = "one question", "{count} questions"
COST, TIME, PROMPT, UNKNOWN = "Cost", "Time", "Prompt", "unknown"
ENDS_IN = "Ends in “{ending}”"
FORMAT = "**{tuned}** of the model's answers, {base} of the base's"
KEPT_OF, KEPT_NONE = "{kept} of {answers}", "none"
SAVING = "**{tuned} tokens** instead of {base} with examples: {words}"
SAVED, MORE = "{share} saved", "{share} more"
TUNED, BASE = "Tuned", "Base"
BEFORE, AFTER = "Before", "After"
ASKED_BEFORE = "Asked here before: {scenario}"
BETTER_CHECKPOINT = "Step {step} has a lower validation loss than the final model: *Use step {step}* switches to it."
USE_STEP = "Use step {step}"
NOVEL, DISTINCT, TOPIC, VALIDATION_LOSS = "New answers", "Different answers", "Topic (cosine)", "Validation loss"
TOPIC_OF, TOPIC_OF_BOTH = "{tuned:.2f}", "{tuned:.2f}, the base's {base:.2f}"
WORDS, WORDS_OF = "Words per answer", "{tuned:.0f}, the base's {base:.0f}"
LOSSES = "{last} at the end, lowest {lowest} at step {step:,}"
DETAILS, DRAWN, BEST_OF = "Details", "Answers", "{drawn} drawn, {shown} shown"

# Settings
SETTINGS = "Settings of this server"
CAP, SPENT, ADMIN_CHANNEL, NOT_SET = "Monthly cap on training", "Spent this month", "Channel for admins", "none"
CHANGE_HINT = "/settings cap, channel, digest and contributions change them."
DIGEST = "Channel for the weekly digest"
ONE_CHOICE = "Choose one of the two options, not both."

# Models
MODELS, LAST_SWITCHES, ABOUT_PRACTICE = "Models", "Last switches", "About practice-1"
NAME_FORM, NAME_LABEL, NAME_HINT = "Name the model", "Its name in this server", "Punny"
SLOGAN_FORM, SLOGAN_LABEL, SLOGAN_HINT = "Write a slogan", "What the company does", "A company that sells ice cream"
JOKE_FORM, JOKE_LABEL, JOKE_HINT = "Tell a joke", "What the joke is about", "A man walking across the road"
