"""Tuning smollm2-135m: the time beside TRL, and what the tuned models write on scenarios that they never saw."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from benchmarks.answers import ENDING, JOKES, Answers, answers_of, scenarios, words
from benchmarks.engine_client import EngineClient, running_engine
from benchmarks.measured import Bar
from benchmarks.report import ROOT, table
from benchmarks.trainings.outcome import EPOCHS, Outcome
from bot.few_shot import few_shot
from bot.finetuning.epochs import small_epochs
from bot.model_server.sampling import MAX_LINE_TOKENS, SMALL
from engine.backends.llama import smollm2
from engine.backends.lora.settings import batch_size, peak_rate
from engine.protocol.methods import MethodName

TITLE = "Tuning smollm2-135m"
SEEDS = (1, 2, 3)
EXAMPLES = len(JOKES.read_text(encoding="utf-8").splitlines())
WIDTH = 576
PREFERENCE_SCENARIOS, DRAWS, DRAW_TEMPERATURE = 40, 3, 0.9


@dataclass
class Results:
    ours: Outcome | None = None
    trl: Outcome | None = None
    base: list[Answers] = field(default_factory=list)
    few_shot: list[Answers] = field(default_factory=list)
    tuned: list[Answers] = field(default_factory=list)
    pairs: int = 0
    dpo_ours: Outcome | None = None
    dpo_trl: Outcome | None = None
    dpo: Answers | None = None


async def measure() -> Results:
    """Both trainings in turn, in processes of their own; then the engine tunes with three seeds, and answers."""
    results = Results()
    with TemporaryDirectory() as home:
        async with running_engine(Path(home)) as client:
            await _supervised(client, results, Path(home))
            await _preferences(client, results, Path(home))
    return results


async def _supervised(client: EngineClient, results: Results, home: Path) -> None:
    file_id = await client.upload(JOKES)
    examples = few_shot(JOKES)
    for seed in SEEDS:
        method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": small_epochs(EXAMPLES)}}}
        body = {"model": smollm2.NAME, "training_file": file_id, "seed": seed, "method": method}
        tuned = await client.tuned(body)
        results.tuned.append(await answers_of(client, tuned, (), seed))
        results.base.append(await answers_of(client, smollm2.NAME, (), seed))
        results.few_shot.append(await answers_of(client, smollm2.NAME, examples, seed))
    gguf, cache = _places(home)
    results.ours = await _ours("supervised", gguf, cache, gguf, JOKES, home / "ours")
    if find_spec("trl"):
        results.trl = await _trl("supervised", EXAMPLES, cache, "", JOKES, home / "trl")


async def _preferences(client: EngineClient, results: Results, home: Path) -> None:
    """DPO on the tuned model's own jokes, the shorter one preferred."""
    gguf, cache = _places(home)
    start = home / "ours"
    file = home / "preferences.jsonl"
    tuned = await client.newest_tuned()
    lines = [line for number in range(PREFERENCE_SCENARIOS) for line in await _pairs(client, tuned, number)]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    results.pairs = len(lines)
    asked = {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": EPOCHS}}}
    body = {"model": tuned, "training_file": await client.upload(file), "seed": SEEDS[0], "method": asked}
    results.dpo = await answers_of(client, await client.tuned(body), (), SEEDS[0])
    results.dpo_ours = await _ours("dpo", gguf, cache, start, file, home / "dpo-ours")
    if find_spec("trl"):
        results.dpo_trl = await _trl("dpo", len(lines), cache, start, file, home / "dpo-trl")


async def _pairs(client: EngineClient, model: str, number: int) -> list[Mapping[str, object]]:
    asked = json.loads(JOKES.read_text(encoding="utf-8").splitlines()[number])["messages"][:-1]
    chat = {
        "messages": asked,
        "n": DRAWS,
        "temperature": DRAW_TEMPERATURE,
        "seed": number,
        "max_tokens": MAX_LINE_TOKENS,
    }
    drawn = await client.texts(model, chat)
    return [
        {
            "input": {"messages": asked},
            "preferred_output": [{"role": "assistant", "content": shorter}],
            "non_preferred_output": [{"role": "assistant", "content": longer}],
        }
        for shorter, longer in (sorted(pair, key=words) for pair in combinations(drawn, 2))
        if words(shorter) < words(longer)
    ]


async def _ours(method: MethodName, gguf: Path, cache: Path, start: Path, file: Path, target: Path) -> Outcome:
    return await _trained("ours", method, gguf, cache, start, file, target, SEEDS[0])


async def _trl(method: MethodName, examples: int, cache: Path, start: Path | str, file: Path, target: Path) -> Outcome:
    chosen = batch_size(examples, EPOCHS), peak_rate(method, WIDTH, 1.0)
    return await _trained("trl", method, cache / "transformers", start, file, target, SEEDS[0], *chosen)


async def _trained(program: str, *arguments: object) -> Outcome:
    command = (sys.executable, "-m", f"benchmarks.trainings.{program}", *map(str, arguments))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command} failed:\n{errors.decode(errors='replace')[-2000:]}")
    return Outcome.model_validate_json(told.splitlines()[-1])


