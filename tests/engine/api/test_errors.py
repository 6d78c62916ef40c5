"""Bad requests: each gets OpenAI's error object with the right status, and never a traceback."""

import io
import json
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

MESSAGES = [{"role": "user", "content": "hi"}]
SERVED = (
    "/v1/models, /v1/files, /v1/fine_tuning/jobs, /v1/chat/completions, /v1/embeddings and /v1/audio/transcriptions."
)
CHAT, EMBEDDINGS, JOBS = "/chat/completions", "/embeddings", "/fine_tuning/jobs"
EMBED = {"model": "text-embedding-minilm-l6-v2"}


async def refusal(url: str, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.request(method, url + path, **options) as response:
        text = await response.text()
        assert response.status == status, text
        assert response.content_type == "application/json"
    error: dict[str, Any] = json.loads(text)["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["message"]
    assert "Traceback" not in text
    return error


@pytest.mark.parametrize(
    ("path", "body", "param", "message"),
    [
        (CHAT, {"messages": MESSAGES}, "model", "Missing required parameter: 'model'."),
        (CHAT, {"model": "practice-1"}, "messages", "Missing required parameter: 'messages'."),
        (CHAT, {"model": "practice-1", "messages": []}, "messages", "at least 1 item"),
        (CHAT, {"model": "practice-1", "messages": "hi"}, "messages", "expected a list"),
        (CHAT, {"model": "practice-1", "messages": [{"role": "bot", "content": "x"}]}, "messages[0].role", "'system'"),
        (CHAT, {"model": 5, "messages": MESSAGES}, "model", "expected text"),
        (CHAT, {"model": "practice-1", "messages": MESSAGES, "n": 0}, "n", "it must be at least 1"),
        (CHAT, {"model": "practice-1", "messages": MESSAGES, "n": "2"}, "n", "expected an integer"),
        (CHAT, {"model": "practice-1", "messages": MESSAGES, "n": True}, "n", "expected an integer"),
        (CHAT, {"model": "practice-1", "messages": MESSAGES, "n": 10**30}, "n", "it must be at most 128"),
        (
            CHAT,
            {"model": "practice-1", "messages": MESSAGES, "temperature": 2.1},
            "temperature",
            "it must be at most 2",
        ),
        (CHAT, {"model": "practice-1", "messages": MESSAGES, "top_p": -1}, "top_p", "it must be at least 0"),
        (
            CHAT,
            {"model": "practice-1", "messages": MESSAGES, "logprobs": True, "top_logprobs": 3},
            "top_logprobs",
            "does not support 'top_logprobs'",
        ),
        (
            CHAT,
            {"model": "practice-1", "messages": MESSAGES, "tools": [{}]},
            "tools[0].type",
            "Missing required parameter",
        ),
        (CHAT, {"model": "practice-1", "messages": MESSAGES, "stream_options": {}}, "stream_options", "only allowed"),
        (CHAT, {"model": "practice-1", "messages": MESSAGES, "magic": 1}, "magic", "Unrecognized request argument"),
        (EMBEDDINGS, {"model": "text-embedding-minilm-l6-v2"}, "input", "Missing required parameter: 'input'."),
        (EMBEDDINGS, EMBED | {"input": []}, "input", "at least 1 item"),
        (EMBEDDINGS, EMBED | {"input": ["a", ""]}, "input", "an input must not be an empty string"),
        (EMBEDDINGS, EMBED | {"input": [[1, 2]]}, "input", "this engine embeds texts, not token numbers"),
        (EMBEDDINGS, EMBED | {"input": [1, 2]}, "input", "this engine embeds texts, not token numbers"),
        (EMBEDDINGS, EMBED | {"input": ["a"] * 2049}, "input", "at most 2048 items"),
        (EMBEDDINGS, EMBED | {"input": "a", "dimensions": 100}, "dimensions", "384"),
        (EMBEDDINGS, EMBED | {"input": "a", "encoding_format": "hex"}, "encoding_format", "'base64'"),
        (JOBS, {"model": "practice-1"}, "training_file", "Missing required parameter: 'training_file'."),
        (JOBS, {"model": "practice-1", "training_file": "file-1"}, "training_file", "File 'file-1' does not exist."),
        (JOBS, {"model": "practice-1", "training_file": "x", "suffix": "a" * 65}, "suffix", "at most 64 characters"),
        (JOBS, {"model": "practice-1", "training_file": "x", "validation_file": 7}, "validation_file", "expected text"),
        (
            JOBS,
            {"model": "practice-1", "training_file": "x", "metadata": {"k": 1}},
            "metadata",
            "expected up to 16 pairs of text",
        ),
        (JOBS, {"model": "practice-1", "training_file": "x", "method": {"type": "dpo"}}, "method.type", "supervised"),
        (JOBS, {"model": "text-embedding-minilm-l6-v2", "training_file": "x"}, "model", "cannot be fine-tuned"),
    ],
)
async def test_a_bad_parameter_is_named(
    engine_url: str, path: str, body: dict[str, Any], param: str, message: str
) -> None:
    error = await refusal(engine_url, "POST", path, 400, json=body)
    assert error["type"] == "invalid_request_error"
    assert error["param"] is not None
    assert error["param"].startswith(param)
    assert message in error["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"\xff\xfe", b'{"model": "\\ud800"}'])
@pytest.mark.parametrize("path", [CHAT, EMBEDDINGS, JOBS])
async def test_broken_json_is_400(engine_url: str, path: str, body: bytes) -> None:
    error = await refusal(engine_url, "POST", path, 400, data=body)
    surrogate = b"ud800" in body
    assert ("half character" if surrogate else "could not parse the JSON body") in error["message"]


@pytest.mark.parametrize("body", [[], "text", 7, None])
async def test_json_that_is_no_object_is_400(engine_url: str, body: object) -> None:
    error = await refusal(engine_url, "POST", CHAT, 400, data=json.dumps(body).encode())
    assert error["message"].startswith("Invalid request")


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        (
            "GET",
            "/nowhere",
            404,
            "Invalid URL (GET /v1/nowhere). This engine does not serve /v1/nowhere, only " + SERVED,
        ),
        ("GET", "/../secrets", 404, "Invalid URL (GET /secrets). This engine does not serve /secrets, only " + SERVED),
        ("PUT", "/models", 405, "Not allowed to PUT on /v1/models."),
        ("GET", CHAT, 405, "Not allowed to GET on /v1/chat/completions."),
        ("GET", "/models/nope", 404, "The model `nope` does not exist or you do not have access to it."),
        ("DELETE", "/models/nope", 404, "The model `nope` does not exist or you do not have access to it."),
        ("GET", "/files/nope", 404, "No such File object: nope"),
        ("GET", "/files/..%2F..%2Fengine.db/content", 404, "No such File object: ../../engine.db"),
        ("DELETE", "/files/nope", 404, "No such File object: nope"),
        ("GET", "/files?limit=0", 400, "Invalid value for 'limit': expected an integer from 1 to 10000."),
        ("GET", "/files?order=up", 400, "Invalid value for 'order': expected 'asc' or 'desc'."),
        ("GET", JOBS + "?limit=x", 400, "Invalid value for 'limit': expected an integer from 1 to 100."),
        ("GET", JOBS + "/nope", 404, "Could not find fine tune: nope"),
        ("GET", JOBS + "/nope/events", 404, "Could not find fine tune: nope"),
        ("GET", JOBS + "/nope/checkpoints", 404, "Could not find fine tune: nope"),
        ("POST", JOBS + "/nope/cancel", 404, "Could not find fine tune: nope"),
    ],
)
async def test_what_is_not_there(engine_url: str, method: str, path: str, status: int, message: str) -> None:
    assert (await refusal(engine_url, method, path, status))["message"] == message


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("/v1/models/%ED%A0%BD", "model"),
        ("/v1/files/%FF/content", "file"),
        ("/v1/fine_tuning/jobs/%E4/events", "job"),
        ("/v1/files?after=%ED%A0%BD", "after"),
        ("/v1/files?limit=2&purpose=%FF", "purpose"),
        ("/v1/fine_tuning/jobs?metadata[k]=%FF", "metadata[k]"),
    ],
)
def test_a_url_that_is_not_utf8_is_refused_by_the_name_of_its_part(engine_url: str, path: str, param: str) -> None:
    with closing(HTTPConnection(urlsplit(engine_url).netloc, timeout=30)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        refused = json.loads(answer.read())["error"]
    assert (answer.status, refused["param"]) == (400, param)
    assert refused["message"] == f"Invalid value for '{param}': it is not UTF-8 text."


CHAT_INSTEAD = "Use POST /v1/chat/completions."
BASE_URL = "The base URL must end in /v1, once and without a slash behind it: use "


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/v1/responses", f"This engine does not serve /v1/responses. {CHAT_INSTEAD}"),
        ("/v1/completions", f"This engine does not serve /v1/completions. {CHAT_INSTEAD}"),
        ("/v1/assistants", f"This engine does not serve /v1/assistants. {CHAT_INSTEAD}"),
        ("/v1/threads/t/runs", f"This engine does not serve /v1/threads. {CHAT_INSTEAD}"),
        ("/v1/conversations", f"This engine does not serve /v1/conversations. {CHAT_INSTEAD}"),
        ("/v1/fine-tunes", "This engine does not serve /v1/fine-tunes. Use POST /v1/fine_tuning/jobs."),
        (
            "/v1/uploads",
            "This engine does not serve /v1/uploads. Use POST /v1/files, which takes the whole file at once.",
        ),
        *[
            (f"/v1/{other}/x", f"This engine does not serve /v1/{other}, only {SERVED}")
            for other in (
                "audio",
                "moderations",
                "batches",
                "vector_stores",
                "evals",
                "realtime",
                "containers",
            )
        ],
        ("/chat/completions", BASE_URL + "/v1/chat/completions."),
        ("/responses", f"This engine does not serve /v1/responses. {CHAT_INSTEAD}"),
        ("//v1/models", BASE_URL + "/v1/models."),
        ("/v1/v1/models", BASE_URL + "/v1/models."),
        ("/v1//chat/completions", BASE_URL + "/v1/chat/completions."),
        ("/v1/models/", BASE_URL + "/v1/models."),
        ("/openai/v1/models", BASE_URL + "/v1/models."),
        ("/v1", f"This engine serves {SERVED}"),
        ("/", f"This engine serves {SERVED}"),
    ],
)
def test_an_unknown_url_names_what_to_use(engine_url: str, path: str, advice: str) -> None:
    with closing(HTTPConnection(urlsplit(engine_url).netloc, timeout=30)) as connection:
        for method in ("GET", "POST"):
            connection.request(method, path)
            answer = connection.getresponse()
            refused = json.loads(answer.read())["error"]
            assert (answer.status, refused["code"]) == (404, "unknown_url")
            assert refused["message"] == f"Invalid URL ({method} {path}). {advice}"


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x", "\xff"])
async def test_other_encodings_are_415(engine_url: str, encoding: str) -> None:
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}
    error = await refusal(engine_url, "POST", CHAT, 415, data=b"{}", headers=headers)
    assert error["message"] == "The body's content encoding is not supported. Send gzip, deflate or none."


