"""smollm2-135m as members meet it: /joke by a tuned model over a loopback Discord, and llama.cpp behind it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from benchmarks.answers import JOKES, scenarios
from benchmarks.contestants import PATIENCE, TOKEN
from benchmarks.engine_client import EMBEDDING_MODEL, WAIT, EngineClient, running_engine
from benchmarks.report import ROOT
from benchmarks.served import (
    ANSWER_TOKENS,
    ANSWERS,
    AT_ONCE,
    BEST_OF_THREE,
    BLOCKS,
    JOKES_ASKED,
    MODELS,
    ONE_DRAW,
    STARTS,
    TIMES_ROUND,
    TURNS,
    Served,
    report_of,
)
from bot.app import App, open_app
from bot.settings import Settings
from bot.store.jobs import JobStore
from bot.store.reports import ReportStore
from engine.backends.llama import smollm2
from tests.wire.gateway import LoopbackDiscord
from tests.wire.process import Process
from tests.wire.shapes import Guild

TITLE = "/joke by smollm2-135m, tuned here"
render = report_of
ADMIN = 1
BOTS = {ONE_DRAW: "benchmarks.bots.one_draw", BEST_OF_THREE: "bot"}
STORY = {
    "messages": [{"role": "user", "content": "Tell me a long story about a man, a dog and a train."}],
    "max_tokens": ANSWER_TOKENS,
    "temperature": 0.7,
}
_members = count(4_000_000_000_000_000_000)

# llama.cpp without the engine: its package's own server object, with the same adapter and as many answers at once.
BARE = """
import json, os, sys, threading, time
import xllamacpp
gguf, adapter, body, answers, at_once = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel, params.verbosity = gguf, 4096, at_once, -1
params.cpuparams.n_threads = os.cpu_count()
params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
server = xllamacpp.Server(params)
tokens = []
def ask(seed):
    tokens.append(server.handle_chat_completions({**body, "seed": seed})["usage"]["completion_tokens"])
def rate(at_once):
    tokens.clear()
    began = time.perf_counter()
    for first in range(0, answers, at_once):
        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(first, first + at_once)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    return sum(tokens) / (time.perf_counter() - began)
ask(0)
print(json.dumps([rate(1), rate(at_once)]))
"""


async def measure() -> Served:
    results = Served()
    with TemporaryDirectory() as folder:
        home = Path(folder)
        async with running_engine(home / "engine") as client:
            model = await _tuned_by_the_bot(client, home)
        for _ in range(STARTS):
            async with running_engine(home / "engine") as client:
                results.starts.append(client.ready_after)
        async with running_engine(home / "engine") as client:
            await _tokens(client, model, home / "engine", results)
            await _jokes(client, home, results)
            results.memory = client.memory_mib()
            await _many_models(client, home, results)
            await _beside_training(client, home, results)
    return results


async def _tuned_by_the_bot(client: EngineClient, home: Path) -> str:
    """The server's own model, by the way that an admin goes: upload, quote, launch. Returns its id."""
    async with open_app(_settings(client.url, home)) as app, app.running():
        guild = Guild()
        path = app.datasets.incoming(JOKES.stat().st_size)
        path.write_bytes(JOKES.read_bytes())
        await app.datasets.upload(guild.id, ADMIN, path, JOKES.name, "jokes")
        offer = await app.finetunes.quote(guild.id, guild.channel_id, ADMIN, "jokes")
        job = await app.finetunes.launch(guild.id, ADMIN, offer.quote.id, None)
        return await _model_of(app, job.id)


async def _model_of(app: App, job_id: int) -> str:
    """The job's model, once its report is written, too: nothing else is asked of the engine then."""
    while True:
        job, report = await JobStore(app.database).by_id(job_id), await ReportStore(app.database).get(job_id)
        if job.fine_tuned_model and report is not None:
            return job.fine_tuned_model
        assert job.fine_tuned_model or not job.ended, job
        await asyncio.sleep(WAIT)


def _settings(url: str, home: Path) -> Settings:
    values: dict[str, Any] = {name.lower(): value for name, value in _environment(url, home).items()}
    return Settings(**values)


def _environment(url: str, home: Path) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": TOKEN,
        "OPENAI_API_KEY": TOKEN,
        "OPENAI_BASE_URL": url,
        "DATABASE_URL": f"sqlite:///{home / 'bot.db'}",
        "CHAT_MODEL": smollm2.NAME,
        "FINETUNE_MODEL": smollm2.NAME,
        "EMBEDDING_MODEL": EMBEDDING_MODEL,
    }


