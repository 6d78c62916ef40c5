"""Posters and share cards in Discord."""

from bot.texts.template import Text

WHICH = Text("Which slogan becomes a poster?")
COSTS = Text(
    "A picture by `{model!c}` costs about {cost}. A poster that Punchline draws itself costs nothing. Everybody in this channel sees what you choose."
)
COSTS_UNKNOWN = Text(
    "A picture by `{model!c}` costs an unknown amount: the bot has no price for this model. A poster that Punchline draws itself costs nothing. "
    "Everybody in this channel sees what you choose."
)
UNDER_WAY = Text("This picture is being made already. It will be here in a moment.")
JUST_MADE = Text("This picture was posted less than a minute ago. Look for it above.")
TOO_LARGE = Text("The picture has {size:.1f} MB, and this server takes files of up to {most:.0f} MB.")
NOT_DRAWN = Text("The picture could not be drawn, because many others are waiting for theirs. Try again in a minute.")

DRAWN = Text("Drawn by Punchline, without an image model.")
GENERATED = Text("Picture by `{model!c}`, lettering by Punchline.")
UNLETTERED = Text("“{slogan}”\nPicture by `{model!c}`.")
MISSING = Text("No font has these characters, so they are not on the picture: {characters}")
CUT = Text("The text is longer than a picture, so only its beginning is on it.")
OWN_MODEL = Text("this server's own model")
