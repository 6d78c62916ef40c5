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
TOO_LARGE = Text("This file is {size:.1f} MB. A recording can have up to {most:.0f} MB and {minutes} minutes.")
GONE = Text("Discord could not deliver this file. Attach it again.")
NO_RECORDING = Text("This file cannot be used as a recording. Send an Ogg, MP3, M4A, WAV or WebM file.")
TOO_LONG = Text("This recording is longer than {minutes} minutes. Send a shorter one.")
BROKEN = Text("This file is damaged or incomplete. Record it again, or save it as Ogg, MP3, M4A, WAV or WebM.")
NOT_SOUND = {
    "video": Text("This is a video. Send a recording with sound only: Ogg, MP3, M4A, WAV or WebM."),
    "silent": Text("There is no sound in this file. Send an Ogg, MP3, M4A, WAV or WebM file."),
    "broken": BROKEN,
}
NOT_MEASURED = Text("Reading this file takes too long right now. Try again in a minute, or send a shorter recording.")
CANNOT_MEASURE = Text(
    "The bot cannot tell how long this recording is, because a package is missing. Type the text instead. Ask the bot's operator to "
    "install PyAV (`pip install av`)."
)
NO_MODEL = Text(
    "The model server here does not transcribe recordings. Type the text instead. The bot's operator can set a model that "
    "transcribes (TRANSCRIPTION_MODEL)."
)
NOTHING_HEARD = Text("No words could be made out in this recording. Speak closer to the microphone, or type the text.")
NOTHING_TO_TELL_ABOUT = Text("This message has no text or recording to joke about. Pick another one.")

# What was heard.
YOU_SAID, MESSAGE_SAYS = Text("🎙️ You said"), Text("🎙️ The message says")
# At the end of a footer.
CUT = Text("Only the first {most} characters were used. Press Correct to choose the words")
CUT_AND_NOT_KEPT = Text("Only the first {most} characters were used. Only you can see this. It is not saved")
NOT_KEPT = Text("Only you can see this. It is not saved")

# Corrections.
CORRECT = Text("Correct")
CORRECT_FORM, CORRECT_LABEL = Text("Correct what was heard"), Text("What you said")
NOT_YOURS = Text("Only the member who recorded this can correct it.")
NOTHING_LEFT = Text("There is nothing left to correct. Send the recording again, or type the text.")
