"""A model server that fails three times in ten, in every way there is, and notes what each answer is billed."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from tests.wire import replies
from tests.wire.model_answers import completion, embedding, message
from tests.wire.model_server import FakeModelServer
from tests.wire.record import Request
from tests.wire.replies import Ending, Reply
from tests.wire.shapes import Json

HUGE_BYTES = 10_000_000
ENDLESS = "(does not end)"  # and these stand for it, since writing them as JSON each time would stop the whole loopback
ENDLESS_TEXT = b'"%s"' % (b"ha " * (HUGE_BYTES // 3))
ENDLESS_VECTOR = b"[%s0.5]" % (b"0.5," * (HUGE_BYTES // 4))
SECONDS = (0.02, 0.4)  # what a true answer takes
PRICES_TOML = """source = "the model server of the storm"
date = 2026-11-29

[training]
"gpt-4.1-mini" = 5.0

[chat]
"gpt-6-luna" = { in = 0.25, out = 2.0 }
"gpt-4.1-mini" = { in = 0.4, out = 1.6 }
"ft:gpt-4.1-mini" = { in = 0.8, out = 3.2 }

[embedding]
"text-embedding-3-small" = 0.02
"""
# Billionths of a dollar for a token of a prompt and of an answer: the same list, as the server itself reckons.
PRICES = {
    "gpt-6-luna": (250, 2000),
    "gpt-4.1-mini": (400, 1600),
    "ft:gpt-4.1-mini": (800, 3200),
    "text-embedding-3-small": (20, 0),
}


class Fault(Enum):
    """A way to fail."""

    BUSY = "429"
    BUSY_FOR = "429 with Retry-After"
    FAILED = "500"
    RESET = "connection reset"
    STALL = "stall"
    DRIP = "slow drip"
    HTML = "HTML"
    HALF_JSON = "half JSON"
    EMPTY = "empty choices"
    HUGE = "10 MB answer"


FREE = {Fault.BUSY, Fault.BUSY_FOR, Fault.FAILED}  # the server did not work
DECK: tuple[Fault | None, ...] = (*[None] * 70, *[fault for fault in Fault for _ in range(3)])


@dataclass(frozen=True)
class Bill:
    """What one answer costs, in billionths of a dollar; `fault` is what became of it on its way."""

    route: str
    model: str
    nanodollars: int
    fault: Fault | None

    @property
    def told(self) -> bool:
        """Whether the bot can know its tokens: it arrived whole, or at least with its usage."""
        return self.fault is None or (self.fault is Fault.EMPTY and self.route == "chat")


class FaultyModelServer(FakeModelServer):
    """Fails while `failing` is set: each hundred requests get every fault three times, in a shuffled order. While `closed` it refuses all."""

    def __init__(self, *models: str, seed: int = 2026) -> None:
        super().__init__(*models)
        self.failing = False
        self.closed = False
        self.bills: list[Bill] = []
        self.given: Counter[Fault | None] = Counter()
        self._random = random.Random(seed)  # noqa: S311 - an order
        self._deck: list[Fault | None] = []

    def reply_to(self, route: str, call: Request) -> Reply | None:
        scripted = super().reply_to(route, call)
        if scripted is not None or route not in ("chat", "embeddings"):
            return scripted
        if self.closed:
            return replies.error(429)
        true = self._true(route, call.body)
        fault = self._draw() if self.failing else None
        if fault not in FREE:
            self.bills.append(Bill(route, call.body["model"], price(call.body["model"], true["usage"]), fault))
        reply = replies.ok(true) if fault is None else failed(fault, true)
        return reply.after(self._random.uniform(*SECONDS) if self.failing else 0)

    def billed(self, *, told: bool) -> int:
        """The sum of all answers of which the bot can, or cannot, know what they cost."""
        return sum(bill.nanodollars for bill in self.bills if bill.told == told)

    def _true(self, route: str, asked: Json) -> Json:
        if route == "chat":
            return completion(asked, self.say, len(self.history))
        return embedding(asked, self.vector)

    def _draw(self) -> Fault | None:
        if not self._deck:
            self._deck = self._random.sample(DECK, len(DECK))
        fault = self._deck.pop()
        self.given[fault] += 1
        return fault


def price(model: str, usage: Mapping[str, int]) -> int:
    """What an answer with this usage costs, in billionths of a dollar."""
    prompt, answer = next(prices for name, prices in PRICES.items() if model.startswith(name))
    return prompt * usage["prompt_tokens"] + answer * usage.get("completion_tokens", 0)


def failed(fault: Fault, true: Json) -> Reply:
    """The true answer with this fault."""
    whole = replies.ok(true)
    simple: dict[Fault, Reply] = {
        Fault.BUSY: replies.error(429, "Rate limit reached", "rate_limit_exceeded"),
        Fault.BUSY_FOR: replies.error(429, "Rate limit reached", headers={"Retry-After": "2"}),
        Fault.FAILED: replies.error(500),
        Fault.RESET: replies.reset(),
        Fault.STALL: replies.hang(),
        Fault.DRIP: replies.drip(),
        Fault.HTML: replies.html(),
        Fault.HALF_JSON: replace(whole, body=whole.body[: len(whole.body) // 2], ending=Ending.WHOLE),
        Fault.EMPTY: replies.ok({**true, "data": []} if "data" in true else {**true, "choices": []}),
    }
    return simple.get(fault) or huge(true)


def huge(true: Json) -> Reply:
    """The same answer, but the first text or vector does not end for 10 MB."""
    if "data" in true:
        first, *others = true["data"]
        body, endless = {**true, "data": [{**first, "embedding": ENDLESS}, *others]}, ENDLESS_VECTOR
    else:
        first, *others = true["choices"]
        body, endless = {**true, "choices": [{**first, "message": message(ENDLESS)}, *others]}, ENDLESS_TEXT
    whole = replies.ok(body)
    return replace(whole, body=whole.body.replace(f'"{ENDLESS}"'.encode(), endless))
