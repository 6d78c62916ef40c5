"""Loss charts: pictures of the right size that show something, drawn outside of the bot's process."""

import asyncio
import io
import math
import sys
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.drawing import CARD, Charts
from bot.reports.loss_chart import TRAINING, VALIDATION, draw, sketch
from bot.reports.losses import LossPoint, describe

FALLING = [LossPoint(step, 6 / step, 7 / step if step % 4 == 0 else None) for step in range(1, 41)]
LOSSES = st.none() | st.floats()


def decoded(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.format == "PNG"
        return picture.convert("RGB")


def shows(picture: Image.Image, colour: str) -> bool:
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return wanted in {pixel for _, pixel in picture.getcolors(1 << 20) or []}


@cache
def empty_chart() -> bytes:
    return draw([])


def test_a_chart_is_twice_a_phones_width_and_shows_both_curves_on_its_own_card() -> None:
    picture = decoded(draw(FALLING))
    assert picture.size == (780, 580)
    assert all(shows(picture, colour) for colour in (CARD, TRAINING, VALIDATION))
    assert picture.getpixel((0, 0)) == (0x2B, 0x2D, 0x31)


def test_without_validation_there_is_one_curve() -> None:
    picture = decoded(draw([LossPoint(step, 1 / step, None) for step in range(1, 9)]))
    assert (shows(picture, TRAINING), shows(picture, VALIDATION)) == (True, False)


def test_a_single_point_is_seen_and_no_point_is_said() -> None:
    assert shows(decoded(draw([LossPoint(3, 0.0, None)])), TRAINING)
    assert not shows(decoded(empty_chart()), TRAINING)
    assert len(decoded(empty_chart()).getcolors(1 << 20) or []) > 10  # the words


def test_of_a_hundred_thousand_steps_a_few_hundred_are_sent_to_be_drawn() -> None:
    needed = sketch([LossPoint(step, step % 7 / 7, 0.5) for step in range(100_000)]).data
    assert isinstance(needed, list)
    assert 500 <= len(needed) <= 1100


@settings(max_examples=15, deadline=None)
@given(st.lists(st.builds(LossPoint, st.integers(0, 2**53), LOSSES, LOSSES), max_size=6, unique_by=lambda at: at.step))
def test_any_points_make_a_picture(points: list[LossPoint]) -> None:
    ordered = sorted(points, key=lambda point: point.step)
    picture = decoded(draw(ordered))
    assert picture.size == (780, 580)
    known = any(loss is not None and math.isfinite(loss) for at in points for loss in (at.train_loss, at.valid_loss))
    assert (describe(ordered) == "No losses have been reported yet.") is not known


async def test_the_bot_draws_in_another_process_and_stays_lively() -> None:
    gaps: list[float] = []

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - before)

    heart = asyncio.create_task(beat())
    chart = await Charts().draw(sketch([*FALLING, LossPoint(99, math.nan, math.inf)]))
    heart.cancel()
    assert chart is not None
    assert decoded(chart.png).size == (780, 580)
    assert chart.alt.startswith("Training loss from 6 at step 1 to 0.15 at step 40")
    assert len(gaps) > 20


async def test_what_cannot_be_drawn_is_no_chart_and_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert await Charts().draw(sketch(FALLING)) is None
    assert "A chart could not be drawn" in caplog.text


async def test_a_drawing_that_takes_too_long_is_ended() -> None:
    assert await Charts(timeout_seconds=0.05).draw(sketch(FALLING)) is None


async def test_whose_turn_to_draw_does_not_come_gets_none() -> None:
    charts = Charts(patience_seconds=0.05)
    first, second = await asyncio.gather(charts.draw(sketch(FALLING)), charts.draw(sketch(FALLING)))
    assert (first is None, second) == (False, None)
    assert await charts.draw(sketch(FALLING)) is not None, "the next one has its turn again"
