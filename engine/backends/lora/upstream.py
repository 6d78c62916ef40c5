"""Answers from another server (vLLM) that finds the adapters in the engine's own directory of weights."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from openai.types.chat import ChatCompletionChunk
from pydantic import ValidationError

from engine.backends.lora.protocol import Ask, Telling

_SECONDS = 600


class Upstream:
    """A server that speaks OpenAI's protocol. There the base has the engine's name, an adapter its directory's."""

    def __init__(self, url: str, key: str | None, base: str) -> None:
        """`url` is http(s) and ends in /v1; `base` is the base model's name."""
        self._url, self._base = url.rstrip("/"), base
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    def ask(self, ask: Ask) -> Generator[Telling, None, None]:
        """The answers as they come. Closing the iterator drops the request there, too."""
        request = urllib.request.Request(  # noqa: S310 - the operator's own address, checked to be http(s)
            f"{self._url}/chat/completions", json.dumps(self._body(ask)).encode(), self._headers
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as stream:  # noqa: S310 - as above
                yield from _tellings(stream)
        except urllib.error.HTTPError as error:
            code = "model_not_found" if error.code == 404 else "upstream_error"
            yield Telling(number=0, error=(code, _reason(error)))
        except (OSError, http.client.HTTPException, ValidationError):
            message = f"The server that answers for this model ({self._url}) cannot be reached."
            yield Telling(number=0, error=("upstream_error", message))

    def close(self) -> None:
        """Nothing is kept open."""

    def _body(self, ask: Ask) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": Path(ask.adapter).name if ask.adapter else self._base,
            "messages": [{"role": role, "content": text} for role, text in ask.turns],
            "n": ask.count,
            "temperature": ask.temperature,
            "top_p": ask.top_p,
            "max_completion_tokens": ask.max_tokens,
            "seed": ask.seed,
            "stream": True,
        }
        return {name: value for name, value in body.items() if value is not None}


def _tellings(lines: Iterator[bytes]) -> Iterator[Telling]:
    for line in lines:
        data = line.strip().removeprefix(b"data:").strip()
        if data == b"[DONE]":
            return
        for choice in ChatCompletionChunk.model_validate_json(data).choices if data else ():
            text = choice.delta.content or ""
            finish = choice.finish_reason and ("length" if choice.finish_reason == "length" else "stop")
            yield Telling(number=0, index=choice.index, text=text, finish=finish)


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["error"]["message"])
    except (OSError, ValueError, LookupError, TypeError):
        return f"The server that answers for this model refused: {error.code} {error.reason}."
