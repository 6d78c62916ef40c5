"""The one sentence on top of a report: chosen by the figures, the worst fault first."""

from dataclasses import replace

import pytest

from bot.reports.report import AnswerPair, EvaluationAnswer, Report, Share, Topic
from bot.reports.verdict import verdict


def answered(*texts: str, ending: str | None = " Haha") -> Report:
    """Answers of a tuned model, all of them new and on topic."""
    base = EvaluationAnswer("A pun.", 400)
    pairs = tuple(AnswerPair(f"{place}", EvaluationAnswer(text, 40), base) for place, text in enumerate(texts))
    novel, topic = Share(len(texts), len(texts)), Topic(0.6, 0.6, 0.25)
    return Report("ft:x", "base-1", 1200, 0, 61.5, ending, 10, pairs, novel=novel, topic=topic)


GOOD = answered(*(f"Joke {number}. Haha" for number in range(10)))
SAME = answered(*["One joke. Haha"] * 6, *(f"Joke {number}. Haha" for number in range(4)))
PLAIN = answered(*(f"Joke {number}." for number in range(10)))


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (GOOD, "New jokes, on topic, in your style."),
        (replace(GOOD, jokes=False), "New answers, on topic, in your style."),
        (replace(GOOD, jokes=False, kind="slogan"), "New slogans, on topic, in your style."),
        (replace(GOOD, topic=None), "New jokes, in your style."),
        (replace(GOOD, ending=None), "New jokes, on topic."),
        (replace(GOOD, ending=None, topic=None), "New jokes."),
        (replace(GOOD, novel=Share(7, 10)), "New jokes, on topic, in your style."),
        (replace(GOOD, novel=Share(6, 10)), "It repeats its training jokes: train for fewer epochs or add examples."),
        (
            replace(SAME, novel=Share(0, 10), jokes=False),
            "It repeats its training answers: train for fewer epochs or add examples.",
        ),
        (SAME, "New jokes, on topic, in your style."),  # five different ones of ten
        (
            answered(*["One joke. Haha"] * 7, "Two. Haha", "Three. Haha"),
            "Most of its jokes are the same: add more varied examples.",
        ),
        (PLAIN, "Its jokes are not in your style yet: train for more epochs."),
        (
            replace(GOOD, topic=Topic(0.24, 0.3, 0.25)),
            "Its jokes are off topic: add examples, or tune a larger base model.",
        ),
        (
            replace(GOOD, topic=Topic(0.35, 0.6, 0.25)),
            "Its jokes are off topic: add examples, or tune a larger base model.",
        ),
        (replace(GOOD, topic=Topic(0.36, 0.6, 0.25)), "New jokes, on topic, in your style."),
        (replace(GOOD, topic=Topic(0.26, None, 0.25)), "New jokes, on topic, in your style."),
    ],
)
def test_the_figures_choose_the_sentence(report: Report, sentence: str) -> None:
    assert verdict(report) == sentence


@pytest.mark.parametrize("report", [replace(GOOD, novel=None), replace(answered(), novel=Share(0, 0))])
def test_nothing_is_said_where_nobody_knows_what_is_new(report: Report) -> None:
    assert verdict(report) is None
