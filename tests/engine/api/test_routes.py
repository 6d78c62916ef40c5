"""Every route through the real client, as someone who has never heard of the bot would use it."""

import asyncio

import numpy as np
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionContentPartTextParam, ChatCompletionUserMessageParam

from tests.engine.datasets import training_file

ASK: list[ChatCompletionUserMessageParam] = [{"role": "user", "content": "A company that sells ice cream"}]


async def test_the_built_in_models_are_listed(openai_client: AsyncOpenAI) -> None:
    models = {model.id: model.owned_by async for model in openai_client.models.list()}
    assert models.items() >= {"practice-1": "punchline", "text-embedding-minilm-l6-v2": "punchline"}.items()
    assert (await openai_client.models.retrieve("practice-1")).object == "model"


async def test_built_in_models_cannot_be_deleted(openai_client: AsyncOpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError, match="is built in and cannot be deleted"):
        await openai_client.models.delete("practice-1")


async def test_a_file_lives_from_upload_to_deletion(openai_client: AsyncOpenAI) -> None:
    content = training_file(12) * 3000
    uploaded = await openai_client.files.create(file=("räder 😂.jsonl", content), purpose="fine-tune")
    assert (uploaded.bytes, uploaded.filename, uploaded.purpose) == (len(content), "räder 😂.jsonl", "fine-tune")
    assert await openai_client.files.retrieve(uploaded.id) == uploaded
    assert (await openai_client.files.content(uploaded.id)).content == content
    assert uploaded.id in [stored.id async for stored in openai_client.files.list()]
    assert (await openai_client.files.delete(uploaded.id)).deleted
    with pytest.raises(openai.NotFoundError, match=f"No such File object: {uploaded.id}"):
        await openai_client.files.content(uploaded.id)


async def test_files_are_listed_newest_first_and_page_by_page(openai_client: AsyncOpenAI) -> None:
    made = [await openai_client.files.create(file=b"{}", purpose="fine-tune") for _ in range(3)]
    newest_first = [stored.id async for stored in openai_client.files.list(limit=2, purpose="fine-tune")]
    assert newest_first[:3] == [stored.id for stored in reversed(made)]
    page = await openai_client.files.list(limit=2, after=made[2].id)
    assert [stored.id for stored in page.data] == [made[1].id, made[0].id]
    everything = [stored.id async for stored in openai_client.files.list(limit=2)]
    assert [stored for stored in everything if stored in newest_first] == newest_first
    assert [stored.id async for stored in openai_client.files.list(limit=2, order="asc")] == everything[::-1]
    assert [stored.id async for stored in openai_client.files.list(purpose="batch")] == []


async def test_a_completion_names_what_it_was_asked_about(openai_client: AsyncOpenAI) -> None:
    completion = await openai_client.chat.completions.create(model="practice-1", messages=ASK, n=1, temperature=1)
    (choice,) = completion.choices
    assert choice.finish_reason == "stop"
    assert "ice cream" in (choice.message.content or "").lower()
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == 6 + 3 + 3
    assert completion.usage.total_tokens == 12 + completion.usage.completion_tokens


async def test_several_answers_differ(openai_client: AsyncOpenAI) -> None:
    completion = await openai_client.chat.completions.create(model="practice-1", messages=ASK, n=5)
    assert [choice.index for choice in completion.choices] == [0, 1, 2, 3, 4]
    assert len({choice.message.content for choice in completion.choices}) >= 4


async def test_a_seed_repeats_and_temperature_zero_does_not_vary(openai_client: AsyncOpenAI) -> None:
    async def ask(temperature: float, seed: int | None = None) -> list[str | None]:
        completion = await openai_client.chat.completions.create(
            model="practice-1", messages=ASK, n=3, temperature=temperature, seed=seed
        )
        return [choice.message.content for choice in completion.choices]

    assert await ask(1, seed=7) == await ask(1, seed=7) != await ask(1, seed=8)
    assert len(set(await ask(0) + await ask(0))) == 1


async def test_answers_stop_at_limits_and_stop_sequences(openai_client: AsyncOpenAI) -> None:
    whole = await openai_client.chat.completions.create(model="practice-1", messages=ASK, temperature=0)
    text = whole.choices[0].message.content or ""
    short = await openai_client.chat.completions.create(
        model="practice-1", messages=ASK, temperature=0, max_completion_tokens=2
    )
    assert short.choices[0].finish_reason == "length"
    assert short.usage is not None
    assert short.usage.completion_tokens <= 2
    assert text.startswith(short.choices[0].message.content or "?")
    stopped = await openai_client.chat.completions.create(
        model="practice-1", messages=ASK, temperature=0, stop=[text[4:7]]
    )
    assert stopped.choices[0].message.content == text[: text.find(text[4:7])]
    assert stopped.choices[0].finish_reason == "stop"


async def test_a_stream_adds_up_to_the_whole_answer(openai_client: AsyncOpenAI) -> None:
    whole = await openai_client.chat.completions.create(model="practice-1", messages=ASK, n=2, seed=3)
    texts, reasons, usages = ["", ""], [], []
    async for chunk in await openai_client.chat.completions.create(
        model="practice-1", messages=ASK, n=2, seed=3, stream=True, stream_options={"include_usage": True}
    ):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            reasons += [choice.finish_reason] if choice.finish_reason else []
        usages += [chunk.usage] if chunk.usage else []
    assert texts == [choice.message.content for choice in whole.choices]
    assert reasons == ["stop", "stop"]
    assert usages == [whole.usage]


async def test_embeddings_come_as_base64_and_as_numbers(openai_client: AsyncOpenAI) -> None:
    texts = ["I like apples", "I like bananas"]
    packed = await openai_client.embeddings.create(model="text-embedding-minilm-l6-v2", input=texts)
    plain = await openai_client.embeddings.create(
        model="text-embedding-minilm-l6-v2", input=texts, encoding_format="float"
    )
    first, second = (np.array(item.embedding) for item in packed.data)
    assert round(float(first @ second), 4) == 0.6325
    assert [item.index for item in plain.data] == [0, 1]
    np.testing.assert_allclose(first, plain.data[0].embedding, atol=1e-6)
    assert plain.usage.prompt_tokens == 10


async def test_a_large_batch_keeps_its_order(openai_client: AsyncOpenAI) -> None:
    texts = [f"{n}" for n in range(2048)]
    batch = await openai_client.embeddings.create(model="text-embedding-minilm-l6-v2", input=texts)
    alone = await openai_client.embeddings.create(model="text-embedding-minilm-l6-v2", input=texts[1234])
    assert len(batch.data) == 2048
    np.testing.assert_allclose(batch.data[1234].embedding, alone.data[0].embedding, atol=1e-5)


async def test_chat_does_not_wait_for_embeddings(openai_client: AsyncOpenAI) -> None:
    texts = [f"a sentence about number {n}" for n in range(300)]
    batch = asyncio.create_task(openai_client.embeddings.create(model="text-embedding-minilm-l6-v2", input=texts))
    await openai_client.chat.completions.create(model="practice-1", messages=ASK)
    assert not batch.done()
    assert len((await batch).data) == 300


async def test_message_parts_are_read_as_text(openai_client: AsyncOpenAI) -> None:
    parts: list[ChatCompletionContentPartTextParam] = [
        {"type": "text", "text": "A company that"},
        {"type": "text", "text": " sells ice cream"},
    ]
    whole = await openai_client.chat.completions.create(model="practice-1", messages=ASK, temperature=0)
    split = await openai_client.chat.completions.create(
        model="practice-1",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}],
        temperature=0,
    )
    assert split.choices[0].message.content == whole.choices[0].message.content
