"""Posters and share cards in Discord."""

from bot.texts.template import Text

WHICH = Text("Which slogan becomes a poster?")
COSTS = Text(
    "A picture by `{model!c}` costs about {cost}. A poster that Punchline draws itself costs next to nothing. Everyone in this channel will see the poster."
)
COSTS_UNKNOWN = Text(
    "A picture by `{model!c}` costs an unknown amount: the bot has no price for this model. A poster that Punchline draws itself costs next to nothing. "
    "Everyone in this channel will see the poster."
)
UNDER_WAY = Text("This picture is already being made. It will appear in a moment.")
JUST_MADE = Text("This picture was posted less than a minute ago. Look for it above.")
TOO_LARGE = Text("The picture is {size:.1f} MB. This server allows files of up to {most:.0f} MB.")
NOT_DRAWN = Text("Too many pictures are being drawn right now. Try again in a minute.")

DRAWN = Text("Drawn by Punchline, without an image model.")
GENERATED = Text("Picture by `{model!c}`, lettering by Punchline.")
UNLETTERED = Text("“{slogan}”\nPicture by `{model!c}`.")
MISSING = Text("These characters could not be drawn: {characters}")
CUT = Text("The text is too long for a picture, so only its beginning is shown.")
OWN_MODEL = Text("this server's own model")