async def test_unknown_models_are_404(engine_url: str) -> None:
    for path, rest in ((CHAT, {"messages": MESSAGES}), (EMBEDDINGS, {"input": "a"}), (JOBS, {"training_file": "x"})):
        error = await refusal(engine_url, "POST", path, 404, json={"model": "gpt-9", **rest})
        assert error["code"] == "model_not_found"


async def test_models_refuse_what_they_are_not_for(engine_url: str) -> None:
    await refusal(engine_url, "POST", CHAT, 404, json={**EMBED, "messages": MESSAGES})
    await refusal(engine_url, "POST", EMBEDDINGS, 404, json={"model": "practice-1", "input": "a"})


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"purpose": "fine-tune"}, "file"),
        ({"purpose": "vision", "file": b"x"}, "purpose"),
        ({"file": b"x"}, "purpose"),
        ({"purpose": "fine-tune", "file": b""}, "file"),
        ({"purpose": "fine-tune", "file": b"x", "magic": "1"}, "magic"),
        ({"purpose": "x" * 5000, "file": b"x"}, "purpose"),
    ],
)
async def test_bad_uploads_are_400(engine_url: str, fields: dict[str, str | bytes], param: str) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value, filename="a.jsonl" if name == "file" else None)
    assert (await refusal(engine_url, "POST", "/files", 400, data=form))["param"] == param


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nunfinished"),
    ],
)
async def test_broken_uploads_are_400(engine_url: str, kind: str, body: bytes) -> None:
    await refusal(engine_url, "POST", "/files", 400, data=body, headers={"Content-Type": kind})


async def test_a_body_that_is_too_large_is_413(engine_url: str) -> None:
    await refusal(engine_url, "POST", CHAT, 413, data=io.BytesIO(b" " * (33 * 1024 * 1024)))