async def _tokens(client: EngineClient, model: str, engine: Path, results: Served) -> None:
    (adapter,) = (engine / "models").glob("ftjob-????????????????????????/adapter.gguf")
    await client.texts(model, STORY)
    for _ in range(TURNS):
        results.bare.append(await asyncio.to_thread(_bare, adapter))
        results.served.append((await _rate(client, model, 1), await _rate(client, model, AT_ONCE)))


def _bare(adapter: Path) -> tuple[float, float]:
    command = [
        sys.executable,
        "-c",
        BARE,
        str(smollm2.find()),
        str(adapter),
        json.dumps(STORY),
        str(ANSWERS),
        str(AT_ONCE),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    alone, at_once = json.loads(done.stdout.splitlines()[-1])
    return alone, at_once


async def _rate(client: EngineClient, model: str, at_once: int) -> float:
    async def ask(seed: int) -> int:
        answered = await client.post("/chat/completions", {"model": model, **STORY, "seed": seed})
        return int(answered["usage"]["completion_tokens"])

    began, tokens = perf_counter(), 0
    for first in range(0, ANSWERS, at_once):
        tokens += sum(await asyncio.gather(*map(ask, range(first, first + at_once))))
    return tokens / (perf_counter() - began)


async def _jokes(client: EngineClient, home: Path, results: Served) -> None:
    """Both bots in turns."""
    for _ in range(BLOCKS):
        for name, module in BOTS.items():
            async with _running_bot(module, client.url, home) as discord:
                await _told(discord, 2)
                results.jokes.setdefault(name, []).extend(await _told(discord, JOKES_ASKED))


async def _beside_training(client: EngineClient, home: Path, results: Served) -> None:
    async with _running_bot("bot", client.url, home) as discord:
        await _told(discord, 2)
        job = await _endless_training(client)
        results.beside_training = await _told(discord, 2 * JOKES_ASKED)
        await client.post(f"/fine_tuning/jobs/{job}/cancel", {})


@asynccontextmanager
async def _running_bot(module: str, url: str, home: Path) -> AsyncIterator[LoopbackDiscord]:
    async with (
        LoopbackDiscord(ack_limit=PATIENCE, answer_timeout=PATIENCE) as discord,
        Process(module, {**_environment(url, home), **discord.environment}, cwd=home) as process,
    ):
        await process.bringing(discord.ready())
        yield discord


async def _told(discord: LoopbackDiscord, jokes: int) -> list[float]:
    """Seconds from the command to the joke, one at a time, each on a scenario of its own."""
    known = scenarios()
    took = []
    for number in range(jokes):
        scenario = f"{known[number % len(known)]} with {next(_members) % 1000} friends"
        asked = await discord.command("joke", {"scenario": scenario}, user_id=next(_members))
        took.append((await asked.answered).elapsed)
    return took


async def _endless_training(client: EngineClient) -> str:
    chosen = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 50}}}
    file_id = await client.upload(JOKES)
    return await client.launch({"model": smollm2.NAME, "training_file": file_id, "method": chosen})


async def _many_models(client: EngineClient, home: Path, results: Served) -> None:
    """One job leaves a checkpoint an epoch, and each is a model with an adapter of its own."""
    few = home / "few.jsonl"
    few.write_text("\n".join(JOKES.read_text(encoding="utf-8").splitlines()[:10]), encoding="utf-8")
    chosen = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": MODELS, "batch_size": 10}}}
    body = {"model": smollm2.NAME, "training_file": await client.upload(few), "method": chosen}
    await client.tuned(body)
    job = (await client.get("/fine_tuning/jobs?limit=1"))["data"][0]["id"]
    found = (await client.get(f"/fine_tuning/jobs/{job}/checkpoints?limit=100"))["data"]
    models = [checkpoint["fine_tuned_model_checkpoint"] for checkpoint in found]
    assert len(models) == MODELS, models
    results.first_use = [await _seconds(client, model) for model in models]
    results.in_turn = [await _seconds(client, model) for _ in range(TIMES_ROUND) for model in models]


async def _seconds(client: EngineClient, model: str) -> float:
    """Of one joke."""
    line = json.loads(JOKES.read_text(encoding="utf-8").splitlines()[0])
    body = {"messages": line["messages"][:-1], "max_tokens": 30, "temperature": 0.7}
    began = perf_counter()
    await client.texts(model, body)
    return perf_counter() - began
