"""What any command may answer."""

NO_RIGHTS = "You need the Manage Server permission for this."
DATABASE_BUSY = "The bot's database is busy. Nothing was saved. Try again in a minute."
BUG = "Something went wrong here, and it is not your fault. If this keeps happening, give the bot's operator this number: {number}"
RESTARTING = "The bot is restarting. Try again in a minute."
NOT_WORKED = "That did not work."
FORGOTTEN_MEMBER = "somebody who asked to be forgotten"

# For the operator's terminal.
LOGIN_REFUSED = "Discord rejects DISCORD_TOKEN. Copy the token again from Discord's developer portal."
INTENTS_REFUSED = "Discord rejects the bot's intents. Check the application in Discord's developer portal."
SESSION_ENDED = "Discord ended the bot's session for good (close code {code})."
NO_DISCORD = "Cannot reach Discord: {error}"
