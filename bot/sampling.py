"""How answers are drawn: as the recipe does from large models, and with less chance from small ones."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """OpenAI's sampling parameters; what is None is left to the server."""

    temperature: float
    top_p: float | None = None


RECIPE = Sampling(temperature=1)
SMALL = Sampling(temperature=0.7, top_p=0.95)  # at 1, models of some hundred million parameters lose the thread


def sampling_for(*, small: bool) -> Sampling:
    """The one way in which jokes, slogans, comparisons and reports draw from a model of that size."""
    return SMALL if small else RECIPE
