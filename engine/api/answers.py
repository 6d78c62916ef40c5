"""The answers to a chat as they come, each up to its first stop sequence."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from engine.backends.interface import (
    CallPiece,
    FinishReason,
    GenerationChunk,
    GenerationError,
    GenerationRequest,
    TextGenerator,
    TokenLogprob,
    ToolCall,
)


class StopWatch:
    """Lets an answer's text through as it comes, up to its first stop sequence."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._held = ""
        self.stopped = False

    def take(self, text: str) -> str:
        """What of the text so far can be sent: nothing that may turn out to begin a stop sequence."""
        self._held += text
        # The sequence that is complete first; of several that end together, the longest.
        found = [(place + len(stop), place) for stop in self._stops if (place := self._held.find(stop)) >= 0]
        self.stopped = self.stopped or bool(found)
        return self._release(min(found)[1] if found else len(self._held) - self._doubtful())

    def rest(self) -> str:
        return "" if self.stopped else self._release(len(self._held))

    def _doubtful(self) -> int:
        """How long the longest end of the text is with which a stop sequence begins."""
        longest = min(len(self._held), max(map(len, self._stops), default=1) - 1)
        ends = (self._held[-length:] for length in range(longest, 0, -1))
        return next((len(end) for end in ends if any(stop.startswith(end) for stop in self._stops)), 0)

    def _release(self, length: int) -> str:
        released, self._held = self._held[:length], self._held[length:]
        return released


class Answers:
    """The answers to one request. Each has its whole text and its finish reason once `chunks` is through."""

    def __init__(self, generator: TextGenerator, request: GenerationRequest, stops: Sequence[str]) -> None:
        self._generator, self._request = generator, request
        self._watches = [StopWatch(stops) for _ in range(request.sampling.n)]
        self.texts = [""] * request.sampling.n
        self.calls: list[list[ToolCall]] = [[] for _ in range(request.sampling.n)]
        self.finish_reasons: list[FinishReason | None] = [None] * request.sampling.n
        self.prompt_tokens: int | None = None
        self.logprobs: list[list[TokenLogprob]] = [[] for _ in range(request.sampling.n)]

    async def chunks(self) -> AsyncGenerator[GenerationChunk, None]:
        """What can be sent. Ends, and drops the request, when every answer has ended. Raises GenerationError."""
        async with aclosing(self._generator.generate(self._request)) as generated:
            async for chunk in generated:
                self.prompt_tokens = chunk.prompt_tokens or self.prompt_tokens
                if self.finish_reasons[chunk.index] is None and (passed := self._pass(chunk)):
                    yield passed
                if all(self.finish_reasons):
                    return
        raise GenerationError("server_error", "The model stopped in the middle of the answer.")

    def whole(self) -> Iterator[tuple[str, Sequence[ToolCall], FinishReason | None, Sequence[TokenLogprob]]]:
        """Each answer's text, calls, finish reason and tokens."""
        return zip(self.texts, self.calls, self.finish_reasons, self.logprobs, strict=True)

    def written(self) -> list[str]:
        """All texts, and of each call its name and its arguments."""
        return [*self.texts, *[part for calls in self.calls for call in calls for part in (call.name, call.arguments)]]

    def _add(self, calls: list[ToolCall], piece: CallPiece) -> None:
        if piece.index == len(calls):
            calls.append(ToolCall(id=piece.id, name=piece.name, arguments=""))
        calls[piece.index].arguments += piece.arguments

    def _pass(self, chunk: GenerationChunk) -> GenerationChunk | None:
        watch = self._watches[chunk.index]
        text = watch.take(chunk.text) + (watch.rest() if chunk.finish_reason else "")
        reason = "stop" if watch.stopped else chunk.finish_reason
        self.texts[chunk.index] += text
        self.finish_reasons[chunk.index] = reason
        for piece in chunk.calls:
            self._add(self.calls[chunk.index], piece)
        logprobs = () if watch.stopped else chunk.logprobs
        self.logprobs[chunk.index] += logprobs
        passed = GenerationChunk(
            index=chunk.index, text=text, calls=chunk.calls, finish_reason=reason, logprobs=logprobs
        )
        return passed if text or chunk.calls or reason or logprobs else None
