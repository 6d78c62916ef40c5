"""What posters and share cards say: in words beside them, and on the card."""

from bot.texts.template import Text

POSTER_ALT = Text("A poster that reads: {slogan}")
POSTER_ALT_FOR = Text("A poster for “{product}” that reads: {slogan}")
GENERATED_ALT = Text("A poster for “{product}”: a picture by {model}, and below it the words: {slogan}")
CARD_ALT = Text("A joke about “{scenario}”: {joke} {tally}")
CARD_ALT_MODEL = Text("A joke about “{scenario}”: {joke} {tally} Told by {model}.")
TALLY = Text("😂 {funny}, 😐 {flat}.")
UNDRAWABLE = Text("None of these characters can be drawn: {characters}")
NOTHING_TO_DRAW = Text("There is no text to draw.")
