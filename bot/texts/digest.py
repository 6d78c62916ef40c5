"""What the weekly digest says."""

TITLE = "This week in jokes"
NO_LAUGHS = "Nobody laughed at a joke this week."
RANKING = "Arena"
FOOTER = "Admins choose the channel with /settings digest."
