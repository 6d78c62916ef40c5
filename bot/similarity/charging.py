"""What one call for vectors is charged: what was answered by its tokens, and what may have been lost on its way by an upper bound."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import ModelServerError, UnreadableAnswerError
from bot.metering.ledger import Charge, Entry, Ledger, may_have_cost
from bot.similarity.batches import Answered
from bot.tokens import Tokens

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """How the texts ended that a call asked for itself; those that others had asked for are theirs to pay."""

    answers: Sequence[Answered]
    failures: Mapping[str, BaseException]

    @classmethod
    def of(cls, futures: Mapping[str, "asyncio.Future[Answered]"]) -> "Asked":
        """All of them are done."""
        failures = {text: error for text, future in futures.items() if (error := failure_of(future))}
        return cls([future.result() for text, future in futures.items() if text not in failures], failures)

    @property
    def tokens(self) -> Tokens:
        """What the server counted, also for vectors that cannot be used."""
        useless = [error.tokens.prompt for error in self.failures.values() if isinstance(error, UnreadableAnswerError)]
        return Tokens(sum(answer.tokens for answer in self.answers) + sum(useless))

    @property
    def lost(self) -> Mapping[str, BaseException]:
        """Texts of which nobody knows whether the server worked on them."""
        counted = UnreadableAnswerError
        return {
            text: error
            for text, error in self.failures.items()
            if may_have_cost(error) and not isinstance(error, counted)
        }


async def charge_for(ledger: Ledger, entry: Entry, charge: Charge, model: str, asked: Asked) -> None:
    """Settle the call's row. Texts that were lost beside others that were answered get a row of their own. Never raises."""
    first = next(iter((asked.lost or asked.failures).values()), None)
    if not asked.answers:
        await _fail(ledger, entry, first, asked)
        return
    if first is not None and asked.lost:
        try:
            of_lost = await ledger.open_embeddings(charge, model, list(asked.lost))
        except Exception:
            log.exception("The ledger's row %d stays at its upper bound.", entry.id)
            return
        await _fail(ledger, of_lost, first, asked)
    await ledger.settle(entry, model, asked.tokens, max(answer.latency_ms for answer in asked.answers))


async def _fail(ledger: Ledger, entry: Entry, error: BaseException | None, asked: Asked) -> None:
    if error is None:
        await ledger.drop(entry)  # others had asked for all of them
    elif isinstance(error, UnreadableAnswerError):
        await ledger.fail(entry, UnreadableAnswerError(error.template, tokens=asked.tokens), 0.0)
    elif isinstance(error, ModelServerError):
        await ledger.fail(entry, error, 0.0)


def failure_of(future: "asyncio.Future[Answered]") -> BaseException | None:
    """Why there is no vector, if there is none."""
    return asyncio.CancelledError() if future.cancelled() else future.exception()
