"""A report's days as a picture: `sketch` is for the bot, `python -m bot.metering.usage_chart` draws it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict

from bot.drawing import ORANGE, Sketch, main, picture
from bot.metering.usage import UsageReport
from bot.prices import in_dollars
from bot.texts import usage as texts
from bot.texts.template import Sentence, in_english

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_INCHES = 2.3
MOST_DAYS = 92  # beyond that, months are drawn
NANODOLLARS = 10**9  # in a dollar


class Bars(TypedDict):
    """All that is drawn: a bar for each day or month of the period. Money is in billionths of a dollar."""

    names: list[str]
    values: list[int]
    axis: str
    money: bool


@dataclass(frozen=True)
class Drawn:
    """The bars, and what they show in words."""

    bars: Bars
    said: Sentence


def drawn(report: UsageReport) -> Drawn | None:
    """Costs by day or month if all are known, else requests; None where there is no second day to compare with."""
    if not report.days or report.first == report.last:
        return None
    money = report.total.cost_nanodollars > 0 and not report.total.unpriced
    monthly = (report.last - report.first).days >= MOST_DAYS
    length = len("2026-11") if monthly else len("2026-11-22")
    counted, bounds = Counter[str](), Counter[str]()
    for day in report.days:
        counted[day.name[:length]] += day.sum.cost_nanodollars if money else day.sum.requests
        bounds[day.name[:length]] += day.sum.bound_nanodollars if money else 0
    names = list(dict.fromkeys(day[:length] for day in _days(report.first, report.last)))
    values = [counted[name] for name in names]
    best = names[values.index(max(values))]
    amount = f"${in_dollars(counted[best])}" if money else f"{counted[best]:,}"
    most = texts.UP_TO.of(amount=amount) if bounds[best] else amount
    said = texts.DRAWN[money, monthly].of(first=names[0], last=names[-1], day=best, most=most)
    return Drawn(Bars(names=names, values=values, axis=in_english(texts.AXES[money, monthly]), money=money), said)


def sketch(found: Drawn) -> Sketch:
    """The picture of these bars, for the current language."""
    return Sketch("bot.metering.usage_chart", found.bars, str(found.said))


def draw(bars: Bars) -> bytes:
    """The PNG. Blocking, and slow at first."""
    values = [value / NANODOLLARS if bars["money"] else value for value in bars["values"]]

    def plot(axes: "Axes") -> None:
        from matplotlib.ticker import EngFormatter, FuncFormatter, MaxNLocator  # noqa: PLC0415  # so that the bot itself never loads it

        axes.bar(range(len(values)), values, width=0.86, color=ORANGE)
        ticks = sorted({0, (len(values) - 1) // 2, len(values) - 1})
        labels = axes.set_xticks(ticks, [bars["names"][tick] for tick in ticks])
        labels[0].label1.set_horizontalalignment("left")
        labels[-1].label1.set_horizontalalignment("right")
        axes.set_xlim(-0.5, len(values) - 0.5)
        axes.set_ylabel(bars["axis"])
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=not bars["money"]))
        axes.yaxis.set_major_formatter(FuncFormatter(_dollars) if bars["money"] else EngFormatter(sep=""))
        axes.grid(visible=False, axis="x")

    return picture(HEIGHT_INCHES, plot)


def _dollars(amount: float, _position: int | None) -> str:
    return f"${amount:.9f}".rstrip("0").rstrip(".")


def _days(first: date, last: date) -> list[str]:
    return [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]


if __name__ == "__main__":
    main(draw)
