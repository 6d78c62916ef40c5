"""Every code gets a sentence on what to do, unless its own message already has one."""

import pytest

from bot.finetuning.failures import ADVICE, MODERATED, UNKNOWN, advice


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_n_examples", "at least ten examples"),
        ("invalid_training_file", "/dataset upload"),
        ("exceeded_quota", "top up the account"),
        ("insufficient_quota", "top up the account"),
        ("server_error", "Nothing is wrong with your dataset"),
        ("job_not_found", "Launch it again"),
    ],
)
def test_a_known_code_says_what_to_do(code: str, words: str) -> None:
    assert words in advice(code)


@pytest.mark.parametrize("code", ["training_not_available", "not_confirmed"])
def test_where_the_bots_own_message_says_it_all_nothing_is_added(code: str) -> None:
    assert advice(code) == ""


def test_a_moderation_block_is_known_by_its_words_too() -> None:
    assert advice("model_blocked", "The job failed a moderation check.") == MODERATED
    assert advice("moderation_failed") == MODERATED


@pytest.mark.parametrize("code", [None, "", "a_new_word"])
def test_an_unknown_code_says_whom_to_ask(code: str | None) -> None:
    assert advice(code, "Something.") == UNKNOWN


def test_every_advice_is_a_sentence() -> None:
    assert [text for text in ADVICE.values() if text and not text.endswith(".")] == []
