"""The server's list of models: what it says about a model's end."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model_server.client import LLM
from bot.model_server.models import RemoteModel, parse_model
from tests.wire.model_server import FakeModelServer

END = date(2027, 1, 14)
SECONDS = int(datetime(2027, 1, 14, 17, tzinfo=UTC).timestamp())
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@pytest.mark.parametrize(
    "said",
    [
        "2027-01-14",
        " 2027-01-14 ",
        "20270114",
        "2027-01-14T23:59:59",
        "2027-01-14T23:59:59Z",
        "2027-01-15T01:00:00+02:00",
        SECONDS,
        float(SECONDS),
        str(SECONDS),
    ],
)
def test_a_shutdown_date_is_understood_in_every_form_that_servers_use(said: Any) -> None:
    assert parse_model({"id": "gpt-4.1", "owned_by": "system", "shutdown_date": said}) == RemoteModel(
        "gpt-4.1", "system", END
    )


@pytest.mark.parametrize("said", [None, "", "soon", "2027-13-45", 0, [], {}, "9" * 5000, 10**400])
def test_a_date_that_says_nothing_counts_as_none(said: Any) -> None:
    assert parse_model({"id": "gpt-4.1", "shutdown_date": said}) == RemoteModel("gpt-4.1", "", None)


@given(ANYTHING)
def test_no_date_however_absurd_hides_the_model(said: Any) -> None:
    assert parse_model({"id": "m", "shutdown_date": said}).id == "m"


@pytest.mark.parametrize(
    ("meta", "parameters"),
    [
        ({"n_params": 134515008, "n_vocab": 49152}, 134_515_008),
        ({"n_params": 134515008.0}, 134_515_008),
        ({"n_params": 0}, None),
        ({"n_params": -1}, None),
        ({"n_params": "134515008"}, None),
        ({"n_params": True}, None),
        ({"n_params": None}, None),
        ({}, None),
        (None, None),
        ("135M", None),
        ([134515008], None),
    ],
)
def test_a_models_parameters_are_what_llama_cpp_tells_and_else_unknown(meta: Any, parameters: int | None) -> None:
    assert parse_model({"id": "m", "meta": meta}).parameters == parameters
    assert parse_model({"id": "m"}).parameters is None


@pytest.mark.parametrize(
    ("meta", "calls"),
    [
        ({"tools": True}, True),
        ({"tools": False}, False),
        ({"tools": 0}, None),
        ({"tools": "no"}, None),
        ({}, None),
        (7, None),
    ],
)
def test_whether_a_model_calls_functions_is_what_its_server_tells_and_else_unknown(
    meta: Any, calls: bool | None
) -> None:
    assert parse_model({"id": "m", "meta": meta}).calls_tools is calls


@given(ANYTHING)
def test_no_size_however_absurd_hides_the_model(said: Any) -> None:
    assert parse_model({"id": "m", "meta": {"n_params": said}}).id == "m"
    assert parse_model({"id": "m", "meta": said}).id == "m"


async def test_the_list_keeps_the_servers_order_and_dates(llm: LLM, server: FakeModelServer) -> None:
    server.models = {"b": {"owned_by": "loopback", "shutdown_date": "2027-01-14"}, "a": {"owned_by": "system"}}
    assert await llm.list_models() == (RemoteModel("b", "loopback", END), RemoteModel("a", "system", None))
