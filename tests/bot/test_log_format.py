"""Log entries: text or JSON, without secrets, and without what members typed."""

import io
import json
import logging
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ModelServerError, NotFoundError
from bot.log_format import JsonFormatter, TextFormatter, describe
from bot.redaction import Redactor, redactor_of
from bot.refusals import explain_status
from bot.texts.server import MODEL
from bot.texts.template import Text
from tests.bot.parts import settings_for

SECRET, TYPED = 'sk-"quoted"\\näöü-secret', "a very private scenario"


def written(formatter: logging.Formatter, *args: object, **options: object) -> str:
    """What a logger with this formatter writes for one call of `log`."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.Logger("bot.test")
    logger.addHandler(handler)
    logger.log(logging.WARNING, *args, **options)  # type: ignore[arg-type]  # passed on as they are
    return stream.getvalue().rstrip("\n")


@pytest.fixture
def redactor() -> Redactor:
    return Redactor([SECRET])


def raised(error: Exception, cause: BaseException | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as caught:  # noqa: BLE001  # whatever it is
        return caught


def test_a_line_of_text_has_time_level_and_logger(redactor: Redactor) -> None:
    line = written(TextFormatter(redactor), "Job %s is done.", 7)
    assert line.endswith(" WARNING bot.test: Job 7 is done.")


def test_a_line_of_json_has_them_as_fields_with_those_of_the_entry(redactor: Redactor) -> None:
    entry = json.loads(written(JsonFormatter(redactor), "Job %s is done.", 7, extra={"guild": 2**60, "ms": 7}))
    assert datetime.fromisoformat(entry.pop("time")).tzinfo is not None
    assert entry == {
        "level": "WARNING",
        "logger": "bot.test",
        "message": "Job 7 is done.",
        "guild": "1152921504606846976",
        "ms": 7,
    }


@given(secret=st.text(min_size=16).filter(lambda text: text.strip() == text), before=st.text(), after=st.text())
def test_a_secret_is_in_no_field_of_a_line_of_json(secret: str, before: str, after: str) -> None:
    """Also where JSON would have escaped it, and wherever in the entry it is."""
    redactor = Redactor([secret])
    shown = before + secret + after
    line = written(JsonFormatter(redactor), "%s", shown, extra={"field": shown}, exc_info=raised(OSError(shown)))
    assert "\n" not in line
    entry = json.loads(line)
    assert all(secret not in str(value) for value in entry.values())
    assert redactor.text(shown) == entry["field"] == entry["message"]


def test_the_password_of_a_database_is_hidden_as_it_is_and_as_an_address_has_it(tmp_path: Path) -> None:
    url = "postgresql://bot:s%40crt-w%2Frd@db/jokes?sslmode=require"
    redactor = redactor_of(settings_for(tmp_path, "http://127.0.0.1:9/v1", database_url=url))
    assert redactor.text(f"{url}: s@crt-w/rd") == "postgresql://bot:[redacted]@db/jokes?sslmode=require: [redacted]"


def test_a_secret_is_in_no_traceback(redactor: Redactor) -> None:
    line = written(TextFormatter(redactor), "Failed.", exc_info=raised(OSError(SECRET), OSError(SECRET)))
    assert line.count("OSError: [redacted]") == 2
    assert SECRET not in line


@pytest.fixture(params=["text", "json"])
def formatter(request: pytest.FixtureRequest, redactor: Redactor) -> logging.Formatter:
    return JsonFormatter(redactor) if request.param == "json" else TextFormatter(redactor)


def test_what_a_member_typed_is_in_no_traceback(formatter: logging.Formatter) -> None:
    error = raised(KeyError(TYPED), raised(ValueError(TYPED)))
    shown = written(formatter, "Failure %s", "0a1b2c3d", exc_info=error)
    assert TYPED not in shown
    assert "KeyError" in shown
    assert "ValueError" in shown
    assert "test_log_format.py" in shown


def test_a_group_shows_each_of_its_exceptions(formatter: logging.Formatter) -> None:
    group = raised(ExceptionGroup(TYPED, [ValueError(TYPED), OSError("disk full")]))
    shown = written(formatter, "Failure", exc_info=group)
    assert TYPED not in shown
    assert "ValueError" in shown
    assert "OSError: disk full" in shown


def test_what_a_model_server_quotes_is_not_logged_and_what_it_means_is(formatter: logging.Formatter) -> None:
    body = {"error": {"message": f"cannot read “{TYPED}”", "code": "bad_input"}}
    error = explain_status(400, body, MODEL.of(name="x"), "req-7")
    shown = written(formatter, "%s (request %s): %r", error, error.request_id, raised(ValueError(TYPED)))
    assert (
        "RequestRefusedError: The model server declined the request. (bad_input) (request req-7): ValueError" in shown
    )
    assert TYPED not in shown


def test_debugging_shows_all(redactor: Redactor) -> None:
    shown = written(
        TextFormatter(redactor, all_texts=True), "%s", NotFoundError(Text(TYPED)), exc_info=raised(KeyError(TYPED))
    )
    assert shown.count(TYPED) == 2


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "a.db"),
            "FileNotFoundError: [Errno 2] No such file or directory: 'a.db'",
        ),
        (NotFoundError(Text("There is no joke of that number.")), "NotFoundError"),
        (
            ModelServerError(Text("The model server is {what}."), what="busy", code="not a code!"),
            "ModelServerError: The model server is busy.",
        ),
        (ValueError("x"), "ValueError"),
    ],
)
def test_an_exception_in_one_line(error: Exception, line: str) -> None:
    assert describe(error) == line
