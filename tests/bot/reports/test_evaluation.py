"""An evaluation on the real engine; `test_reporter.py` has the rest, on a server that fails when told to."""

from pathlib import Path

import pytest

from bot.app import open_app
from bot.clock import utc_now
from bot.datasets.held_out import load_scenarios
from bot.kinds import JOKE
from bot.reports.losses import training
from tests.bot.parts import launch, settings_for, upload


@pytest.mark.soak  # `make demo`, which the everyday suite runs, tells the same story
async def test_the_tuned_model_keeps_the_format_at_a_tenth_of_the_prompt(engine_url: str, tmp_path: Path) -> None:
    async with open_app(settings_for(tmp_path, engine_url, finetune_model="practice-1"), utc_now) as app:
        await upload(app, JOKE.examples.read_bytes())
        job = await launch(app)
        while not job.ended:
            await app.tracker.round()
            job = await app.finetunes.get(job.guild_id)
        await app.reporter.round()
        report = await app.reporter.find(job.id)
        points, _ = await app.history.losses(job.id)
        curve = training(points)
    assert report is not None
    assert tuple(pair.asked for pair in report.pairs) == load_scenarios()
    assert [pair.tuned.error or pair.base.error for pair in report.pairs] == [None] * 20
    assert report.ending == " Haha"
    assert (report.score or 0) >= 0.95
    assert report.saving is not None
    assert report.saving > 0.8
    assert report.cost_microdollars == 0
    assert curve[0][1] > 5
    assert curve[-1][1] < 0.5
