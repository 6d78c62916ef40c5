"""What the bot says about examples that members give for training."""

# What a member agrees to. It is stored with the example, word for word.
CONSENT = (
    "What you write here becomes a training example for **this server's {kind} model**, in the dataset “{dataset}”. Server managers read "
    "it first and may edit it. It is sent to {model_server}. Your Discord ID is stored with it in the bot's database, but never in a "
    "training file. You can withdraw it at any time with `/contributions`. Models that were already trained on it stay as they are."
)
OWN_SERVER, BOTH_SERVERS = (
    "the operator's own model server ({host})",
    "{training}, which trains, and {chat}, which compares texts",
)

# The form.
FORM_TITLE = "Give an example for training"
AGREE_LABEL, AGREE, AGREE_HINT = "Your consent", "I agree to this", "I wrote it, or have the right to share it."

# Why nothing was stored.
OFF = "Contributions are off. The bot's operator can turn them on with the setting `CONTRIBUTIONS`."
CLOSED = (
    "This server is not taking contributions right now. A server manager can open them with `/settings contributions`."
)
DRAFT_DELETED = (
    "This server took contributions for “{draft}”, which has been deleted. A server manager can choose another draft with "
    "`/settings contributions`."
)
NOT_AGREED = "Nothing was saved, because you did not agree. To try again, use `/contribute`."
CHANGED_MEANWHILE = "Nothing was saved, because the terms changed after you opened the form. Use `/contribute` again to read the new ones."
TOO_LONG = "Nothing was saved: a scenario can have up to {scenario:,} characters, and a punchline up to {punchline:,}."
TOO_MANY = (
    "You already have {count} examples waiting for an admin. Withdraw one with `/contributions`, or try again later."
)
GIVEN_BEFORE = "You already gave this example. `/contributions` shows its status."

# What a member sees.
STORED_TITLE = "Saved for “{draft}”"
STORED = "Server managers will review it. Use `/contributions` to see its status or to withdraw it."
OWN_TITLE = "Your example {place} of {count}"
NONE_OWN = "You have not given any examples here. Use `/contribute` to give one."
NO_MORE_OWN = "Those were all of your examples."
STATE, GIVEN_FOR, GIVEN_AS, YOU_AGREED = "Status", "Dataset", "Your original", "What you agreed to"
STATES = {
    "waiting": "waiting for an admin",
    "accepted": "accepted",
    "changed": "accepted and edited by an admin: the text above is the edited one",
    "rejected": "rejected: {reason}",
    "dropped": "accepted, then removed by an admin",
}
DELETED_SINCE, NEVER_JUDGED = "the draft has since been deleted", "the draft was deleted before an admin reviewed this"
WITHDRAW, NEXT = "Withdraw", "Next"
WITHDRAWN = "Withdrawn. Its text is deleted here and will not be in any later version of the dataset."
WITHDRAWN_WITH = "Withdrawn. Its text is deleted here, and so is every dataset that contained it."
WITHDRAWN_TRAINED = WITHDRAWN_WITH + " Models that were already trained on it stay as they are."
NOT_YOURS = "This is not one of your examples, or you already withdrew it."

# What an admin sees.
QUEUE_TITLE = "Waiting examples: {count:,}"
FROM, FOR = "From", "For"
NONE_WAITING = "No examples are waiting."
ACCEPT, EDIT, REJECT, SKIP = "Accept", "Edit", "Reject", "Skip"
ACCEPTED = "Accepted. The draft “{draft}” has {examples} now."
REJECTED = "Rejected. The member sees your reason with `/contributions`."
EDIT_TITLE, REJECT_TITLE = "Edit and accept", "Reject this example"
REJECT_LABEL, REJECT_HINT = "Reason (the member will read it)", "We have this joke already"
GONE = "There is no such example here."
WITHDRAWN_ALREADY = "The member has withdrawn this example."
JUDGED_ALREADY = "This example was already judged: {state}."
DRAFT_GONE = "This example was given for “{draft}”, which has been deleted, so it cannot be used."

# Notices to admins.
FIRST_WAITS = "A member gave an example for “{draft}”. `/dataset queue` shows what is waiting."
ADMIN_NOTICE = (
    "A member withdrew an example. The bot deleted what contained it: {names}. The draft is still there: save it again for a version "
    "without the example. If you exported a file earlier, it still contains the example, and uploading it would bring it back."
)
JOBS_CANCELLED = "Cancelled before it reached the model server: {names}."
JOBS_GO_ON = "Already running at the model server: {names}. The resulting model will have learned from the example."
MODELS_STAY = "Already trained on it: {names}. To remove these models, delete them at the model server."
NAMED, JOB, MORE = "“{name}”", "job {name}", "{count:,} more"

# Settings
FIELD, OPEN_FOR = "Contributions", "open for the draft “{draft}”"
STATE_OFF, STATE_CLOSED = "not turned on by the bot's operator (`CONTRIBUTIONS`)", "closed"
STATE_DELETED = "closed: the draft “{draft}” was deleted"
