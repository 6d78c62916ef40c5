"""What is said where dataset files cannot be stored or read."""

from bot.texts.template import Text

NO_ANSWER = Text(
    "The storage of the dataset files does not answer right now. Nothing was changed. Try again in a minute; if this keeps happening, ask the bot's operator to check it."
)
NOT_ALLOWED = Text(
    "The storage of the dataset files rejects the bot's key. Nothing was changed. Ask the bot's operator to run `python -m bot check`."
)
NO_BUCKET = Text(
    "The storage of the dataset files is not set up. Nothing was changed. Ask the bot's operator to run `python -m bot check`."
)
FAILED = Text(
    "The storage of the dataset files returned an error. Nothing was changed. Try again in a minute; if this keeps happening, ask the bot's operator to check it."
)
DISK_FULL = Text(
    "There is no space left for dataset files. Nothing was saved. Ask the bot's operator to free some space."
)
FOLDER_FAILED = Text("The folder of the dataset files cannot be used. Ask the bot's operator to check it.")
MISSING = Text(
    "The file of “{name}” is missing from the storage. Ask the bot's operator to restore it from a backup, or delete the dataset and upload it again."
)

# For the operator: why.
WHY_FOLDER_FAILED = "{folder} cannot be written ({reason})"
WHY_NO_ANSWER = "{address} cannot be reached"
WHY_TOO_SLOW = "{address} did not answer in {seconds:.0f} s"
WHY_NOT_ALLOWED = "{address} rejects the key, or does not allow it to do this. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and what the key may do"
WHY_NO_KEY = "no key is set, and this machine has no role. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
WHY_NO_BUCKET = "there is no such bucket at {address}. Create it, or check DATASETS_FOLDER and AWS_ENDPOINT_URL"
WHY_FAILED = "{address} answered with HTTP {status}"
WHY_UNKNOWN = "{address} sent an answer that cannot be used"
WHY_NOT_WRITTEN = "what was written did not come back the same"
