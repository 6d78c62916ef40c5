"""What the operator reads in the terminal: settings, and `python -m bot check`."""

COPY_EXAMPLE = "These settings are missing or wrong. Run `cp .env.example .env`, and fill in .env:"
COPY_EXAMPLE_COMMAND = "is missing. Run `cp .env.example .env`, and fill it in."
FIX_SETTINGS = "These settings in .env are missing or wrong (.env.example explains each):"
NOT_UTF8 = "{file} is not UTF-8 text. Save it as UTF-8."
MISSING = BLANK = "is not set"
WRONG = "cannot be used"
NOT_AN_ADDRESS = "must be an address that begins with {schemes}"
NOT_A_DATABASE = "must look like sqlite:///data/punchline.db or postgresql://user:password@host/name"
NOT_FILES = "must be a folder, or a bucket such as s3://bucket/prefix"
HALF_A_KEY = "is not set, and AWS_ACCESS_KEY_ID is"
CLUSTERS_NEED_POSTGRES = (
    "{clusters} processes need one PostgreSQL database: set DATABASE_URL=postgresql://…, or CLUSTERS=1"
)
CLUSTERS_NEED_SHARDS = "{clusters} processes need to know how many shards there are: set SHARD_COUNT, or CLUSTERS=1"
TOO_FEW_USAGE_DAYS = "must be 0, or {least} or more"
UNSET = "unset"
NO_WORDS_FILE = "Cannot read the list of words {path}: {reason}. Check BLOCKED_WORDS_FILE."
BAD_WORD = "Line {line} of the list of words {path} has neither letters nor signs. Change or delete it."
BAD_EXPRESSION = "Line {line} of the list of words {path} is no regular expression: {reason}. Change or delete it."

LOGS_IN = "logs in as {name}"
LISTS_ONE, LISTS = "{address} lists 1 model", "{address} lists {count} models"
NOT_LISTED = "the server lists neither {wanted} nor another model that fits"
INSTEAD = "{found} (the server does not list {wanted})"
START_ENGINE = "It cannot be reached. Start your own engine with `make engine`."
PRICES_OF = "{source}, {date}"

ANOTHER_BOT = "Another bot is running on the database {address}. Stop it, or set DATABASE_URL."
ANOTHER_BOT_SINCE = "Another bot started on the database {address} while it could not be reached, so this one ends. Run only one of the two."
CANNOT_REACH_DATABASE = "Cannot use the database {address}: {reason}."
NO_POSTGRES_PACKAGE = 'PostgreSQL needs two more packages. Run `pip install "psycopg[binary]" psycopg_pool`.'

CANNOT_USE_FILES = "Cannot use the datasets in {place}: {reason}."
NO_OBJECTS_PACKAGE = "Datasets in a bucket need one more package. Run `pip install obstore`."
NO_FOLDER = "The datasets are in {place}, which is no folder."

ARCHIVE_EXISTS = "{file} already exists. Choose another name."
ARCHIVE_FAILED = "Cannot use the file {file}: {reason}."
NO_BACKUP = "{file} is not a Punchline backup."
DAMAGED = "The backup is damaged: {file} does not match its checksum."
DATABASE_EXISTS = "{path} already exists. Move it and {files} away, then restore again."
BACKED_UP = "Saved the database and {count} dataset files in {file}."
RESTORED = "Restored the database {path} and {count} dataset files. Start the bot with `python -m bot`."
TARGET = "migrate-to: the address {reason}."
SAME_DATABASE = "migrate-to: that is the database of DATABASE_URL already. Name another one."
NO_DATABASE = "There is no database {path}. Check DATABASE_URL."
NOT_EMPTY = "The other database is not empty: {table} has rows. Name an empty one. Nothing was copied."
COPY_DIFFERS = "The copy of {table} is not what was there before. Nothing was copied. Report this."
MOVED = (
    "Copied {rows} rows of {tables} tables from {old} to {new}, and compared them: counts and hashes are the same. The old database is as it "
    "was.\nNow set DATABASE_URL to the new address, and DATASETS_FOLDER={files}, and start the bot."
)
NOT_FOR_POSTGRES = (
    "`backup` and `restore` are for SQLite. Save {address} with `pg_dump`, and copy the datasets in {files}."
)
MISSING_FILES = "{count} dataset files were already missing: {names}."
