"""Which epochs, learning rate and sampling suit smollm2-135m: a table to choose from, no bars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.answers import ENDING, JOKES, Answers, answers_of
from benchmarks.engine_client import EngineClient, running_engine
from benchmarks.report import table
from bot.few_shot import few_shot
from bot.model_server.sampling import SMALL, Sampling
from engine.backends.llama import smollm2

TITLE = "Which defaults suit smollm2-135m"
TRAININGS = ((1, 1.0), (2, 1.0), (3, 0.5), (3, 1.0), (3, 2.0), (5, 1.0))  # epochs, learning rate multiplier
DEFAULT = (3, 1.0)
SAMPLINGS = (Sampling(0.5, 0.95), Sampling(0.7, 0.95), Sampling(0.7, 1.0), Sampling(1.0, 0.95), Sampling(1.0, 1.0))
SEEDS = (1, 2)


@dataclass
class Results:
    trainings: dict[tuple[int, float], list[Answers]] = field(default_factory=dict)
    tuned: dict[Sampling, list[Answers]] = field(default_factory=dict)
    base: dict[Sampling, list[Answers]] = field(default_factory=dict)


async def measure() -> Results:
    results = Results()
    with TemporaryDirectory() as home:
        async with running_engine(Path(home)) as client:
            file_id = await client.upload(JOKES)
            for epochs, multiplier in TRAININGS:
                chosen = {"n_epochs": epochs, "learning_rate_multiplier": multiplier}
                method = {"type": "supervised", "supervised": {"hyperparameters": chosen}}
                body = {"model": smollm2.NAME, "training_file": file_id, "seed": 1, "method": method}
                model = await client.tuned(body)
                results.trainings[epochs, multiplier] = [await answers_of(client, model, (), seed) for seed in SEEDS]
                if (epochs, multiplier) == DEFAULT:
                    await _samplings(client, model, results)
    return results


async def _samplings(client: EngineClient, model: str, results: Results) -> None:
    examples = few_shot(JOKES)
    for sampling in SAMPLINGS:
        results.tuned[sampling] = [await answers_of(client, model, (), seed, sampling) for seed in SEEDS]
        results.base[sampling] = [await answers_of(client, smollm2.NAME, examples, seed, sampling) for seed in SEEDS]


def render(results: Results) -> str:
    head = [f"end in {ENDING}", "novel", "distinct", "topic cosine", "words"]
    trainings = [[f"{epochs}, {rate:g}", *_cells(several)] for (epochs, rate), several in results.trainings.items()]
    return "\n\n".join(
        [
            INTRODUCTION,
            "### Epochs and learning rate multiplier",
            table(["epochs, multiplier", *head], trainings),
            f"### Sampling, tuned ({DEFAULT[0]} epochs)",
            table(["temperature, top_p", *head], _rows(results.tuned)),
            "### Sampling, the base with ten examples",
            table(["temperature, top_p", *head], _rows(results.base)),
        ]
    )


def _rows(found: Mapping[Sampling, list[Answers]]) -> list[list[str]]:
    return [[f"{how.temperature:g}, {how.top_p:g}", *_cells(several)] for how, several in found.items()]


def _cells(several: list[Answers]) -> list[str]:
    texts = [text for one in several for text in one.texts]
    share = len(several)
    return [
        f"{sum(one.endings for one in several)} of {len(texts)}",
        f"{sum(one.novel for one in several) / share:.2f}",
        f"{len(set(texts)) / len(texts):.2f}",
        f"{sum(one.cosine for one in several) / share:.2f}",
        f"{sum(one.words for one in several) / share:.1f}",
    ]


INTRODUCTION = f"""Each model answers the 20 unseen scenarios with {len(SEEDS)} seeds, with temperature {SMALL.temperature} and top_p {SMALL.top_p} where
nothing else is said. Novelty and topic are measured as in the section on tuning. A model that only repeats its training jokes has a low novelty; one that
rambles has many words, and fewer endings."""
