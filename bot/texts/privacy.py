"""What the bot says about what it stores of members."""

from bot.texts.template import Plural, Text

# `/privacy`. The keys are the values of `Purpose` and `Kept` in bot/store/personal/table.py.
TITLE = Text("What this bot stores about you here")
PURPOSES = {
    "answers": Text(
        "**Jokes and slogans**: what you asked for, the answers, and your ID, to show them again, count votes and search. {kept}"
    ),
    "rounds": Text("**Rounds of the arena** that you opened: the scenario and both answers. {kept}"),
    "votes": Text("**Your votes**, so that everybody has one. {kept}"),
    "usage": Text(
        "**Usage**: the model, tokens, cost and time of each request, for limits and bills. This server's managers see it, too. {kept}"
    ),
    "contributions": Text("**Examples for training** that you gave, with what you agreed to. {kept}"),
    "vectors": Text("**Vectors** of texts, which say what they are about, to compare and search. {kept}"),
    "managing": Text(
        "**Your ID beside what you did as a manager**: datasets, trainings, prompts, labels, settings. {kept}"
    ),
    "messages": Text("**Messages that the bot sends** to this server, if they name you. {kept}"),
    "deletion": Text("**A request to be forgotten**, until it is done. {kept}"),
}
DAYS = Plural("Kept for 1 day.", "Kept for {count:,} days.")
KEPT = {
    "until withdrawn": Text("Kept until you withdraw them with `/contributions`."),
    "until done": Text("Kept for a few minutes."),
    "with the server": Text("Kept as long as this server has the bot."),
}
FOR_EVER = Text("Kept until you delete it.")
NOT_STORED = Text(
    "The bot does not store the server's messages or recordings. If you attach a recording to a command, it stores the words as if you had "
    "typed them. The last text that you typed is also in its memory until it restarts."
)
WHERE, OWN, OTHERS = (
    Text("Where your texts and recordings go"),
    Text("A model server on the operator's own machine or network (`{host!c}`)"),
    Text("A model server that belongs to somebody else (`{host!c}`)"),
)
MODERATED = Text(
    "Its moderation judges what you ask and what models answer (`{host!c}`). The bot keeps no text that is blocked."
)
WHOM, ASK_MANAGERS = Text("Whom to ask"), Text("This server's managers. They can reach the bot's operator.")
LEFT = Plural(
    "If this server removes the bot, all its data is deleted after 1 day.",
    "If this server removes the bot, all its data is deleted after {count:,} days.",
)
LEFT_KEPT = Text("If this server removes the bot, its data stays until the operator deletes it.")
EXPORT, FORGET = Text("Export"), Text("Forget me")

# `/export-me`
EXPORTED = Plural(
    "Everything that this bot stores about you in this server: 1 row. Keep it safe: it contains your texts.",
    "Everything that this bot stores about you in this server: {count:,} rows. Keep it safe: it contains your texts.",
)
EXPORTED_PART = Text(
    "{rows:,} rows of what this bot stores about you in this server. {left_out:,} more did not fit into {files} files. Ask {whom} for "
    "the rest."
)
NOTHING_STORED = Text("This bot stores nothing about you in this server.")
MANAGERS = Text("the server's managers")

# `/forget-me`
ASK_TITLE, ASK_TITLE_EVERYWHERE = Text("Forget you in this server?"), Text("Forget you in all servers?")
ASK_HERE = Text("This cannot be undone. You have to ask in each server, or once with the option `everywhere`.")
ASK_EVERYWHERE = Text(
    "This cannot be undone. The list shows this server. The same happens in every other server that has the bot."
)
DELETED_FIELD, STAYS_FIELD, NOT_REACHED_FIELD = Text("Deleted"), Text("Stays, without your ID"), Text("Not deleted")
DELETED = {
    "answers": Text("Jokes, slogans and questions, with the votes on them: {count:,}"),
    "rounds": Text("Texts of rounds in the arena: {count:,}"),
    "votes": Text("Votes: {count:,} (those in closed rounds stay without your ID)"),
    "contributions": Text("Examples for training, with every dataset that contains them: {count:,}"),
    "vectors": Text("Vectors: {count:,}"),
    "messages": Text("Your ID in messages that the bot stores: {count:,}"),
}
STAYS = {
    "usage": Text("Numbers of requests, such as tokens and cost: {count:,}"),
    "managing": Text("What you did as a manager, such as datasets, trainings and settings: {count:,}"),
}
NOTHING_TO_DELETE = Text("nothing")
NOT_REACHED = Text(
    "Messages that are already posted in Discord. Models that learned from your examples. Files that somebody exported. Backups of the "
    "bot's operator that are older than this."
)
CONFIRM = Text("Forget me")
DONE = Text("Done. Your data {where} is deleted, and what stays no longer has your ID.")
HERE, EVERYWHERE = Text("in this server"), Text("in every server")
DONE_DATASETS = Plural(
    "1 dataset that held your texts is deleted, too.", "{count:,} datasets that held your texts are deleted, too."
)
DONE_TRAINED = Text("Models that were already trained on them stay as they are.")
DONE_LATER = Text(
    "The bot now overwrites what is left in unused parts of its database file, which takes minutes. Backups that its operator made "
    "earlier still have it, until they are deleted."
)
NOT_FINISHED = Text(
    "Your request is saved, but the bot could not finish it now. It will try again by itself until it is done."
)
