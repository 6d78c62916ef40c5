"""The built-in model through the real client, as a newcomer meets it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from tests.engine.process import EngineProcess, child_of

MODEL = "smollm2-135m"
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hi"}]


def answer(client: OpenAI, messages: list[ChatCompletionMessageParam] = HELLO, **sampling: object) -> ChatCompletion:
    chosen = {"temperature": 0, "max_tokens": 20, **sampling}
    return client.chat.completions.create(model=MODEL, messages=messages, **chosen)  # type: ignore[call-overload,no-any-return]


def text(completion: ChatCompletion) -> str:
    return completion.choices[0].message.content or ""


def test_a_plain_engine_offers_it_and_says_how_large_it_is(client: OpenAI) -> None:
    listed = {model.id: model.to_dict() for model in client.models.list()}
    assert next(iter(listed)) == MODEL
    assert listed[MODEL]["meta"]["n_params"] == 134_515_008  # type: ignore[index]
    assert client.models.retrieve(MODEL).to_dict()["meta"] == listed[MODEL]["meta"]


def test_the_system_message_and_earlier_turns_are_read(client: OpenAI) -> None:
    shown: list[ChatCompletionMessageParam] = [{"role": "developer", "content": "You answer with one word."}]
    for asked, answered in (("apple", "APPLE"), ("pear", "PEAR"), ("plum", "PLUM")):
        shown += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    completion = answer(client, [*shown, {"role": "user", "content": "grape"}])
    assert text(completion).upper() == "GRAPE"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage
    assert completion.usage.prompt_tokens == 66, "every turn, in the model's own template"


def test_a_seed_repeats_an_answer_and_another_changes_it(client: OpenAI) -> None:
    drawn = [text(answer(client, temperature=1, seed=seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_stream_brings_each_word_as_it_is_written(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model=MODEL, messages=HELLO, temperature=0, max_tokens=20, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert len(pieces) > 5
    assert "".join(pieces) == text(answer(client))
    assert chunks[-1].usage == answer(client).usage


def test_usage_counts_the_tokens_that_the_model_read_and_wrote(client: OpenAI) -> None:
    completion = answer(client, logprobs=True)
    assert completion.usage
    assert completion.choices[0].logprobs
    assert completion.usage.prompt_tokens == 31, "with the template's own and the system message that it puts first"
    assert completion.usage.completion_tokens == len(completion.choices[0].logprobs.content or ())


def test_probabilities_are_those_of_the_words_written(client: OpenAI) -> None:
    told = answer(client, logprobs=True).choices[0]
    assert told.logprobs
    tokens = told.logprobs.content or []
    assert "".join(token.token for token in tokens) == told.message.content
    assert all(-20 < token.logprob <= 0 for token in tokens)


def test_several_answers_differ_and_each_ends(client: OpenAI) -> None:
    completion = answer(client, n=4, temperature=1, seed=3)
    assert [choice.index for choice in completion.choices] == [0, 1, 2, 3]
    assert len({choice.message.content for choice in completion.choices}) == 4


def test_a_stop_sequence_ends_the_answer_before_it(client: OpenAI) -> None:
    assert text(answer(client, stop=" can")) == text(answer(client)).partition(" can")[0]


def test_an_answer_that_meets_its_limit_says_so(client: OpenAI) -> None:
    assert answer(client, max_tokens=2).choices[0].finish_reason == "length"


def test_a_prompt_beyond_the_context_is_refused_in_tokens(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        answer(client, [{"role": "user", "content": "word " * 9000}])
    assert refused.value.code == "context_length_exceeded"
    assert "maximum context length is 4096 tokens. However, your messages resulted in 9031 tokens." in str(
        refused.value
    )


def test_many_at_once_are_all_answered(client: OpenAI) -> None:
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda number: text(answer(client, max_tokens=5, seed=number)), range(20)))
    assert all(answers)


def test_the_server_is_started_again_where_it_was_killed(client: OpenAI, smollm2_engine: EngineProcess) -> None:
    stream = client.chat.completions.create(model=MODEL, messages=HELLO, stream=True, max_tokens=500, temperature=1.5)
    next(stream)
    os.kill(child_of(smollm2_engine, "llama.server"), signal.SIGKILL)
    with pytest.raises(openai.APIError, match="ended in the middle of the answer"):
        list(stream)
    assert text(answer(client)).startswith("Hello!")
