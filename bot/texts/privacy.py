"""What the bot says about what it stores of members."""

# `/privacy`. The keys are the values of `Purpose` and `Kept` in bot/store/personal.py.
TITLE = "What this bot stores of you here"
PURPOSES = {
    "answers": "**Jokes and slogans**: what you asked for, the answers, and your ID, to show them again, count votes and search. {kept}",
    "rounds": "**Rounds of the arena** that you opened: the scenario and both answers. {kept}",
    "votes": "**Your votes**, so that everybody has one. {kept}",
    "usage": "**Usage**: the model, tokens, cost and time of each request, for limits and bills. {kept}",
    "contributions": "**Examples for training** that you gave, with what you agreed to. {kept}",
    "vectors": "**Vectors** of texts, which say what they are about, to compare and search. {kept}",
    "managing": "**Your ID beside what you did as a manager**: datasets, trainings, prompts, labels, settings. {kept}",
    "messages": "**Messages that the bot sends** to this server, if they name you. {kept}",
    "deletion": "**A request to be forgotten**, until it is done. {kept}",
}
KEPT = {
    "answers": "Kept for {days} days.",
    "usage": "Kept for {days} days, then deleted.",
    "messages": "Kept for {days} days.",
    "until withdrawn": "Kept until you withdraw them with `/contributions`.",
    "until done": "Kept for minutes.",
    "with the server": "Kept as long as this server has the bot.",
}
FOR_EVER = "Kept until you delete it."
NOT_STORED = "The bot does not store the server's messages. The text that you typed last is also in its memory, until it restarts."
WHERE, OWN, OTHERS = (
    "Where your texts go",
    "A model server on the operator's own machine or network (`{host!c}`)",
    "A model server that belongs to somebody else (`{host!c}`)",
)
WHOM, ASK_MANAGERS = "Whom to ask", "This server's managers. They can reach the bot's operator."
LEFT, LEFT_KEPT = (
    "If this server removes the bot, everything stored of it is deleted after {days} days.",
    "If this server removes the bot, what is stored of it stays until the operator deletes it.",
)
EXPORT, FORGET = "Export", "Forget me"

# `/export-me`
EXPORTED = "Everything that this bot stores of you in this server: {rows:,} rows. Keep it safe, it has your texts."
EXPORTED_PART = (
    "{rows:,} rows of what this bot stores of you in this server. {left_out:,} more did not fit into {files} files. Ask {whom} for "
    "the rest."
)
NOTHING_STORED = "This bot stores nothing of you in this server."
MANAGERS = "the server's managers"

# `/forget-me`
ASK_TITLE, ASK_TITLE_EVERYWHERE = "Forget you in this server?", "Forget you in all servers?"
ASK_HERE = "This cannot be undone. You have to ask in each server, or once with the option `everywhere`."
ASK_EVERYWHERE = (
    "This cannot be undone. The list shows this server. The same happens in every other server that has the bot."
)
DELETED_FIELD, STAYS_FIELD, NOT_REACHED_FIELD = "Deleted", "Stays, without your ID", "Not deleted"
DELETED = {
    "answers": "Jokes, slogans and questions, with the votes on them: {count:,}",
    "rounds": "Texts of rounds in the arena: {count:,}",
    "votes": "Votes: {count:,} (those in closed rounds stay without your ID)",
    "contributions": "Examples for training, with every dataset that contains them: {count:,}",
    "vectors": "Vectors: {count:,}",
    "messages": "Your ID in messages that the bot stores: {count:,}",
}
STAYS = {
    "usage": "Numbers of requests, such as tokens and cost: {count:,}",
    "managing": "What you did as a manager, such as datasets, trainings and settings: {count:,}",
}
NOTHING_TO_DELETE = "nothing"
NOT_REACHED = (
    "Messages that are already posted in Discord. Models that learned from your examples. Files that somebody exported. Backups of the "
    "bot's operator that are older than this."
)
CONFIRM = "Forget me"
DONE = "Done. What this bot stored of you {where} is deleted, and your ID is gone from what stays."
HERE, EVERYWHERE = "in this server", "in every server"
DONE_DATASETS = "{datasets:,} datasets that held your texts are deleted, too."
DONE_TRAINED = "Models that were already trained on them stay as they are."
DONE_LATER = (
    "The bot now overwrites what is left in unused parts of its database file, which takes minutes. Backups that its operator made "
    "earlier still have it, until they are deleted."
)
NOT_FINISHED = (
    "Your request is saved, but the bot could not finish it now. It will try again by itself until it is done."
)