def _places(home: Path) -> tuple[Path, Path]:
    """The base's file, and the folder for what the engine made of it."""
    (cache,) = (home / "bases").glob(f"{smollm2.NAME}-*")
    return smollm2.find(), cache


def render(results: Results) -> str:
    return "\n\n".join(
        [
            INTRODUCTION,
            "### What is promised",
            table(
                ["promise", "measured", "bar", "which is", "share of the bar", "verdict"],
                (bar.row() for bar in _bars(results)),
            ),
            "### Trainings",
            table(["training", "s", "before it (s)", "steps", "mean loss", "peak memory (MiB)"], _trainings(results)),
            f"### {len(results.tuned[0].texts)} unseen scenarios",
            table(["model, seed", f"end in {ENDING}", "novel", "topic cosine", "words"], _models(results)),
            "### What the first tuned model said",
            "\n".join(f"- {text}" for text in results.tuned[0].texts),
        ]
    )


def _bars(results: Results) -> list[Bar]:
    tuned, base, shots = results.tuned, results.base, results.few_shot
    bars = [
        Bar("of 20 not ending in Haha, tuned, worst seed", max(20 - one.endings for one in tuned), 1, "", "1"),
        Bar("of 20 ending in Haha, base without examples, worst seed", max(one.endings for one in base), 1, "", "1"),
        Bar("not novel, tuned, mean", 1 - fmean(one.novel for one in tuned), 0.1, "", "0.1"),
        Bar(
            "few-shot base's topic cosine",
            fmean(o.cosine for o in shots),
            fmean(o.cosine for o in tuned),
            "",
            "tuned's",
        ),
    ]
    if results.ours and results.trl:
        apart = abs(results.ours.loss / results.trl.loss - 1)
        bars.insert(0, Bar("tuning on 72 jokes", results.ours.seconds, 0.7 * results.trl.seconds, "s", "0.7 × TRL"))
        bars.insert(1, Bar("mean loss apart from TRL's", 100 * apart, 5, "%", "5 %"))
    if results.dpo:
        bars.append(Bar("words after DPO", results.dpo.words, 0.7 * tuned[-1].words, "", "0.7 × before"))
        bars.append(Bar("of 20 not ending in Haha after DPO", 20 - results.dpo.endings, 1, "", "1"))
    if results.dpo_ours and results.dpo_trl:
        bars.append(Bar("DPO", results.dpo_ours.seconds, 0.8 * results.dpo_trl.seconds, "s", "0.8 × TRL"))
    return bars


def _trainings(results: Results) -> list[list[str]]:
    named = {
        "72 jokes, ours": results.ours,
        "72 jokes, TRL, float32": results.trl,
        f"DPO, {results.pairs} pairs, ours": results.dpo_ours,
        f"DPO, {results.pairs} pairs, TRL, float32": results.dpo_trl,
    }
    return [
        [name, f"{one.seconds:.1f}", f"{one.loading:.1f}", str(one.steps), f"{one.loss:.3f}", f"{one.memory:.0f}"]
        if one
        else [name, "not installed", "", "", "", ""]
        for name, one in named.items()
    ]


def _models(results: Results) -> list[list[str]]:
    named = [
        (f"{name}, {seed}", one)
        for name, several in (
            ("base", results.base),
            ("base, ten examples", results.few_shot),
            ("tuned", results.tuned),
        )
        for seed, one in zip(SEEDS, several, strict=True)
    ]
    named += [(f"tuned, {SEEDS[-1]}, then DPO", results.dpo)] if results.dpo else []
    return [[name, str(o.endings), f"{o.novel:.2f}", f"{o.cosine:.2f}", f"{o.words:.1f}"] for name, o in named]


INTRODUCTION = f"""Ours and TRL's trainer (where it is installed) tune in turn, each in a process of its own: the 72 shipped jokes, {EPOCHS} epochs,
rank 16 on all linear layers, the same batch size, peak rate and schedule; ours in the precision that is faster here, TRL in float32. Loading is not
counted. Then the engine tunes with {len(SEEDS)} seeds for as many epochs as the bot asks for, and each model is asked {len(scenarios())} scenarios that are in no training file, at temperature
{SMALL.temperature} and top_p {SMALL.top_p}. An answer is novel if it shares less than 0.6 of its letters' runs with any training joke (Dice's measure); the
topic is the cosine of scenario and answer by all-MiniLM-L6-v2. For DPO the last tuned model writes {DRAWS} jokes on each of {PREFERENCE_SCENARIOS} training scenarios at
temperature {DRAW_TEMPERATURE}; of two of different length the shorter is preferred."""
