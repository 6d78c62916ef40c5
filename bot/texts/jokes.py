"""Jokes and slogans."""

from bot.texts.template import Text

NO_SCENARIO = Text("Give the joke a scenario, such as: A man walking across the road")
NO_DESCRIPTION = Text("Describe the company in a few words, such as: A company that sells ice cream")
EMPTY_JOKE = Text("The model returned an empty answer. Try again, or try another scenario.")
EMPTY_SLOGAN = Text("The model returned an empty answer. Try again, or describe the company in other words.")
OUT_OF_IDEAS = Text("The model has no new joke about this. Try another scenario.")
OUT_OF_SLOGANS = Text(
    "The model found no new slogan in this style. Press *Again*, or describe the company in other words."
)
GONE = Text("This one is no longer saved. Ask for a new one.")
TOO_MANY = Text("You already have {count} requests running. Wait until one of them is done.")

WRITTEN_BY_NAMED = Text("Written by this server's own model “{name}”")
WRITTEN_BY_OWN = Text("Written by this server's own model")
WRITTEN_FOR_LOST = Text("This server's own model is gone, so the base model wrote this")
TOLD_BY_NAMED = Text("Told by this server's own model “{name}”")
TOLD_BY_OWN = Text("Told by this server's own model")
TOLD_BY_PROMPT = Text("Told by the base model with the prompt “{prompt}”")
WRITTEN_BY_PROMPT = Text("Written by the base model with the prompt “{prompt}”")
TOLD_BY_BASE = Text("Told by the base model, which was shown {examples} examples")
WRITTEN_BY_BASE = Text("Written by the base model, which was shown {examples} examples")
TOLD_FOR_LOST = Text("This server's own model is gone, so the base model told this one")
NOT_SAVED = Text("This one could not be saved, so it has no buttons")
NOTED = Text("{told}. {note}.")
ALREADY_CHOSEN = Text("Another member already chose a slogan here. *Variations* asks for others.")
USE_ONE, USE = Text("Use this"), Text("Use {number}")
CHOSEN, CHOSEN_BY = Text("✅ Chosen"), Text("{text}\nby {member}")
ALREADY_VOTED = Text("You already voted {emoji}. Press the other button to change your vote.")

COMPARE_NO_SCENARIO = Text("Give the models a scenario, such as: A man walking across the road")
COMPARE_ONE_KIND = Text("Some of these models tell jokes and others write slogans. Choose models of one kind.")
COMPARE_FAILED = Text("Something went wrong while this model was asked. The bot's log has the details.")
COMPARE_FOOTER = Text("Tokens: prompt + answer.")
