"""A joke to share: what it is about, the joke in a speech bubble, its votes, and who told it."""

from dataclasses import dataclass

from bot.posters.page import NAME, start_of
from bot.typesetting.fitting import Block, fit
from bot.typesetting.fonts import BRICOLAGE, RUBIK_MEDIUM
from bot.typesetting.palettes import palette
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import SetText

# The violet and the bubble of the bot's own face. Votes and the model's name are `ink`, all else around the bubble is `quiet`.
AROUND = palette("#4a2fd0", "#ffffff", "#ffffff", "#ddd6ff")
BUBBLE = palette("#ffffff", "#1d1440", "#1d1440", "#1d1440")
MARGIN, INSIDE, TAIL = 64, 56, 44
ACROSS = WIDTH - 2 * MARGIN
LOWEST, HIGHEST_BUBBLE = 576, 640  # pixels: of a card, and of a bubble whose joke is still set smaller to fit it
LARGEST, LEADING = 84, 1.18


@dataclass(frozen=True)
class Card:
    """What a share card says."""

    scenario: str
    joke: str
    funny: int
    flat: int
    model: str


def draw(card: Card) -> Sheet:
    """The card, as high as it needs."""
    scenario = SetText(" ".join(card.scenario.split()), (RUBIK_MEDIUM,))
    about = fit(scenario, ACROSS, 150, largest=42, leading=1.25, highest=700)
    text = SetText(card.joke, (BRICOLAGE,))
    joke = fit(text, ACROSS - 2 * INSIDE, HIGHEST_BUBBLE - 2 * INSIDE, largest=LARGEST, leading=LEADING)
    laughs, shrugs, teller = _votes("😂", card.funny), _votes("😐", card.flat), _teller(card.model)
    top = MARGIN + (about.height + 40 if about.rows else 0)
    foot = max(laughs.height, shrugs.height, teller.height)
    rest = top + 2 * INSIDE + TAIL + 30 + foot + MARGIN
    height = max(LOWEST, round(rest + joke.height))
    bottom = height - MARGIN - foot - 30 - TAIL
    sheet = Sheet(height, AROUND.paper)
    sheet.write(about, MARGIN, MARGIN, ACROSS, start_of(scenario), AROUND.quiet)
    sheet.rectangle((MARGIN, top, WIDTH - MARGIN, bottom), BUBBLE.paper, radius=44)
    sheet.polygon([(MARGIN + 70, bottom - 2), (MARGIN + 150, bottom - 2), (MARGIN + 58, bottom + TAIL)], BUBBLE.paper)
    over = (bottom - top - joke.height) / 2
    sheet.write(joke, MARGIN + INSIDE, top + over, ACROSS - 2 * INSIDE, start_of(text), BUBBLE.ink)
    middle = height - MARGIN - foot / 2
    sheet.write(laughs, MARGIN, middle - laughs.height / 2, ACROSS, "left", AROUND.ink)
    beside = MARGIN + laughs.width + 44
    sheet.write(shrugs, beside, middle - shrugs.height / 2, ACROSS, "left", AROUND.ink)
    sheet.write(teller, MARGIN, middle - teller.height / 2, ACROSS, "right", AROUND.ink, AROUND.quiet)
    return sheet


def _votes(face: str, count: int) -> Block:
    """As a button under the joke shows them."""
    return fit(SetText(f"{face} {count:,}", (BRICOLAGE,)), 200, 60, largest=46)


def _teller(model: str) -> Block:
    """The model's name above the bot's own."""
    return fit(
        SetText(f"{' '.join(model.split())}\n{NAME}", (RUBIK_MEDIUM,)), 470, 90, largest=32, leading=1.3, highest=300
    )
