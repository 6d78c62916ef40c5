"""What the bot says about examples that members give for training."""

from bot.texts.template import Text

# What a member agrees to. It is stored with the example, word for word.
CONSENT = Text(
    "What you write here becomes a training example for **this server's {kind} model**, in the dataset “{dataset}”. Server managers read "
    "it first and may edit it. It is sent to {model_server}. Your Discord ID is stored with it in the bot's database, but never in a "
    "training file. You can withdraw it at any time with `/contributions`. Models that were already trained on it stay as they are."
)
SERVER = Text("{host}")
OWN_SERVER, BOTH_SERVERS = (
    Text("the operator's own model server ({host})"),
    Text("{training}, which trains, and {chat}, which compares texts"),
)

# The form.
FORM_TITLE = Text("Give an example for training")
AGREE_LABEL, AGREE, AGREE_HINT = (
    Text("Your consent"),
    Text("I agree to this"),
    Text("I wrote it, or have the right to share it."),
)

# Why nothing was stored.
OFF = Text("Contributions are off. The bot's operator can turn them on with the setting `CONTRIBUTIONS`.")
CLOSED = Text(
    "This server is not taking contributions right now. A server manager can open them with `/settings contributions`."
)
DRAFT_DELETED = Text(
    "This server took contributions for “{draft}”, which has been deleted. A server manager can choose another draft with "
    "`/settings contributions`."
)
NOT_AGREED = Text("Nothing was saved, because you did not agree. To try again, use `/contribute`.")
CHANGED_MEANWHILE = Text(
    "Nothing was saved, because the terms changed after you opened the form. Use `/contribute` again to read the new ones."
)
TOO_LONG = Text(
    "Nothing was saved: a scenario can have up to {scenario:,} characters, and a punchline up to {punchline:,}."
)
TOO_MANY = Text(
    "You already have {count} examples waiting for an admin. Withdraw one with `/contributions`, or try again later."
)
GIVEN_BEFORE = Text("You already gave this example. `/contributions` shows its status.")

# What a member sees.
STORED_TITLE = Text("Saved for “{draft}”")
STORED = Text("Server managers will review it. Use `/contributions` to see its status or to withdraw it.")
OWN_TITLE = Text("Your example {place} of {count}")
NONE_OWN = Text("You have not given any examples here. Use `/contribute` to give one.")
NO_MORE_OWN = Text("Those were all of your examples.")
STATE, GIVEN_FOR, GIVEN_AS, YOU_AGREED = (
    Text("Status"),
    Text("Dataset"),
    Text("Your original"),
    Text("What you agreed to"),
)
STATES = {
    "waiting": Text("waiting for an admin"),
    "accepted": Text("accepted"),
    "changed": Text("accepted and edited by an admin: the text above is the edited one"),
    "rejected": Text("rejected: {reason}"),
    "dropped": Text("accepted, then removed by an admin"),
}
DELETED_SINCE, NEVER_JUDGED = (
    Text("the draft has since been deleted"),
    Text("the draft was deleted before an admin reviewed this"),
)
WITHDRAW, NEXT = Text("Withdraw"), Text("Next")
WITHDRAWN = Text("Withdrawn. Its text is deleted here and will not be in any later version of the dataset.")
WITHDRAWN_WITH = Text("Withdrawn. Its text is deleted here, and so is every dataset that contained it.")
WITHDRAWN_TRAINED = Text(
    "Withdrawn. Its text is deleted here, and so is every dataset that contained it. Models that were already trained on it stay as they are."
)
NOT_YOURS = Text("This is not one of your examples, or you already withdrew it.")

# What an admin sees.
QUEUE_TITLE = Text("Waiting examples: {count:,}")
FROM, FOR = Text("From"), Text("For")
NONE_WAITING = Text("No examples are waiting.")
ACCEPT, EDIT, REJECT, SKIP = Text("Accept"), Text("Edit"), Text("Reject"), Text("Skip")
ACCEPTED = Text("Accepted. The draft “{draft}” has {examples} now.")
REJECTED = Text("Rejected. The member sees your reason with `/contributions`.")
EDIT_TITLE, REJECT_TITLE = Text("Edit and accept"), Text("Reject this example")
REJECT_LABEL, REJECT_HINT = Text("Reason (the member will read it)"), Text("We have this joke already")
GONE = Text("There is no such example here.")
WITHDRAWN_ALREADY = Text("The member has withdrawn this example.")
JUDGED_ALREADY = Text("This example was already judged: {state}.")
DRAFT_GONE = Text("This example was given for “{draft}”, which has been deleted, so it cannot be used.")

# Notices to admins.
FIRST_WAITS = Text("A member gave an example for “{draft}”. `/dataset queue` shows what is waiting.")
ADMIN_NOTICE = Text(
    "A member withdrew an example. The bot deleted what contained it: {names}. The draft is still there: save it again for a version "
    "without the example. If you exported a file earlier, it still contains the example, and uploading it would bring it back."
)
JOBS_CANCELLED = Text("Cancelled before it reached the model server: {names}.")
JOBS_GO_ON = Text(
    "Already running at the model server: {names}. The resulting model will have learned from the example."
)
MODELS_STAY = Text("Already trained on it: {names}. To remove these models, delete them at the model server.")
NAMED, JOB, MORE = Text("“{name}”"), Text("job {name}"), Text("{count:,} more")

# Settings
FIELD, OPEN_FOR = Text("Contributions"), Text("open for the draft “{draft}”")
STATE_OFF, STATE_CLOSED = Text("not turned on by the bot's operator (`CONTRIBUTIONS`)"), Text("closed")
STATE_DELETED = Text("closed: the draft “{draft}” was deleted")
