"""Sampling parameters: the recipe's for large models, a lower temperature for small ones."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """OpenAI's sampling parameters. None is not sent."""

    temperature: float
    top_p: float | None = None


MAX_LINE_TOKENS = 100  # of a joke or slogan: a small model that repeats itself does not stop by itself
MAX_CALL_TOKENS = 256  # of function calls, which may hold two texts to compare

RECIPE = Sampling(temperature=1)
SMALL = Sampling(temperature=0.7, top_p=0.95)  # at 1, models with a few hundred million parameters ramble

SMALL_CHOICE = Sampling(temperature=0)  # of a function to call


def sampling_for(*, small: bool) -> Sampling:
    """The parameters for jokes, slogans, comparisons and reports."""
    return SMALL if small else RECIPE
