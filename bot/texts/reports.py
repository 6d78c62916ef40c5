"""Reports on finished jobs, and loss charts."""

EMPTY_ANSWER = "The model returned an empty answer."
NO_REPORT = (
    "There is no report on job {job}. A job gets one when it has made a model and the model has answered questions."
)
NO_EVENTS = "The model server has reported nothing yet."
NO_LOSSES = "No losses have been reported yet."
