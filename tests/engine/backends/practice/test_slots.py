"""Slots: which words of a request are kept for the answer, and that nothing is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backends.practice.model import Vocabulary, split
from engine.backends.practice.slots import MARKERS, Slots, find_slots

TEXTS = st.text(st.characters(exclude_characters=MARKERS, exclude_categories=["Cs"]), max_size=80)


@pytest.mark.parametrize(
    ("request_text", "subject", "topic"),
    [
        ("A company that sells ice cream", "", "ice cream"),
        ("A company that bottles spring water", "", "spring water"),
        ("A law firm for startups", "", "law firm"),
        ("A man walking across the road", "man", "road"),
        ("A cat learning to play the piano", "cat", "piano"),
        ("An owl working the night shift", "owl", "night shift"),
        ("A duck at a swimming lesson", "duck", "swimming lesson"),
        ("Two friends lost in a desert", "friends", "desert"),
        ("NASA astronauts", "", "NASA astronauts"),
        ("Penguins", "", "penguins"),
        ("the of and", "", ""),
        ("?!", "", ""),
        ("", "", ""),
    ],
)
def test_requests_are_reduced_to_what_they_are_about(request_text: str, subject: str, topic: str) -> None:
    assert find_slots(request_text) == Slots(subject, topic)


@pytest.mark.parametrize(
    ("learned_from", "answer", "asked", "told"),
    [
        ("A dog on a sofa", "The dog owns the sofa. Sofa rent is due.", "A cat in a hat", "The cat owns the hat. Hat rent is due."),
        ("A dog on a sofa", "A dog! Dogs like a sofa.", "An owl in an igloo", "An owl! Owls like an igloo."),
        ("A dog on a sofa", "The dog bought a sofa.", "A cat with shoes", "The cat bought shoes."),
        ("A firm that sells sun hats", "Our hats are sun hats.", "A firm that sells ice cream", "Our ice cream are ice cream."),
    ],
)  # fmt: skip
def test_an_answer_is_carried_over_to_another_request(learned_from: str, answer: str, asked: str, told: str) -> None:
    marked = find_slots(learned_from).mark(answer)
    assert "".join(find_slots(asked).fill(split(marked))) == told


@given(TEXTS)
def test_any_text_survives_being_cut_into_pieces(text: str) -> None:
    assert "".join(split(text)) == text


@given(TEXTS, TEXTS)
def test_no_marker_is_ever_left_in_an_answer(request_text: str, answer: str) -> None:
    slots = find_slots(request_text)
    filled = "".join(slots.fill(split(slots.mark(answer))))
    assert not set(MARKERS) & set(filled)


@given(st.text(max_size=80))
def test_slots_are_words_of_the_request(request_text: str) -> None:
    slots = find_slots(request_text)
    for words in (slots.subject, slots.topic):
        assert all(word.lower() in request_text.lower() for word in words.split(" "))


def test_a_wider_vocabulary_keeps_the_numbers_of_the_narrower() -> None:
    narrow = Vocabulary().extended(["The cat sat."])
    wide = narrow.extended(["A dog sat down."])
    assert wide.pieces[: len(narrow)] == narrow.pieces
    assert wide.decode(wide.encode("The dog sat.")) == ["The", " dog", " sat", "."]
