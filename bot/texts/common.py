"""What any command may answer."""

from bot.texts.template import Plural, Text

NO_RIGHTS = Text("You need the Manage Server permission for this.")
DATABASE_BUSY = Text("The bot's database is busy. Nothing was saved. Try again in a minute.")
DATABASE_GONE = Text("The bot's database does not answer right now. Try again in a minute.")
BUG = Text(
    "Something went wrong here, and it is not your fault. If this keeps happening, give the bot's operator this number: {number}"
)
RESTARTING = Text("The bot is restarting. Try again in a minute.")
BETWEEN_NAMES = Text(", ")
OLDER = Plural("… and 1 older", "… and {count:,} older")
UNKNOWN_COST, NO_CHARGE, ABOUT = Text("unknown", "a cost"), Text("no charge"), Text("about {amount}")
UNDER_A_SECOND = Text("under a second")
SECONDS, MINUTES = Plural("1 second", "{count} seconds"), Plural("1 minute", "{count} minutes")
HOURS = Text("{hours:.1f} hours")
NOT_WORKED = Text("That did not work.")
FORGOTTEN_MEMBER = Text("somebody who asked to be forgotten")

# For the operator's terminal.
LOGIN_REFUSED = "Discord rejects DISCORD_TOKEN. Copy the token again from Discord's developer portal."
INTENTS_REFUSED = "Discord rejects the bot's intents. Check the application in Discord's developer portal."
SESSION_ENDED = "Discord ended the bot's session for good (close code {code})."
NO_DISCORD = "Cannot reach Discord: {error}"
