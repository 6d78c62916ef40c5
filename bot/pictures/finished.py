"""A picture that is ready to be posted, and a slogan or joke that gets one."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finished:
    """A file by its `extension`, and what it shows in words. `missing` and `cut` are as in `bot.posters.service.Picture`.

    `model` generated it, or with None Punchline drew it. With `lettered` false the slogan is not on it.
    """

    content: bytes = field(repr=False)
    extension: str
    alt: str
    missing: str = ""
    cut: bool = False
    model: str | None = None
    lettered: bool = True


@dataclass(frozen=True)
class Slogan:
    """One slogan of a message: `place` is counted from 0."""

    generation_id: int
    place: int
    text: str
    description: str


@dataclass(frozen=True)
class Offer:
    """A model that would generate a picture, and about what it would cost in billionths of a dollar: 0 free, None unknown."""

    model: str
    cost_nanodollars: int | None
