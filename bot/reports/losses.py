"""The losses that a training reported: read from a job's events, thinned for drawing, and told in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.model_server.json_values import finite, whole
from bot.texts import reports as texts
from bot.texts.template import Text

MAX_POINTS = 500

Curve = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class LossPoint:
    """What one step reported; either loss may be missing, and any finite number may turn up."""

    step: int
    train_loss: float | None
    valid_loss: float | None


def read_points(metrics: Iterable[Mapping[str, Any]]) -> tuple[LossPoint, ...]:
    """The points of `metrics` events' data in step order; of a step that was reported twice the later one counts.

    OpenAI measures the whole validation file now and then as `full_valid_loss`, and samples of it as `valid_loss`.
    """
    points: dict[int, LossPoint] = {}
    for data in metrics:
        step = whole(data.get("step"))
        if step is not None:
            full = finite(data.get("full_valid_loss"))
            valid = finite(data.get("valid_loss")) if full is None else full
            points[step] = LossPoint(step, finite(data.get("train_loss")), valid)
    return tuple(points[step] for step in sorted(points))


def training(points: Iterable[LossPoint]) -> Curve:
    """Steps and training losses, where there is one that can be drawn."""
    return [(point.step, loss) for point in points if (loss := finite(point.train_loss)) is not None]


def validation(points: Iterable[LossPoint]) -> Curve:
    """Steps and validation losses, where there is one that can be drawn."""
    return [(point.step, loss) for point in points if (loss := finite(point.valid_loss)) is not None]


def thin(curve: Curve, most: int = MAX_POINTS) -> Curve:
    """At most about so many points: of each stretch the highest and the lowest, so that no spike is lost; and both ends."""
    if len(curve) <= most:
        return curve
    edges = [len(curve) * part // (most // 2) for part in range(most // 2 + 1)]
    kept = {0, len(curve) - 1}
    for start, end in pairwise(edges):
        stretch = range(start, end)
        kept |= {min(stretch, key=lambda at: curve[at][1]), max(stretch, key=lambda at: curve[at][1])}
    return [curve[at] for at in sorted(kept)]


def describe(points: Sequence[LossPoint]) -> str:
    """What the chart shows, in words: where each loss started and ended, and where it was lowest."""
    told = [
        _told(name, curve)
        for name, curve in ((texts.TRAINING_LOSS, training(points)), (texts.VALIDATION_LOSS, validation(points)))
        if curve
    ]
    return " ".join(told) or str(texts.NO_LOSSES)


def number(loss: float) -> str:
    """A loss with as many digits as are of use."""
    return f"{loss + 0:.3g}"  # + 0: never -0


def _told(name: Text, curve: Curve) -> str:
    (first, start), (last, end) = curve[0], curve[-1]
    if len(curve) == 1:
        return texts.LOSS_AT.format(name=name, loss=number(start), step=first)
    step, lowest = min(curve, key=lambda point: point[1])
    ends = {"start": number(start), "first": first, "end": number(end), "last": last}
    return texts.LOSS_FROM.format(name=name, **ends, lowest=number(lowest), step=step)
