"""Reports on finished jobs, and loss charts."""

EMPTY_ANSWER = "The model returned an empty answer."
NO_REPORT = (
    "There is no report on job {job}. A job gets one when it has made a model and the model has answered questions."
)
JOKES, SLOGANS, ANSWERS = "jokes", "slogans", "answers"
NEW, ON_TOPIC, IN_STYLE = "New {answers}", "on topic", "in your style"
REPEATS_TRAINING = "It repeats its training {answers}: train for fewer epochs or add examples."
REPEATS_ITSELF = "Most of its {answers} are the same: add more varied examples."
NOT_IN_STYLE = "Its {answers} are not in your style yet: train for more epochs."
OFF_TOPIC = "Its {answers} are off topic: add examples, or tune a larger base model."
NO_EVENTS = "The model server has reported nothing yet."
