"""What OpenAI's recipe asked, and the numbers that it got."""

from dataclasses import dataclass

DESCRIPTION = "A company that sells ice cream"
SCENARIO = "A man walking across the road"
LAUGH = "Haha"
FEW_SHOT_TOKENS = 400
TUNED_TOKENS = 36
CONSTITUTION = (
    "All legislative Powers herein granted shall be vested in a Congress of the United States,"
    " which shall consist of a Senate and House of Representatives."
)


@dataclass(frozen=True)
class Pair:
    """Two texts, and their cosine in the recipe (by text-embedding-ada-002)."""

    base: str
    compared: str
    cosine: str


PAIRS = (
    Pair("I like apples", "I like bananas", "0.90"),
    Pair("I like apples", CONSTITUTION, "0.70"),
    Pair("Birds like to fly", "Airplanes can soar above the ground", "0.88"),
    Pair("Birds like to fly", "A fly can irritate me", "0.84"),
)


def saved(few_shot: float, tuned: float) -> int:
    """How much of the prompt the tuned model spares, in percent."""
    return round(100 * (1 - tuned / few_shot))
