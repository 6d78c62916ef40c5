"""What the weekly digest says."""

TITLE = "This week in jokes"
NO_LAUGHS = "Nobody laughed at a joke this week."
RANKING = "Arena"
FOOTER = "Manage Server chooses the channel: /settings digest."
