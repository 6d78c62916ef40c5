"""What the weekly digest says."""

from bot.texts.template import Text

TITLE = Text("This week in jokes")
NO_LAUGHS = Text("Nobody laughed at a joke this week.")
RANKING = Text("Arena")
FOOTER = Text("Admins choose the channel with /settings digest.")
