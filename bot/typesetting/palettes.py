"""Colours that go together, and how far apart they are for the eye."""

from dataclasses import dataclass

Colour = tuple[int, int, int]
LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA


def colour(code: str) -> Colour:
    """Of `#rrggbb`."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


@dataclass(frozen=True)
class Palette:
    """`ink`, `accent` and `quiet` are for text on `paper`; `shapes` decorate, and no text is on them."""

    paper: Colour
    ink: Colour
    accent: Colour
    quiet: Colour
    shapes: tuple[Colour, ...] = ()


def palette(paper: str, ink: str, accent: str, quiet: str, *shapes: str) -> Palette:
    """From `#rrggbb`."""
    return Palette(colour(paper), colour(ink), colour(accent), colour(quiet), tuple(colour(one) for one in shapes))


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(of: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in of)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
