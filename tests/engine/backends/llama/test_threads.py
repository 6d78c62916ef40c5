"""On which cores the threads of an answer run."""

import os
import sys
from pathlib import Path

import pytest
import xllamacpp
from openai import OpenAI

from engine.backends.llama.servers import MAX_THREADS, spread
from engine.cores import usable_cores
from tests.engine.process import EngineProcess, child_of

MODEL = "smollm2-135m"


@pytest.mark.skipif(
    sys.platform != "linux" or len(usable_cores()) > MAX_THREADS,
    reason="only Linux binds threads to cores, and only with a thread on each",
)
def test_a_small_machine_answers_with_one_thread_bound_to_each_core(
    smollm2_engine: EngineProcess, client: OpenAI
) -> None:
    client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}], max_tokens=5)
    cores = usable_cores()
    threads = Path(f"/proc/{child_of(smollm2_engine, 'llama.server')}/task")
    allowed = [os.sched_getaffinity(int(thread.name)) for thread in threads.iterdir()]
    bound = {core for some in allowed if len(some) == 1 for core in some}
    assert bound == set(cores)


@pytest.mark.parametrize(
    ("cores", "threads", "bound"),
    [
        ([0, 1], 2, [0, 1]),
        ([5, 9], 2, [5, 9]),
        (range(8), 8, [*range(8)]),
        (range(9), 8, []),
        ([0, 600], 2, []),
    ],
    ids=["two", "a container's share", "as many as threads", "more than threads", "numbers that llama.cpp has not"],
)
def test_threads_are_bound_where_there_is_one_for_each_core(cores: list[int], threads: int, bound: list[int]) -> None:
    chosen = xllamacpp.CommonParams().cpuparams
    spread(chosen, cores)
    assert chosen.n_threads == threads
    assert [core for core, used in enumerate(chosen.cpumask) if used] == bound
    assert chosen.strict_cpu is chosen.mask_valid is bool(bound)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process has all cores")
def test_a_process_counts_the_cores_that_it_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", {os.getpid(): {7, 3}}.__getitem__)
    assert usable_cores() == [3, 7]
