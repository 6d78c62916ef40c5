"""What the bot says about examples that members give for training."""

# What a member agrees to. It is stored with the example, word for word.
CONSENT = (
    "What you write here becomes a training example for **this server's {kind} model**, in the dataset “{dataset}”. Server managers read "
    "it first, and may change it. It is sent to {model_server}. Your Discord id is stored beside it in the bot's database, never in a "
    "training file. You can withdraw it at any time with `/contributions`; a model that was trained on it by then stays as it is."
)
OWN_SERVER, BOTH_SERVERS = (
    "a model server of the operator's own ({host})",
    "{training}, which trains, and {chat}, which compares texts",
)

# The form.
FORM_TITLE = "Give an example for training"
AGREE_LABEL, AGREE, AGREE_HINT = "Your consent", "I agree to this", "I wrote it, or may give it away."

# Why nothing was stored.
OFF = "The bot's operator has not turned contributions on. The setting `CONTRIBUTIONS` does."
CLOSED = "This server takes no contributions now. A server manager can open them with `/settings contributions`."
DRAFT_DELETED = (
    "The dataset “{draft}”, which this server took contributions for, was deleted. A server manager can choose another with "
    "`/settings contributions`."
)
NOT_AGREED = "Nothing was stored, because you did not agree. Use `/contribute` again if you want to."
CHANGED_MEANWHILE = "Nothing was stored: what contributions are for has changed since you opened the form. Use `/contribute` again to read what it says now."
TOO_LONG = "Nothing was stored: a scenario has {scenario:,} characters at most, and a punchline {punchline:,}."
TOO_MANY = "{count} of your examples already wait for an admin. Withdraw one with `/contributions`, or try again later."
GIVEN_BEFORE = "You gave this example before. `/contributions` shows what became of it."

# What a member sees.
STORED_TITLE = "Stored for “{draft}”"
STORED = "Server managers will look at it. You see what became of it, and can withdraw it, with `/contributions`."
OWN_TITLE = "Your example {place} of {count}"
NONE_OWN = "You have given no examples here. `/contribute` gives one."
NO_MORE_OWN = "Those were all of your examples."
STATE, GIVEN_FOR, GIVEN_AS, YOU_AGREED = "What became of it", "Given for", "As you gave it", "You agreed to this"
STATES = {
    "waiting": "waiting for an admin",
    "accepted": "accepted",
    "changed": "accepted, and changed by an admin: above is the text as it stands now",
    "rejected": "rejected: {reason}",
    "dropped": "accepted, and taken out again by an admin",
}
DELETED_SINCE, NEVER_JUDGED = "the draft was deleted since", "the draft was deleted before an admin looked at it"
WITHDRAW, NEXT = "Withdraw", "Next"
WITHDRAWN = "Withdrawn. Its text is deleted here, and no later version of the dataset has it."
WITHDRAWN_WITH = "Withdrawn. Its text is deleted here, and so is every dataset that had it."
WITHDRAWN_TRAINED = WITHDRAWN_WITH + " A model that was trained on it stays as it is."
NOT_YOURS = "This is not one of your examples, or you withdrew it already."

# What an admin sees.
QUEUE_TITLE = "Waiting examples: {count:,}"
FROM, FOR = "From", "For"
NONE_WAITING = "No example is waiting."
ACCEPT, EDIT, REJECT, SKIP = "Accept", "Edit", "Reject", "Skip"
ACCEPTED = "Accepted. The draft “{draft}” has {examples} now."
REJECTED = "Rejected. The member sees your reason with `/contributions`."
EDIT_TITLE, REJECT_TITLE = "Accept with other words", "Reject this example"
REJECT_LABEL, REJECT_HINT = "Why? The member reads this.", "We have this joke already"
GONE = "There is no such example here."
WITHDRAWN_ALREADY = "The member has withdrawn this example."
JUDGED_ALREADY = "This example was already judged: {state}."
DRAFT_GONE = "The draft “{draft}”, which this was given for, was deleted. The example cannot be used."

# Notices to admins.
FIRST_WAITS = "A member gave an example for “{draft}”. `/dataset queue` shows what is waiting."
ADMIN_NOTICE = (
    "A member withdrew an example that was in {names}. The bot has deleted that. The draft is still there: save it again for a version "
    "without the example. A file that you exported before has it still, and uploading that would bring it back."
)
JOBS_CANCELLED = "Cancelled before it was sent to the model server: {names}."
JOBS_GO_ON = "At the model server already, and going on: {names}. What that makes has learned from it."
MODELS_STAY = "Trained on it, and staying as they are until you delete them at the model server: {names}."
NAMED, JOB, MORE = "“{name}”", "job {name}", "{count:,} more"

# Settings
FIELD, OPEN_FOR = "Contributions", "open for the draft “{draft}”"
STATE_OFF, STATE_CLOSED = "not turned on by the bot's operator (`CONTRIBUTIONS`)", "closed"
STATE_DELETED = "closed: the draft “{draft}” was deleted"
