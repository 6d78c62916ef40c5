"""Recordings in place of text."""

from bot.texts.template import Text

# What was given.
BOTH = Text("Give either a text or a recording, not both.")
NO_SCENARIO = Text(
    "Give the joke a scenario, such as: A man walking across the road. Or say it: attach a recording as `voice`."
)
NO_DESCRIPTION = Text(
    "Describe the company in a few words, such as: A company that sells ice cream. Or say it: attach a recording as `voice`."
)
TOO_LARGE = Text("This file has {size:.1f} MB. A recording may have at most {most:.0f} MB and {minutes} minutes.")
GONE = Text("Discord does not hand out this file. Attach it again.")
NO_RECORDING = Text("This file is not a recording that can be used. Send an Ogg, MP3, M4A, WAV or WebM file.")
TOO_LONG = Text("This recording is longer than {minutes} minutes. Send a shorter one.")
BROKEN = Text("This file is damaged or incomplete. Record it again, or save it as Ogg, MP3, M4A, WAV or WebM.")
NOT_SOUND = {
    "video": Text("This is a video. Send a recording with sound only: Ogg, MP3, M4A, WAV or WebM."),
    "silent": Text("There is no sound in this file. Send an Ogg, MP3, M4A, WAV or WebM file."),
    "broken": BROKEN,
}
NOT_MEASURED = Text("It takes too long to read this file now. Try again in a minute, or send a shorter recording.")
CANNOT_MEASURE = Text(
    "The bot cannot measure this recording, because a part of it is not installed. Type the text instead. Ask the bot's operator to "
    "install PyAV (`pip install av`)."
)
NO_MODEL = Text(
    "The model server here does not transcribe recordings. Type the text instead. The bot's operator can set a model that "
    "transcribes (TRANSCRIPTION_MODEL)."
)
NOTHING_HEARD = Text("No words were heard in this recording. Speak closer to the microphone, or type the text.")
NOTHING_TO_TELL_ABOUT = Text(
    "There is no text and no recording in this message to joke about. Pick a message with one."
)

# What was heard.
YOU_SAID, MESSAGE_SAYS = Text("🎙️ You said"), Text("🎙️ The message says")
# At the end of a footer.
CUT = Text("You said more than {most} characters, so the rest is left out: press Correct to choose others")
CUT_AND_NOT_KEPT = Text(
    "It says more than {most} characters, so the rest is left out. Only you see this, and it is saved nowhere"
)
NOT_KEPT = Text("Only you see this, and it is saved nowhere")

# Corrections.
CORRECT = Text("Correct")
CORRECT_FORM, CORRECT_LABEL = Text("Correct what was heard"), Text("What you said")
NOT_YOURS = Text("Only the member who recorded this can correct it.")
NOTHING_LEFT = Text("Nothing of the recording is left to correct. Send it again, or type the text.")
