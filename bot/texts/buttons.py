"""What stands on buttons that several cards share, or whose card has no texts of its own."""

from bot.texts.template import Text

DETAILS = Text("Details")

# Jokes and slogans
ANOTHER, AGAIN, VARIATIONS = Text("Another"), Text("Again"), Text("Variations")
POSTER, SHARE_CARD = Text("Poster"), Text("Share card")
GENERATE, DRAW = Text("Generate"), Text("Draw one instead")

# Jobs
LAUNCH, DECLINE = Text("Launch"), Text("Cancel", "a quote")
PAUSE, RESUME, CANCEL = Text("Pause"), Text("Resume"), Text("Cancel", "a job")
STOP_JOB = Text("Stop the job")
OLDER, NEWEST = Text("Older"), Text("Newest")

# Models
USE, USE_MODEL = Text("Use it"), Text("Use {model}")
ROLL_BACK, NAME = Text("Roll back"), Text("Name it")
TELL_JOKE, WRITE_SLOGAN = Text("Tell a joke"), Text("Write a slogan")

# The arena
BOTH_GOOD, BOTH_BAD, SKIP = Text("Both good"), Text("Both bad"), Text("Skip")
