"""Reports on finished jobs, and loss charts."""

from bot.texts.template import Text

EMPTY_ANSWER = Text("The model returned an empty answer.")
NO_REPORT = Text(
    "There is no report on job {job}. A job gets one when it has made a model and the model has answered questions."
)
JOKES, SLOGANS, ANSWERS = Text("jokes"), Text("slogans"), Text("answers")
# By whether the topic and the style could be measured, too.
PRAISE = {
    (False, False): Text("New {answers}."),
    (True, False): Text("New {answers}, on topic."),
    (False, True): Text("New {answers}, in your style."),
    (True, True): Text("New {answers}, on topic, in your style."),
}
REPEATS_TRAINING = Text("It repeats its training {answers}: train for fewer epochs or add examples.")
REPEATS_ITSELF = Text("Most of its {answers} are the same: add more varied examples.")
NOT_IN_STYLE = Text("Its {answers} are not in your style yet: train for more epochs.")
OFF_TOPIC = Text("Its {answers} are off topic: add examples, or tune a larger base model.")
NO_EVENTS = Text("The model server has reported nothing yet.")

# Losses in words, beside their chart.
TRAINING_LOSS, VALIDATION_LOSS = Text("Training loss"), Text("Validation loss")
NO_LOSSES = Text("No losses have been reported yet.")
LOSS_AT = Text("{name} {loss} at step {step:,}.")
LOSS_FROM = Text("{name} from {start} at step {first:,} to {end} at step {last:,}, lowest {lowest} at step {step:,}.")
