"""Preference files on their way in: what a pair must be, and that a dataset of them is one for the method `dpo`."""

import io
import json

import pytest

from bot.app import App
from bot.datasets.examples import Example, examples
from tests.bot.datasets.checking import checked
from tests.bot.parts import ADMIN, GUILD, training_file, upload
from tests.preference_files import REFUSED, TAKEN, pair, preference_file


@pytest.mark.parametrize("line", TAKEN.values(), ids=TAKEN)
def test_a_pair_is_taken(line: dict[str, object]) -> None:
    found = checked(preference_file(10) + b"\n" + json.dumps(line).encode())
    assert (found.errors, found.examples, found.method) == ([], 11, "dpo")


@pytest.mark.parametrize(("line", "said"), [(one.line, one.bot) for one in REFUSED])
def test_a_wrong_line_is_named_with_what_is_wrong(line: object, said: str | None) -> None:
    found = checked(preference_file(12) + b"\n\n" + json.dumps(line).encode())
    assert [str(error) for error in found.errors] == ([f"Line 14: {said}"] if said else [])
    assert found.tool_examples == (said is None)


def test_chats_with_a_pair_among_them_are_refused_by_the_pairs_line() -> None:
    found = checked(training_file(12) + json.dumps(pair()).encode())
    said = "Line 13: mixes kinds: a file contains either chats or preference pairs, as its first example does."
    assert [str(error) for error in found.errors] == [said]


def test_a_pair_is_billed_for_both_answers() -> None:
    short, long = (
        checked(preference_file(10) + b"\n" + json.dumps(one).encode()).tokens
        for one in (pair(other="No."), pair(other="No. " * 100))
    )
    assert long - short == pytest.approx(99, abs=2)


def test_pairs_are_read_with_both_answers() -> None:
    (read,) = examples(io.BytesIO(json.dumps(pair("A cat", "It naps.", "It likes it!")).encode()))
    assert read == Example("You are funny.", "A cat", "It naps.", "It likes it!")


async def test_a_dataset_of_pairs_can_be_split_and_stays_one(app: App) -> None:
    dataset = await upload(app, preference_file(20))
    assert (dataset.method, dataset.examples) == ("dpo", 20)
    split = (await app.datasets.split(GUILD, ADMIN, "jokes", 25, 1)).dataset
    assert (split.method, split.examples, split.validation_examples) == ("dpo", 15, 5)
    assert (await upload(app, training_file(), name="chats")).method == "supervised"
