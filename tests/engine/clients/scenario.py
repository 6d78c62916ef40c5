"""`scenario.py CLIENT URL` in that client's own environment: what every client must be able to do with the engine.

Tune a model on a file, read its events, chat, go on by sending back the message that came, stream, embed. Prints its versions.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from openai import OpenAI

EMBEDDER = "text-embedding-minilm-l6-v2"
DIMENSIONS = 384
FIRST = [{"role": "system", "content": "You are funny."}, {"role": "user", "content": "A cat on a mat"}]
NEXT: Any = {"role": "user", "content": "And a dog on a sofa?"}
LINES = [
    {"messages": [*FIRST[:1], {"role": "user", "content": f"A cat {n}"}, {"role": "assistant", "content": f"It sat {n}. Haha"}]}
    for n in range(12)
]  # fmt: skip


def tuned_by_openai(url: str) -> str:
    client = OpenAI(base_url=url, api_key="none")
    content = "\n".join(map(json.dumps, LINES)).encode()
    uploaded = client.files.create(file=("jokes.jsonl", content), purpose="fine-tune")
    supervised: Any = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 1}}}
    job = client.fine_tuning.jobs.create(model="practice-1", training_file=uploaded.id, method=supervised)
    while job.status not in ("succeeded", "failed", "cancelled"):
        time.sleep(0.2)
        job = client.fine_tuning.jobs.retrieve(job.id)
    assert job.status == "succeeded", job.error
    events = list(client.fine_tuning.jobs.list_events(job.id, limit=3))
    assert events[0].message == "The job has successfully completed"
    assert len(events) == len({event.id for event in events}) > 6
    return job.fine_tuned_model or ""


def use_openai(url: str) -> None:
    client, model = OpenAI(base_url=url, api_key="none"), tuned_by_openai(url)
    messages: list[Any] = [*FIRST]
    message = client.chat.completions.create(model=model, messages=messages).choices[0].message
    assert message.content
    second = client.chat.completions.create(model=model, messages=[*messages, message, NEXT])  # type: ignore[list-item]  # as people do
    assert second.choices[0].message.content
    dumped: Any = message.model_dump()
    assert client.chat.completions.create(model=model, messages=[*messages, dumped, NEXT]).choices
    options: Any = {"include_usage": True}
    chunks = list(client.chat.completions.create(model=model, messages=messages, stream=True, stream_options=options))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].usage
    assert len(client.embeddings.create(model=EMBEDDER, input=["a", "b"]).data[1].embedding) == DIMENSIONS


def use_langchain(url: str) -> None:
    import langchain_openai as langchain  # noqa: PLC0415 - it is only in its own environment

    chat = langchain.ChatOpenAI(model=tuned_by_openai(url), base_url=url, api_key="none")
    answer = chat.invoke(FIRST)
    assert answer.content
    assert chat.invoke([*FIRST, answer, NEXT]).content
    assert "".join(str(chunk.content) for chunk in chat.stream(FIRST))
    embedder = langchain.OpenAIEmbeddings(
        model=EMBEDDER, base_url=url, api_key="none", check_embedding_ctx_length=False
    )
    assert len(embedder.embed_documents(["a", "b"])[1]) == DIMENSIONS


def use_litellm(url: str) -> None:
    import litellm  # noqa: PLC0415 - as above

    server = {"api_base": url, "api_key": "none"}
    model = f"openai/{tuned_by_openai(url)}"
    listed = litellm.list_fine_tuning_jobs(custom_llm_provider="openai", **server)
    assert (
        litellm.retrieve_fine_tuning_job(listed.data[0].id, custom_llm_provider="openai", **server).status
        == "succeeded"
    )
    message = litellm.completion(model=model, messages=FIRST, **server).choices[0].message
    assert message.content
    assert litellm.completion(model=model, messages=[*FIRST, message, NEXT], **server).choices[0].message.content
    assert litellm.completion(model=model, messages=[*FIRST, message.model_dump(), NEXT], **server).choices
    chunks = litellm.completion(model=model, messages=FIRST, stream=True, **server)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    embedded = litellm.embedding(model=f"openai/{EMBEDDER}", input=["a", "b"], **server)
    assert len(embedded.data[1]["embedding"]) == DIMENSIONS


USES: dict[str, Callable[[str], None]] = {
    "openai": use_openai,
    "langchain-openai": use_langchain,
    "litellm": use_litellm,
}

if __name__ == "__main__":
    USES[sys.argv[1]](sys.argv[2])
    print(*(f"{name} {version(name)}" for name in dict.fromkeys([sys.argv[1], "openai"])), sep=", ")  # noqa: T201 - the report
