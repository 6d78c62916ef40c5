"""What stands on cards and buttons."""

from bot.texts.template import Plural, Text

# Jobs
JOB_STATUS = {
    "pending": ("⏳", Text("sending the training file to the model server")),
    "validating_files": ("🔎", Text("the model server checks the training file")),
    "queued": ("⏳", Text("waiting in the queue")),
    "running": ("🏋️", Text("training")),
    "pausing": ("⏸️", Text("pausing")),
    "paused": ("⏸️", Text("paused")),
    "succeeded": ("✅", Text("done")),
    "failed": ("❌", Text("failed")),
    "cancelled": ("🛑", Text("cancelled")),
}
MODEL = Text("Model")
DATASET, BASE_MODEL, TRAINED_TOKENS = Text("Dataset"), Text("Base model"), Text("Trained tokens")
JOB_TITLE, STEP_OF = Text("{emoji} Job {job}: {status}"), Text("Step {step} of {steps}")
TRAINING_LOSS_IS, READY_AT = Text("Training loss {loss:.3f}"), Text("Ready {when}")
READY_IN_USE = {
    "joke": Text("The new model is ready, and tells this server's jokes now. Try `/joke`."),
    "slogan": Text("The new model is ready, and writes this server's slogans now. Try `/slogan`."),
}
READY = Text("The new model is ready. `/models use` switches to it.")
UNREACHABLE_SINCE = Text("⚠️ The model server has been unreachable since {since}. The bot keeps trying.")
TRAINED_AND_QUOTED = Text("{trained} (the quote's estimate was {quoted})")
JOB_IS = Text("Job {job} is {status}.")
CANCELLED = Text("Job {job} is cancelled.")
STOPPING = Text("Job {job} is being stopped.")
CANCEL_QUESTION = Text("Stop job {job}? What it has trained so far may be charged, and it cannot be resumed.")
NO_JOBS = Text("No jobs yet")
NO_JOBS_TEXT = Text("`/finetune launch` starts one from a dataset.")
JOBS = Text("Fine-tuning jobs")
JOB_LINE = Text("**{job}** {status}: {dataset} on {base}, {started}{made}")
EVENTS, LOSSES_OF_JOB = Text("Job {job}: events"), Text("Job {job}: losses")

# Quotes
QUOTE = Text("Train a model on “{dataset}”?")
NO_CHARGE = Text("**No charge:** your own engine trains it.")
ABOUT = Text("**About {cost}.**")
NO_PRICE = Text("**The bot has no price for this base model.** Look it up before you launch.")
PRICES = Text("Prices: {source}")
SPENT_OF_CAP = Text("Spent this month: {spent} of a cap of {cap}.")
SPENT_NO_CAP = Text("Spent this month: {spent}, without a cap (`/settings cap` sets one).")
EPOCHS, AUTO, SUFFIX = Text("Epochs"), Text("{epochs} (auto)"), Text("Suffix")
TRAINING_TOKENS = Text("about {total:,} = {dataset:,} × {epochs}")
EXPECTED_TIME = Text("about {time}, as earlier ones took")
METHOD, BY_PREFERENCES = Text("Method"), Text("DPO: learns which answers people prefer")
NOT_LAUNCHED = Text("Nothing was launched.")

# Checkpoints
CHECKPOINT = Text("Step {step}{losses}")
VALIDATION_LOSS_OF, TRAINING_LOSS_OF = Text(", validation loss {loss:.3f}"), Text(", training loss {loss:.3f}")
NO_CHECKPOINTS = Text("Job {job} has no checkpoints yet")
NO_CHECKPOINTS_TEXT = Text("Model servers keep one at the end of each epoch.")
CHECKPOINTS = Text("Checkpoints of job {job}")
BEST_FIRST = Text("The best by validation loss comes first.")
NEWEST_FIRST = Text(
    "The newest comes first: without a validation file nobody knows which is best. `/dataset split` makes one."
)

