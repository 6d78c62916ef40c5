"""Records what each request to a model costs: an upper bound before it is sent, the real cost afterwards."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.command_log import count_tokens
from bot.errors import (
    CircuitOpenError,
    ModelServerError,
    NotConnectedError,
    ServerNonsenseError,
    ServerUnreachableError,
    UnreadableAnswerError,
)
from bot.limits.allowance import Allowance
from bot.llm.chat import ChatRequest
from bot.prices import Prices, ServerPrices
from bot.request import current_request
from bot.store.database import Database
from bot.store.usage import Usage, UsageStore
from bot.tokens import NO_TOKENS, Tokens

log = logging.getLogger(__name__)

# A chat template adds some tokens to each message, and a server may count an answer's tokens that nobody sees.
TEMPLATE_TOKENS, UNLIMITED_ANSWER_TOKENS = 16, 2000
# After these the server may have worked, and may send a bill.
MAY_HAVE_COST = (ServerUnreachableError, ServerNonsenseError)


@dataclass(frozen=True)
class Charge:
    """Whom a request to a model is charged to, and what it is for (`kind`: joke, slogan, ask, compare, similarity, evaluation …)."""

    guild_id: int
    user_id: int
    kind: str


@dataclass(frozen=True)
class Entry:
    """A row of the ledger under way. `prices` are those of its server, None where nobody sends a bill.
    `bounded`: a budget in money counts on it that the answer has no more tokens than the upper bound."""

    id: int
    usage: Usage
    prices: Prices | None
    embedding: bool = False
    bounded: bool = False


class Ledger:
    """Opens a row for each request, and settles it. Until then the row holds an upper bound, so that no cost is lost in a crash."""

    def __init__(
        self, database: Database, store: UsageStore, allowance: Allowance, prices: ServerPrices, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._allowance = allowance
        self._prices = prices
        self._clock = clock

    async def open_chat(self, charge: Charge, request: ChatRequest) -> Entry:
        """The row of a chat that is about to be sent. Raises `LimitError` and `DatabaseBusyError`: then nothing may be sent."""
        prices = self._prices.training if request.fine_tuned else self._prices.chat
        return await self._open(charge, request.model, _most_tokens(request), prices)

    async def open_embeddings(self, charge: Charge, model: str, texts: Sequence[str]) -> Entry:
        """The row of texts that are about to be embedded. Raises `LimitError` and `DatabaseBusyError`."""
        most = Tokens(sum(_most_in(text) for text in texts))
        return await self._open(charge, model, most, self._prices.chat, embedding=True)

    async def settle(self, entry: Entry, model: str, tokens: Tokens, latency_ms: float) -> None:
        """The request was answered. Never raises: what is paid for is shown, whatever the ledger can take."""
        usage = replace(_priced(entry, model, tokens), latency_ms=latency_ms, outcome="answered")
        await self._write(entry, usage)

    async def fail(self, entry: Entry, error: ModelServerError, latency_ms: float) -> None:
        """The request failed; it stays open where nobody knows whether the server worked, and goes if it was held back. Never raises."""
        if isinstance(error, CircuitOpenError):
            await self.drop(entry)
            return
        usage = entry.usage
        if isinstance(error, UnreadableAnswerError):
            usage = replace(_priced(entry, usage.model, error.tokens), outcome="failed")
        elif not may_have_cost(error):
            usage = replace(_priced(entry, usage.model, NO_TOKENS), outcome="failed")
        await self._write(entry, replace(usage, latency_ms=latency_ms, error=type(error).__name__))

    async def drop(self, entry: Entry) -> None:
        """Nothing was sent. Never raises."""
        try:
            await self._store.remove(entry.id)
        except Exception:
            log.exception("An unused row of the ledger stays: %d", entry.id)

    async def list(self, guild_id: int, kind: str, ids: Sequence[int]) -> tuple[Usage, ...]:
        """The guild's rows of this kind among these, oldest first."""
        return await self._store.list(guild_id, kind, ids)

    async def _open(
        self, charge: Charge, model: str, most: Tokens, prices: Prices | None, *, embedding: bool = False
    ) -> Entry:
        request = current_request()
        usage = Usage(
            guild_id=charge.guild_id,
            user_id=charge.user_id,
            kind=charge.kind,
            command=request.command if request else charge.kind,
            model=model,
            prompt_tokens=most.prompt,
            completion_tokens=most.completion,
            latency_ms=0,
            created_at=self._clock(),
            priced_on=prices.read_on if prices else None,
            outcome="unknown",
            interaction_id=request.id if request else None,
        )
        entry = Entry(0, usage, prices, embedding)
        entry = replace(entry, usage=_priced(entry, model, most))
        return await self._reserve(entry)

    async def _reserve(self, entry: Entry) -> Entry:
        limits = await self._allowance.limits_for(entry.usage)
        if limits is None:
            return replace(entry, id=await self._store.add(entry.usage))
        async with self._database.transaction():  # in which nobody else reserves anything
            await self._allowance.refuse_over(limits, entry.usage)
            number = await self._store.add(entry.usage)
        return replace(entry, id=number, bounded=limits.in_money and entry.usage.cost_nanodollars != 0)

    async def _write(self, entry: Entry, usage: Usage) -> None:
        if usage.outcome != "unknown":
            count_tokens(usage.prompt_tokens, usage.completion_tokens)
        try:
            await self._store.settle(entry.id, usage)
        except Exception:
            log.exception(
                "The ledger's row %d could not be settled: %s, %d tokens.",
                entry.id,
                usage.outcome,
                usage.prompt_tokens + usage.completion_tokens,
            )


def may_have_cost(error: BaseException) -> bool:
    """Whether the server may have worked, and may send a bill; also where the request was cancelled on its way."""
    if not isinstance(error, ModelServerError):
        return True
    return isinstance(error, MAY_HAVE_COST) and not isinstance(error, NotConnectedError)


def _priced(entry: Entry, model: str, tokens: Tokens) -> Usage:
    return replace(
        entry.usage,
        model=model,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        cached_tokens=tokens.cached,
        cost_nanodollars=_cost(entry, model, tokens),
    )


def _cost(entry: Entry, model: str, tokens: Tokens) -> int | None:
    if entry.prices is None:
        return 0
    price = entry.prices.embedding_nanodollars if entry.embedding else entry.prices.chat_nanodollars
    known = price(model, tokens)
    return price(entry.usage.model, tokens) if known is None else known


def _most_tokens(request: ChatRequest) -> Tokens:
    """No tokenizer in use makes more tokens of a text than it has bytes."""
    prompt = sum(_most_in(message.content) + TEMPLATE_TOKENS for message in request.messages)
    prompt += sum(_most_in(str(function.tool())) for function in request.functions)
    return Tokens(prompt, (request.max_tokens or UNLIMITED_ANSWER_TOKENS) * request.n)


def _most_in(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
