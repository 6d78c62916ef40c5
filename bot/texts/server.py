"""What the model server's failures mean, and what to do about them."""

from bot.texts.template import Text

TOO_SLOW = Text("The model server took too long to answer. Try again in a minute.")
UNREACHABLE = Text(
    "The model server cannot be reached. Try again in a minute. If this keeps happening, ask the bot's operator to check that it is running."
)
TOO_LARGE = Text("The model server's answer is too large to read. Ask the bot's operator to check OPENAI_BASE_URL.")
NOT_THE_PROTOCOL = Text(
    "The model server's answer does not follow OpenAI's protocol. Try again in a minute. If this keeps happening, ask the bot's "
    "operator to check OPENAI_BASE_URL."
)
TRAINING_CLOSED = Text(
    "The model server no longer lets this account create fine-tuning jobs. OpenAI closed fine-tuning to new and inactive "
    "organisations in 2026, and closes it to all in January 2027. Your dataset is safe here: the bot's operator can start "
    "Punchline's own engine (`python -m engine`) and set FINETUNE_BASE_URL to its address. The same launch will work there."
)
NO_CREDIT = Text("The account at the model server has no credit left. Ask the bot's operator to top it up.")
KEY_REFUSED = Text("The model server rejects the API key. Ask the bot's operator to check OPENAI_API_KEY.")
NOT_PERMITTED = Text("The model server does not permit this{said}. Ask the bot's operator to check the key's rights.")
NOT_FOUND = Text("The model server does not have {what}{said}.")
BUSY_FOR = Text("The model server is busy (too many requests). Try again in {wait}.")
KEEPS_FAILING = Text("The model server has kept failing since {since}. The bot tries it again {when}.")
QUEUE_IS_LONG = Text("The model server is busy: your turn would come in about {wait}. Try again then.")
QUEUE_IS_FULL = Text("The model server is busy, and too many requests wait for it. Try again in a minute.")
BUSY = Text("The model server is busy (too many requests). Try again in a minute.")
FAILED = Text("The model server failed (HTTP {status}). Try again in a minute.")
DECLINED = Text("The model server declined the request{said}.")
NO_TOOLS = Text(
    "The chat model here cannot use the bot's abilities. Use `/joke`, `/slogan` or `/similarity` directly. The bot's operator can choose "
    "a model that calls functions (CHAT_MODEL)."
)
SAID = Text(": “{text}”")
PICTURE_REFUSED = Text(
    "The model server's moderation rejected this picture. Try another slogan, or have the poster drawn instead."
)
NO_PICTURE = Text("The model server sent something that is not a PNG, JPEG or WebP picture. Try again in a minute.")
PICTURE_TOO_LARGE = Text(
    "The model server sent a picture of more than 10 MB, which is too large. Ask the bot's operator to choose another image model (IMAGE_MODEL)."
)
PICTURE_NOT_FETCHED = Text(
    "The model server sent a link instead of a picture, and the bot could not load the picture from it. Try again in a minute."
)

MODERATION = Text("the moderation")
MODEL, MODELS, UPLOAD, FILES, FILE = (
    Text("the model {name}"),
    Text("the list of models"),
    Text("the upload"),
    Text("the list of files"),
    Text("the file {name}"),
)
BASE_MODEL, JOB, JOBS, EVENTS = (
    Text("the base model {name}"),
    Text("the job {name}"),
    Text("the list of jobs"),
    Text("the events of {name}"),
)
CHECKPOINTS, PAUSING, RESUMING = (
    Text("the checkpoints of {name}"),
    Text("pausing the job {name}"),
    Text("resuming the job {name}"),
)

NO_LIST = "The list of models cannot be read. The last known one is used: %s"
INSTEAD = "The model server does not list %s. %s is used instead."
