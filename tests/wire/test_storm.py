"""Two hundred members with twenty commands each, while the model server fails three times in ten, in every way there is.

How fast the bot was meanwhile stands in docs/benchmarks.md: `python -m benchmarks storm` is the same run.
"""

from pathlib import Path

import pytest

from tests.wire.faulty_models import Fault
from tests.wire.storm import BUDGET, COMMANDS, DAILY_ANSWERS, MEMBERS, storm


@pytest.mark.soak
async def test_whatever_the_model_server_does_all_are_answered_once_and_every_cent_is_in_the_ledger(
    tmp_path: Path,
) -> None:
    seen, models = await storm(tmp_path)
    assert list(seen.badly_answered()) == []
    assert len(seen.sent) >= MEMBERS * COMMANDS
    assert models.given.keys() == {None, *Fault}
    assert ("failure" in seen.outcomes, "Traceback" in "\n".join(seen.log)) == (False, False)
    assert seen.cost("answered", "failed") == models.billed(told=True)
    assert seen.cost("unknown") >= models.billed(told=False)
    assert seen.outcomes["LimitError"] > 0
    assert seen.spent_within_budget() <= BUDGET * 10**9
    assert seen.most_answers() == DAILY_ANSWERS
    after_a_third = seen.memory[len(seen.memory) // 3]
    assert max(seen.memory[-10:]) < 1.3 * after_a_third
