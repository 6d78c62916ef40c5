"""One sentence on what a training achieved, chosen by its figures."""

from collections.abc import Callable

from bot.kinds import SLOGAN
from bot.reports.report import Report, Share
from bot.texts import reports as texts
from bot.texts.template import Text, plain

LEAST_NOVEL, LEAST_DISTINCT, LEAST_IN_FORMAT = 0.7, 0.5, 0.7
LEAST_ON_TOPIC = 0.6  # of the few-shot base's mean


def verdict(report: Report) -> str | None:
    """The sentence; None if novelty could not be measured."""
    if report.novel is None or not report.novel.answers:
        return None
    answers = texts.SLOGANS if report.kind == SLOGAN.name else texts.JOKES if report.jokes else texts.ANSWERS
    fault = next((sentence for is_so, sentence in FAULTS if is_so(report)), None)
    return plain(fault or _praise(report), {"answers": answers})


def _praise(report: Report) -> Text:
    return texts.PRAISE[report.topic is not None, report.score is not None]


def _off_topic(report: Report) -> bool:
    if report.topic is None:
        return False
    return report.topic.tuned < max(report.topic.related_from, LEAST_ON_TOPIC * (report.topic.base or 0))


def _below(share: Share | None, least: float) -> bool:
    return share is not None and share.part is not None and share.part < least


# The worst fault first.
FAULTS: tuple[tuple[Callable[[Report], bool], Text], ...] = (
    (lambda report: _below(report.novel, LEAST_NOVEL), texts.REPEATS_TRAINING),
    (lambda report: _below(report.distinct, LEAST_DISTINCT), texts.REPEATS_ITSELF),
    (lambda report: report.score is not None and report.score < LEAST_IN_FORMAT, texts.NOT_IN_STYLE),
    (_off_topic, texts.OFF_TOPIC),
)
