"""Calls of functions, read from an answer as it is written."""

import json
import re
from collections.abc import Sequence

from engine.backends.interface import (
    CallPiece,
    FinishReason,
    GenerationChunk,
    GenerationError,
    GenerationRequest,
    TokenLogprob,
)
from engine.backends.llama.grammar import BETWEEN, CLOSING, OPENING, TAG
from engine.protocol.objects import new_id

_LEFT = "The model's answer does not fit the schema: llama.cpp lost its grammar. Try again, or use a simpler schema."
_STRING_OR_BRACE = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}]', re.DOTALL)


class AnswerReader:
    """Splits one answer, written under this backend's grammar, into text and calls."""

    def __init__(self, request: GenerationRequest) -> None:
        self._is_json, self._text = request.answer_schema is not None, ""
        self._must_call = request.tools is not None and request.tools.required
        self._held, self._logprobs = "", list[TokenLogprob]()
        self._is_text, self._name, self._arguments = False, "", ""
        self._calls = 0

    def read(self, chunk: GenerationChunk) -> GenerationChunk:
        """The chunk with calls in place of their text. Raises GenerationError if llama.cpp broke the grammar."""
        self._held += chunk.text
        self._logprobs += chunk.logprobs
        is_undecided = not (self._is_text or self._calls or self._name)
        begins_otherwise = not OPENING.startswith(self._held[: len(OPENING)])
        if self._is_text or (is_undecided and (begins_otherwise or chunk.finish_reason == "stop")):
            return self._as_text(chunk)
        pieces = self._pieces()
        reason: FinishReason | None = chunk.finish_reason
        if reason == "stop":
            self._must(not self._name and not self._held)
            reason = "tool_calls"
        return chunk.model_copy(update={"text": "", "calls": pieces, "logprobs": (), "finish_reason": reason})

    def _as_text(self, chunk: GenerationChunk) -> GenerationChunk:
        self._must(self._is_text or not self._held.startswith(TAG))
        text, self._held, self._is_text = self._held, "", True
        logprobs, self._logprobs = self._logprobs, []
        self._must(not self._must_call)
        if self._is_json:
            self._text += text
            self._must(chunk.finish_reason != "stop" or _is_json(self._text))
        return chunk.model_copy(update={"text": text, "logprobs": logprobs})

    def _pieces(self) -> Sequence[CallPiece]:
        """The parts of calls that are certain by now: complete names, and arguments as they arrive."""
        pieces: list[CallPiece] = []
        while True:
            if not self._name:
                opened = self._held.removeprefix("\n") if self._calls else self._held
                self._must(OPENING.startswith(opened[: len(OPENING)]))
                name, found, rest = opened.removeprefix(OPENING).partition(BETWEEN)
                if not opened.startswith(OPENING) or not found:
                    return pieces
                self._name, self._held = name, rest
                pieces.append(CallPiece(index=self._calls, id=new_id("call_"), name=name))
            end = _end_of_object(self._arguments + self._held) - len(self._arguments) if "}" in self._held else -1
            whole = end >= 0
            more = self._held[:end] if whole else self._held
            self._arguments += more
            self._held = self._held[len(more) :]
            if more:
                pieces.append(CallPiece(index=self._calls, arguments=more))
            if not whole or len(self._held) < len(CLOSING):
                self._must(CLOSING.startswith(self._held))
                return pieces
            self._must(self._held.startswith(CLOSING) and _is_json(self._arguments))
            self._held = self._held.removeprefix(CLOSING)
            self._name, self._arguments, self._calls = "", "", self._calls + 1

    def _must(self, holds: bool) -> None:
        if not holds:
            raise GenerationError("server_error", _LEFT)


def _end_of_object(text: str) -> int:
    """The index after the JSON object that a text starts with; -1 if it is not complete."""
    depth = 0
    for found in _STRING_OR_BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if found.group() == "}" and depth == 0:
            return found.end()
    return -1


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
