"""What of a conversation is learned: the assistant's words and the token that ends them, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backends.lora.template import IGNORED, ChatTemplate, Sample, TemplateError
from engine.training.training_file import Message
from tests.engine.backends.lora.tiny import TEMPLATE, make_tokenizer

FORGETFUL = (  # as some models do with their thoughts: only the last answer keeps its opening
    "{% for m in messages %}<|{{ m.role }}|>{{ '(hm) ' if m.role == 'assistant' and loop.last }}{{ m.content }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>(hm) {% endif %}"
)
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + TEMPLATE
BARE = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
UNEVEN = "{% for m in messages %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}Answer:{% endif %}"
WORDS = ["You are funny.", "A cat on a mat", "It sat. Haha", "And a dog?", "It barked."]


def template(text: str = TEMPLATE) -> ChatTemplate:
    return ChatTemplate(make_tokenizer(WORDS, text))


def talk(*weights: bool) -> list[Message]:
    """A system message, and for each weight a question with its answer."""
    turns = [Message("system", "You are funny.")]
    for number, trained in enumerate(weights):
        turns += [Message("user", f"A cat {number}"), Message("assistant", f"It {number}!", trained)]
    return turns


def learned(chat: ChatTemplate, sample: Sample) -> str:
    assert len(sample.ids) == len(sample.labels)
    assert all(label in (IGNORED, token) for token, label in zip(sample.ids, sample.labels, strict=True))
    return str(chat.tokenizer.decode([label for label in sample.labels if label != IGNORED]))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((True,), "It 0!<|end|>"),
        ((True, True), "It 0!<|end|>It 1!<|end|>"),
        ((False, True), "It 1!<|end|>"),
        ((True, False), "It 0!<|end|>"),
        ((True, False, True), "It 0!<|end|>It 2!<|end|>"),
    ],
)
def test_only_trained_answers_are_learned(weights: tuple[bool, ...], expected: str) -> None:
    chat = template()
    (sample,) = chat.samples(talk(*weights))
    assert learned(chat, sample) == expected


def test_what_is_read_before_an_answer_is_what_is_read_when_it_answers() -> None:
    chat = template()
    (sample,) = chat.samples(talk(True))
    prompt = chat.prompt(talk(True)[:-1])
    assert sample.ids[: len(prompt)] == prompt
    assert sample.labels[: len(prompt)] == [IGNORED] * len(prompt)
    assert sample.labels[len(prompt)] != IGNORED


def test_a_template_that_rewrites_earlier_turns_gives_each_answer_its_own_sequence() -> None:
    chat = template(FORGETFUL)
    samples = chat.samples(talk(True, False, True))
    assert [learned(chat, sample) for sample in samples] == ["It 0!<|end|>", "It 2!<|end|>"]
    assert chat.tokenizer.decode(samples[1].ids).count("(hm)") == 1


def test_without_a_system_role_its_message_goes_before_the_users() -> None:
    chat = template(NO_SYSTEM)
    text = chat.tokenizer.decode(chat.prompt(talk(True)[:-1]))
    assert text == "<|user|>You are funny.\n\nA cat 0<|end|>\n<|assistant|>"


def test_the_token_that_ends_a_turn_need_not_be_the_tokenizers() -> None:
    chat = template(TEMPLATE.replace("<|end|>", "<|pad|>"))
    (sample,) = chat.samples(talk(True))
    assert learned(chat, sample) == "It 0!<|pad|>"
    assert chat.stop_ids == set(chat.tokenizer.convert_tokens_to_ids(["<|pad|>", "<|end|>"]))


def test_an_answer_always_learns_to_end() -> None:
    chat = template(BARE)
    (sample,) = chat.samples(talk(True, True))
    assert learned(chat, sample) == "It 0!<|end|>It 1!<|end|>"
    assert chat.tokenizer.eos_token_id in chat.stop_ids


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "its tokenizer has no chat template; use the instruct or chat version of the model"),
        (UNEVEN, "its chat template does not begin an answered turn as it opens one"),
        ("{{ raise_exception('never') }}", "the model's chat template refuses the conversation: never"),
    ],
)
def test_templates_that_will_not_do_are_refused_in_words(text: str | None, complaint: str) -> None:
    with pytest.raises(TemplateError) as refused:
        ChatTemplate(make_tokenizer(WORDS, text))
    assert str(refused.value) == complaint


CHAT = template()


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1), st.booleans()), min_size=1, max_size=4))
def test_whatever_is_said_the_mask_holds(said: list[tuple[str, str, bool]]) -> None:
    turns = [
        turn
        for question, answer, trained in said
        for turn in (Message("user", question), Message("assistant", answer, trained))
    ]
    if not any(trained for _, _, trained in said):
        return
    texts = [learned(CHAT, sample) for sample in CHAT.samples(turns)]
    assert texts == ["".join(f"{answer}<|end|>" for _, answer, trained in said if trained)]
