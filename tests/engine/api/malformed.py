"""Requests that are wrong by construction, for hypothesis to draw."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

from hypothesis import strategies as st

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
CHAT, EMBED, JOBS, FILES = "/v1/chat/completions", "/v1/embeddings", "/v1/fine_tuning/jobs", "/v1/files"
_MESSAGE = {"role": "user", "content": "hi"}
# A job whose file does not exist is refused whatever else it asks for, so nothing is ever trained.
_BODIES: dict[str, dict[str, Any]] = {
    CHAT: {"model": "practice-1", "messages": [_MESSAGE]},
    EMBED: {"model": "text-embedding-minilm-l6-v2", "input": "hi"},
    JOBS: {"model": "practice-1", "training_file": "file-that-is-not-there"},
}


@dataclass(frozen=True)
class Malformed:
    """A request, ready to be sent."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def _number(value: Any, kind: type | tuple[type, ...], low: float, high: float) -> bool:
    return type(value) is not bool and isinstance(value, kind) and low <= cast(float, value) <= high


def _texts(value: Any, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most and all(isinstance(one, str) for one in value)


# What each parameter takes; anything else must be refused.
_TAKES: dict[str, dict[str, Callable[[Any], bool]]] = {
    CHAT: {
        "model": lambda _: False,
        "messages": lambda _: False,
        "n": lambda value: value is None or _number(value, int, 1, 128),
        "temperature": lambda value: value is None or _number(value, (int, float), 0, 2),
        "top_p": lambda value: value is None or _number(value, (int, float), 0, 1),
        "max_tokens": lambda value: value is None or _number(value, int, 1, float("inf")),
        "max_completion_tokens": lambda value: value is None or _number(value, int, 1, float("inf")),
        "stop": lambda value: value is None or isinstance(value, str) or _texts(value, 4),
        "seed": lambda value: value is None or _number(value, int, float("-inf"), float("inf")),
        "stream": lambda value: value is None or isinstance(value, bool),
        "stream_options": lambda value: value is None,
        "user": lambda value: value is None or isinstance(value, str),
        "metadata": lambda value: value is None or isinstance(value, dict),
        "logprobs": lambda value: value is None or isinstance(value, bool),
        "tools": lambda value: value is None or value == [],
        "response_format": lambda value: value is None or value == {"type": "text"},
        "tool_choice": lambda value: value in (None, "none", "auto"),
        "parallel_tool_calls": lambda value: value is None or isinstance(value, bool),
        "frequency_penalty": lambda value: value is None or value == 0,
        "audio": lambda value: value is None,
        "prediction": lambda value: value is None,
    },
    EMBED: {
        "model": lambda _: False,
        "input": lambda value: (isinstance(value, str) and value != "") or (_texts(value, 2048) and value != []),
        "encoding_format": lambda value: value is None,
        "dimensions": lambda value: value is None or value == 384,
        "user": lambda value: value is None or isinstance(value, str),
    },
    JOBS: dict.fromkeys(("model", "training_file", "method", "hyperparameters", "suffix", "seed", "metadata"), lambda _: False),
}  # fmt: skip

_TEXT = st.text(max_size=30)
_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def wrong_bodies(draw: st.DrawFn) -> Malformed:
    """A valid body with one thing spoilt: a value, a missing or an unknown parameter, or its JSON."""
    path = draw(st.sampled_from(sorted(_BODIES)))
    body = dict(_BODIES[path])
    spoil = draw(st.sampled_from(["value", "missing", "unknown", "cut", "bytes", "kind"]))
    if spoil == "value":
        name = draw(st.sampled_from(sorted(_TAKES[path])))
        body[name] = draw(_ANY_JSON.filter(lambda value: not _TAKES[path][name](value)))
    elif spoil == "missing":
        del body[draw(st.sampled_from(sorted(body)))]
    elif spoil == "unknown":
        body["x" + draw(_TEXT)] = draw(_ANY_JSON)
    content = json.dumps(body).encode()
    if spoil == "kind":
        content = json.dumps(draw(_ANY_JSON.filter(lambda value: not isinstance(value, dict)))).encode()
    elif spoil == "cut":
        content = content[: draw(st.integers(0, len(content) - 1))]
    elif spoil == "bytes":
        place = draw(st.integers(0, len(content)))
        content = content[:place] + draw(st.sampled_from([b"\xff", b"\x00", b'"\\ud800"'])) + content[place:]
    return Malformed("POST", path, content, JSON)


@st.composite
def wrong_messages(draw: st.DrawFn) -> Malformed:
    """A chat whose last message is not one."""
    spoilt = _MESSAGE | {
        draw(st.sampled_from(["role", "content", "name"])): draw(st.integers() | st.lists(st.integers(), min_size=1))
    }
    return Malformed("POST", CHAT, json.dumps(_BODIES[CHAT] | {"messages": [_MESSAGE, spoilt]}).encode(), JSON)


_FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object"}}
_TOOL = {"type": "function", "function": _FUNCTION}


@st.composite
def wrong_tools(draw: st.DrawFn) -> Malformed:
    """A chat whose list of tools has a spoilt one, or a good one, which practice-1 refuses."""
    spoilt: dict[str, Any] = {**_TOOL, "function": {**_FUNCTION}}
    where = draw(st.sampled_from([spoilt, spoilt["function"]]))
    where[draw(st.sampled_from([*where, "x"]))] = draw(_ANY_JSON)
    more = {draw(st.sampled_from(["tool_choice", "response_format", "parallel_tool_calls"])): draw(_ANY_JSON)}
    body = _BODIES[CHAT] | {"tools": draw(st.permutations([spoilt, _TOOL]))} | (more if draw(st.booleans()) else {})
    return Malformed("POST", CHAT, json.dumps(body).encode(), JSON)


@st.composite
def wrong_places(draw: st.DrawFn) -> Malformed:
    """Things that are not there, methods that are not for them, and list parameters that mean nothing."""
    name = quote(draw(st.text(min_size=1, max_size=20)), safe=draw(st.sampled_from(["", "/", "/.~%"])))
    rest = draw(st.sampled_from(["", "/content", "/events", "/checkpoints", "/cancel", "/pause", "/resume"]))
    place = draw(st.sampled_from([FILES, JOBS, "/v1/models", "/v1", ""]))
    method = draw(st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH"]))
    if draw(st.booleans()):
        wrong = draw(_TEXT.filter(lambda text: text not in ("asc", "desc") and not text.isdecimal()))
        query = draw(st.sampled_from(["limit", "order"])) + "=" + quote("-" + wrong)
        return Malformed("GET", f"{draw(st.sampled_from([FILES, JOBS]))}?{query}")
    return Malformed(method, f"{place}/x{name}{rest}")


@st.composite
def wrong_uploads(draw: st.DrawFn) -> Malformed:
    """Forms that lack something, hold too much, or are no forms."""
    if draw(st.booleans()):
        kind = draw(st.sampled_from([FORM, JSON, {}, {"Content-Type": "multipart/form-data"}]))
        return Malformed("POST", FILES, draw(st.binary(max_size=200)), kind)
    name = draw(st.sampled_from(["purpose", "file", "expires_after[anchor]", "x"]))
    purpose = b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n' + draw(st.binary(max_size=20)) + b"\r\n"
    extra = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + draw(st.binary(max_size=50))
    ending = draw(st.sampled_from([b"\r\n--x--\r\n", b"", b"\r\n--x", b"\r\n"]))
    return Malformed("POST", FILES, purpose + extra + ending, FORM)


WRONG_HEADERS = st.builds(
    lambda name, value: Malformed("POST", CHAT, json.dumps(_BODIES[CHAT]).encode(), JSON | {name: value}),
    st.sampled_from(["Content-Encoding"]),
    st.sampled_from(["gzip", "deflate", "br"]),
)

MALFORMED = st.one_of(
    wrong_bodies(),
    wrong_bodies(),
    wrong_bodies(),
    wrong_messages(),
    wrong_tools(),
    wrong_places(),
    wrong_uploads(),
    WRONG_HEADERS,
)

_HEADER = st.binary(max_size=40).map(lambda content: content.replace(b"\n", b""))
NOT_HTTP = st.builds(
    lambda head, path, version, lines: b" ".join([head, path, version]) + b"\r\n" + b"\r\n".join(lines) + b"\r\n\r\n",
    st.sampled_from([b"GET", b"POST", b"GE T", b"\x16\x03\x01", b""]) | st.binary(max_size=10),
    st.binary(max_size=30),
    st.sampled_from([b"HTTP/1.1", b"HTTP/9.9", b"FTP/1.0", b""]),
    st.lists(
        _HEADER | st.sampled_from([b"Content-Length: -1", b"Content-Length: x", b"Transfer-Encoding: x"]), max_size=4
    ),
)