# Reports
REPORT = Text("📋 Job {job}: what the model learned")
REPORT_READY_IN_USE = {
    "joke": Text("The new model is ready, and tells this server's jokes now."),
    "slogan": Text("The new model is ready, and writes this server's slogans now."),
}
REPORT_READY = Text("The new model is ready.")
REPORT_UNANSWERED = Text("It could not be compared, because the model server did not answer.")
REPORT_ASKED = Text(
    "It and the base, with {examples} examples in the prompt, answered {questions} that neither was trained on."
)
REPORT_ASKED_BOTH = Text(
    "The new model and the one it was tuned from answered {questions} that neither was trained on."
)
QUESTIONS = Plural("one question", "{count} questions")
COST, TIME, PROMPT, UNKNOWN = Text("Cost"), Text("Time"), Text("Prompt"), Text("unknown")
ENDS_IN = Text("Ends in “{ending}”")
FORMAT = Text("**{tuned}** of the model's answers, {base} of the base's")
KEPT_OF, KEPT_NONE = Text("{kept} of {answers}"), Text("none")
SAVING = Text("**{tuned} tokens** instead of {base} with examples: {words}")
SAVED, MORE = Text("{share} saved"), Text("{share} more")
TUNED, BASE = Text("Tuned"), Text("Base")
BEFORE, AFTER = Text("Before"), Text("After")
ASKED_BEFORE = Text("Asked here before: {scenario}")
BETTER_CHECKPOINT = Text(
    "Step {step} has a lower validation loss than the final model: *Use step {step}* switches to it."
)
USE_STEP = Text("Use step {step}")
NOVEL, DISTINCT, TOPIC, VALIDATION_LOSS = (
    Text("New answers"),
    Text("Different answers"),
    Text("Topic (cosine)"),
    Text("Validation loss"),
)
TOPIC_OF, TOPIC_OF_BOTH = Text("{tuned:.2f}"), Text("{tuned:.2f}, the base's {base:.2f}")
WORDS, WORDS_OF = Text("Words per answer"), Text("{tuned:.0f}, the base's {base:.0f}")
LOSSES = Text("{last} at the end, lowest {lowest} at step {step:,}")
TOKENS, LATENCY = Text("Tokens"), Text("Latency")
TOKENS_OF_ONE = Text("{read} in the prompt, {written} in the answer")
TOKENS_OF_ALL = Text("{read} in the prompts, {written} in the answers")
FINE_TUNED, WHOLE_COMPLETION = Text(" (fine-tuned)"), Text("The whole completion as JSON")
DETAILS, DRAWN, BEST_OF = Text("Details"), Text("Answers"), Text("{drawn} drawn, {shown} shown")

# Settings
SETTINGS = Text("Settings of this server")
CAP, SPENT, ADMIN_CHANNEL, NOT_SET = (
    Text("Monthly cap on training"),
    Text("Spent this month"),
    Text("Channel for admins"),
    Text("none"),
)
LANGUAGE, LANGUAGE_IN_DISCORD = Text("Language of what the bot posts"), Text("the server's language in Discord")
CHANGE_HINT = Text("/settings cap, channel, digest, language and contributions change them.")
DIGEST = Text("Channel for the weekly digest")
ONE_CHOICE = Text("Choose one of the two options, not both.")

# Models
MODELS, LAST_SWITCHES, ABOUT_PRACTICE = Text("Models"), Text("Last switches"), Text("About practice-1")
NAME_FORM, NAME_LABEL, NAME_HINT = Text("Name the model"), Text("Its name in this server"), Text("Punny")
SLOGAN_FORM, SLOGAN_LABEL, SLOGAN_HINT = (
    Text("Write a slogan"),
    Text("What the company does"),
    Text("A company that sells ice cream"),
)
JOKE_FORM, JOKE_LABEL, JOKE_HINT = (
    Text("Tell a joke"),
    Text("What the joke is about"),
    Text("A man walking across the road"),
)
