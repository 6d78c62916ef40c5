"""What a model writes on scenarios that are in no training file, and how good that is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.engine_client import EngineClient
from benchmarks.report import ROOT
from bot.datasets.near_copies import KnownAnswers
from bot.kinds import JOKE
from bot.model_server.chat import Message
from bot.model_server.sampling import MAX_LINE_TOKENS, SMALL, Sampling

JOKES = ROOT / "data" / "jokes.jsonl"
ENDING = "Haha"


@dataclass(frozen=True)
class Answers:
    """One answer to each scenario: how many end in “Haha”, the share that is novel, the mean cosine of scenario and answer, and the
    mean of words."""

    texts: Sequence[str]
    endings: int
    novel: float
    cosine: float
    words: float


def scenarios() -> list[str]:
    """In no training file."""
    return (ROOT / "data" / "scenarios.txt").read_text(encoding="utf-8").splitlines()


def words(text: str) -> int:
    return len(text.split())


async def answers_of(
    client: EngineClient, model: str, examples: Sequence[Message], seed: int, sampling: Sampling = SMALL
) -> Answers:
    """Ask a model about all scenarios, one after the other."""
    chosen = {"temperature": sampling.temperature, "top_p": sampling.top_p, "max_tokens": MAX_LINE_TOKENS}
    asked, texts = scenarios(), list[str]()
    for number, scenario in enumerate(asked):
        turns = (Message("system", JOKE.system), *examples, Message("user", scenario))
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        texts += await client.texts(model, {"messages": messages, "seed": 1000 * seed + number, **chosen})
    vectors = await client.vectors([*asked, *(text or "-" for text in texts)])
    known = KnownAnswers(json.loads(line)["messages"][-1]["content"] for line in JOKES.read_text("utf-8").splitlines())
    return Answers(
        texts=texts,
        endings=sum(text.rstrip(".! ").endswith(ENDING) for text in texts),
        novel=fmean(not known.has_copy_of(text) for text in texts),
        cosine=fmean(float(vectors[place] @ vectors[place + len(asked)]) for place in range(len(asked))),
        words=fmean(map(words, texts)),
    )
