"""Rows of the ledger as CSV, for spreadsheets."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.metering.periods import Period
from bot.prices import in_dollars
from bot.store.usage import Usage
from bot.store.usage_sums import Place, UsageSums

MAX_ROWS, MAX_BYTES = 100_000, 10_000_000
PAGE = 100  # rows that are written before others have their turn
HEAD = (
    "created_at",
    "member",
    "kind",
    "command",
    "model",
    "outcome",
    "error",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "cost_dollars",
    "priced_on",
    "latency_ms",
)
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads another encoding
FORMULAS, BLANKS = ("=", "+", "-", "@", "＝", "＋", "－", "＠"), ("\t", "\r", "\n")


@dataclass(frozen=True)
class Exported:
    """The file, how many `rows` are in it, and how many older ones did not fit."""

    content: bytes
    rows: int
    left_out: int


class UsageExport:
    """Writes a page at a time, so that nobody waits for it."""

    def __init__(self, sums: UsageSums) -> None:
        self._sums = sums

    async def csv(self, guild_id: int, period: Period, limit_bytes: int) -> Exported:
        """The newest rows of this server, as many as the bounds allow."""
        content = bytearray((BYTE_ORDER_MARK + _line(HEAD)).encode())
        last, rows = None, 0
        async for place, usage in self._rows(guild_id, period):
            line = _line(_cells(usage)).encode()
            if len(content) + len(line) > min(limit_bytes, MAX_BYTES):
                break
            content += line
            last, rows = place, rows + 1
        left_out = await self._sums.count(guild_id, period.since, period.until, last)
        return Exported(bytes(content), rows, left_out)

    async def _rows(self, guild_id: int, period: Period) -> AsyncIterator[tuple[Place, Usage]]:
        last = None
        for _ in range(MAX_ROWS // PAGE):
            page = await self._sums.page(guild_id, period.since, period.until, last, PAGE)
            for row in page:
                yield row
            if len(page) < PAGE:
                return
            last, _ = page[-1]


def _cells(usage: Usage) -> tuple[object, ...]:
    cost = usage.cost_nanodollars
    return (
        usage.created_at.isoformat(),
        f"<@{usage.user_id}>" if usage.user_id else "",  # a bare id loses its last digits in a spreadsheet
        *map(harmless, (usage.kind, usage.command, usage.model, usage.outcome, usage.error or "")),
        usage.prompt_tokens,
        usage.cached_tokens,
        usage.completion_tokens,
        "" if cost is None else in_dollars(cost),
        usage.priced_on or "",
        round(usage.latency_ms, 1),
    )


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(FORMULAS) or text.startswith(BLANKS) else text


def _line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
