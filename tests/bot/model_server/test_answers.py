"""Answers of a model server as values: what is missing or absurd never gets further than here."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model_server.completion import parse_completion
from bot.model_server.jobs import RemoteEvent, RemoteJob, parse_event, parse_job
from bot.model_server.json_values import finite, whole

NOT_THE_PROTOCOL = (ValueError, KeyError, TypeError, IndexError)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 2**63, 1e300, math.nan, math.inf, 0, -1])
HALF_A_PAIR = st.just("half \ud83d a pair")
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | HALF_A_PAIR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
EVENT_FIELDS = ["created_at", "level", "type", "message", "data"]

JOB = {
    "id": "ftjob-1",
    "status": "running",
    "model": "practice-1",
    "created_at": 1_700_000_000,
    "finished_at": None,
    "estimated_finish": 1_700_000_100.5,
    "fine_tuned_model": None,
    "trained_tokens": 1200,
    "error": {},
    "training_file": "file-1",
    "metadata": {"launch_id": "punchline-1"},
}


def test_a_job_is_read_whole() -> None:
    assert parse_job(JOB) == RemoteJob(
        id="ftjob-1",
        status="running",
        base_model="practice-1",
        created_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        finished_at=None,
        estimated_finish=datetime(2023, 11, 14, 22, 15, 0, 500_000, tzinfo=UTC),
        fine_tuned_model=None,
        trained_tokens=1200,
        error_code=None,
        error_message=None,
        training_file="file-1",
        metadata={"launch_id": "punchline-1"},
    )


@pytest.mark.parametrize("status", ["succeeded", "paused", "a word nobody foresaw"])
def test_any_status_word_is_kept(status: str) -> None:
    assert parse_job({**JOB, "status": status}).status == status


def test_a_job_may_consist_of_id_and_status() -> None:
    job = parse_job({"id": "ftjob-1", "status": "queued"})
    assert (job.base_model, job.created_at, job.trained_tokens, dict(job.metadata)) == ("", None, None, {})


@pytest.mark.parametrize("missing", ["id", "status"])
@pytest.mark.parametrize("value", [None, "", 7, ["running"]])
def test_what_has_no_id_or_no_status_is_no_job(missing: str, value: object) -> None:
    with pytest.raises(ValueError, match="missing"):
        parse_job({**JOB, missing: value})


def test_an_error_is_read_where_there_is_one() -> None:
    job = parse_job({**JOB, "error": {"code": "invalid_training_file", "message": "Line 3 is not JSON."}})
    assert (job.error_code, job.error_message) == ("invalid_training_file", "Line 3 is not JSON.")
    assert parse_job({**JOB, "error": {"code": 400, "message": ""}}).error_code == "400"


@pytest.mark.parametrize("no_time", [None, 0, math.nan, math.inf, 1e300, True, "soon"])
def test_a_time_that_is_none_becomes_none(no_time: object) -> None:
    job = parse_job({**JOB, "finished_at": no_time})
    assert job.finished_at is None


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(JOB.keys() - {"id", "status"}, JUNK)))
def test_whatever_a_job_says_can_be_stored(said: dict[str, Any]) -> None:
    job = parse_job({"id": "ftjob-1", "status": "running", **said})
    assert job.trained_tokens is None or 0 <= job.trained_tokens < 2**63
    for moment in (job.created_at, job.finished_at, job.estimated_finish):
        assert moment is None or moment.tzinfo is UTC
    for text in (job.base_model, job.fine_tuned_model, job.error_code, job.error_message, job.training_file):
        assert text is None or isinstance(text.encode(), bytes)


@given(st.fixed_dictionaries({"id": st.just("ftevent-1")}, optional=dict.fromkeys(EVENT_FIELDS, JUNK)))
def test_whatever_an_event_says_can_be_stored(said: dict[str, Any]) -> None:
    try:
        event = parse_event(said)
    except KeyError:  # it must say when it was
        assert "created_at" not in said
        return
    assert event.created_at.tzinfo is UTC
    assert isinstance((event.level + event.type + event.message).encode(), bytes)
    assert isinstance(event.data, dict)


def test_an_event_is_read_whole_and_an_unknown_type_kept() -> None:
    said = {"id": "ftevent-1", "created_at": 1_700_000_000, "level": "warn", "type": "weather", "message": "Rain"}
    moment = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert parse_event({**said, "data": {"mm": 3}}) == RemoteEvent(
        "ftevent-1", moment, "warn", "weather", "Rain", {"mm": 3}
    )
    assert parse_event(said).data == {}


COMPLETION = {
    "model": "practice-1",
    "choices": [{"message": {"content": "  First. "}}, {"message": {"content": None}}],
    "usage": {"prompt_tokens": 36, "completion_tokens": 12},
}


def test_a_completion_keeps_its_texts_in_order_and_a_refusal_as_nothing() -> None:
    completion = parse_completion(COMPLETION, 80.5)
    assert (completion.texts, completion.model, completion.latency_ms) == (("First.", ""), "practice-1", 80.5)
    assert (completion.prompt_tokens, completion.completion_tokens) == (36, 12)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(COMPLETION, JUNK)))
def test_a_completion_is_storable_or_not_the_protocol(said: dict[str, Any]) -> None:
    try:
        completion = parse_completion({**COMPLETION, **said}, 0.0)
    except NOT_THE_PROTOCOL:
        return
    assert completion.prompt_tokens >= 0
    assert completion.completion_tokens >= 0
    for text in (*completion.texts, completion.model, completion.raw_json):
        assert isinstance(text.encode(), bytes)


def test_how_likely_a_text_is_is_the_mean_of_its_tokens_and_the_tokens_are_not_kept() -> None:
    tokens = [{"token": "Ha", "logprob": -0.5, "bytes": [72]}, {"token": "ha", "logprob": -1.5}]
    said: tuple[Any, ...] = (
        {"content": tokens},
        {"content": []},
        {"content": [{"logprob": "low"}, {"logprob": -2}]},
        None,
    )
    choices = [{"message": {"content": "Haha"}, "logprobs": logprobs} for logprobs in said]
    completion = parse_completion({**COMPLETION, "choices": choices}, 0.0)
    assert completion.likelihoods == (-1.0, None, -2.0, None)
    assert {choice["logprobs"] for choice in json.loads(completion.raw_json)["choices"]} == {None}
    assert parse_completion(COMPLETION, 0.0).likelihoods == (None, None)


@given(JUNK)
def test_no_log_probabilities_however_absurd_hide_an_answer(said: Any) -> None:
    for logprobs in (said, {"content": said}, {"content": [said]}, {"content": [{"logprob": said}]}):
        choices = [{"message": {"content": "Haha"}, "logprobs": logprobs}]
        assert parse_completion({**COMPLETION, "choices": choices}, 0.0).texts == ("Haha",)


@given(NUMBERS | st.booleans() | st.none() | st.text())
def test_only_numbers_that_can_be_drawn_are_numbers(value: object) -> None:
    number, count = finite(value), whole(value)
    assert number is None or math.isfinite(number)
    assert count is None or (0 <= count < 2**63 and number is not None)
    if isinstance(value, bool | str) or value is None:
        assert (number, count) == (None, None)


def test_a_number_stays_what_it_is() -> None:
    assert [finite(value) for value in (0, -1.5, 10**9)] == [0.0, -1.5, 1e9]
    assert [whole(value) for value in (0, 7, 7.0, -1)] == [0, 7, 7, None]
