"""Colours that people can read."""

import pytest

from bot.posters import card, column, editorial, grid, label, stack
from bot.typesetting.palettes import LEAST_CONTRAST, Palette, colour, contrast

LAYOUTS = (stack, editorial, grid, label, column)
PALETTES = [card.AROUND, card.BUBBLE, *(palette for layout in LAYOUTS for palette in layout.PALETTES)]


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(colour("#000000"), colour("#ffffff")) == pytest.approx(21)
    assert contrast(colour("#777777"), colour("#ffffff")) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("palette", PALETTES, ids=str)
def test_every_text_stands_out_from_its_paper(palette: Palette) -> None:
    texts = (palette.ink, palette.accent, palette.quiet)
    assert [one for one in texts if contrast(one, palette.paper) < LEAST_CONTRAST] == []
