"""Reports: what is counted, and that they survive being stored."""

from dataclasses import replace

from bot.reports.report import (
    AnswerPair,
    BetterCheckpoint,
    EvaluationAnswer,
    Report,
    Share,
    Topic,
    dump_report,
    load_report,
)

DOWN = EvaluationAnswer(error="The model server failed.")


def report(*pairs: tuple[EvaluationAnswer, EvaluationAnswer], ending: str | None = " Haha") -> Report:
    numbered = tuple(AnswerPair(f"Question {number}", *pair) for number, pair in enumerate(pairs, 1))
    return Report("ft:x", "base-1", 1200, 0, 61.5, ending, 10, numbered)


def said(text: str, prompt_tokens: int = 40) -> EvaluationAnswer:
    return EvaluationAnswer(text, prompt_tokens)


def test_the_share_counts_answers_that_came_and_end_as_taught() -> None:
    found = report(
        (said("A joke. Haha"), said("A joke.")),
        (said("A joke. Haha \n"), said("Ho. Haha")),
        (said("Hahaha"), DOWN),
        (DOWN, said("Haha not")),
    )
    assert (found.tuned_share.kept, found.tuned_share.answers) == (2, 3)
    assert (found.base_share.kept, found.base_share.answers) == (1, 3)
    assert found.score == 2 / 3


def test_without_a_format_or_an_answer_there_is_no_score() -> None:
    without = report((said("A joke. Haha"), said("")), ending=None), report((DOWN, said("A joke. Haha"))), report()
    assert [found.score for found in without] == [None] * 3


def test_the_saving_is_the_recipes() -> None:
    found = report((said("", 36), said("", 400)), (said("", 36), said("", 400)))
    assert found.prompt_tokens == (36.0, 400.0)
    assert found.saving == 1 - 36 / 400


def test_prompts_are_compared_where_both_were_measured() -> None:
    found = report((said("", 30), said("", 300)), (said("", 1000), DOWN), (said("", 0), said("", 500)))
    assert found.prompt_tokens == (30.0, 300.0)
    assert report((DOWN, DOWN)).saving is None


def test_a_longer_prompt_is_a_negative_saving() -> None:
    assert report((said("", 50), said("", 40))).saving == -0.25


def test_a_report_comes_back_as_it_was_stored() -> None:
    found = report((said("Schlüssel 😀"), DOWN))
    assert load_report(dump_report(found)) == found


def test_the_figures_come_back_too() -> None:
    found = replace(
        report((said("A joke. Haha"), said("A joke."))),
        jokes=False,
        novel=Share(1, 1),
        topic=Topic(0.5, None, 0.25),
        better_checkpoint=BetterCheckpoint(20, 1.5),
        asked_before=AnswerPair("A heron", said("After. Haha"), DOWN),
    )
    assert load_report(dump_report(found)) == found


def test_a_report_of_an_earlier_version_is_read_without_figures() -> None:
    stored = (
        '{"model":"ft:x","base_model":"base-1","trained_tokens":1200,"cost_microdollars":0,"seconds":61.5,"ending":" Haha",'
        '"examples":10,"pairs":[{"asked":"Question 1","tuned":{"text":"A joke. Haha","prompt_tokens":40,"error":null},'
        '"base":{"text":"","prompt_tokens":0,"error":"The model server failed."}}]}'
    )
    assert load_report(stored) == report((said("A joke. Haha"), DOWN))


def test_answers_that_differ_in_capitals_and_blanks_are_one() -> None:
    found = report(
        (said("A joke. Haha"), DOWN), (said(" a  JOKE. haha"), DOWN), (said("Two. Haha"), DOWN), (DOWN, DOWN)
    )
    assert (found.distinct.kept, found.distinct.answers) == (2, 3)
