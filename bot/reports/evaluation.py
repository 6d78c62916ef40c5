"""Asks a finished model, and its base with examples in the prompt, the same questions."""

import asyncio
from collections.abc import Sequence

from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.errors import ModelServerError, ServerBusyError, ServerFailedError, ServerUnreachableError
from bot.finetuning.pricing import Prices
from bot.llm import LLM, Message
from bot.reports.exam import Exam, set_exam
from bot.reports.report import Answer, Pair, Report
from bot.store.datasets import DatasetStore
from bot.store.generations import Usage, UsageStore
from bot.store.jobs import Job

KIND = "evaluation"
AT_ONCE = 3
PRICED, FREE = 5, 20  # questions: few where somebody pays for them
PASSING = (ServerUnreachableError, ServerBusyError, ServerFailedError)
NOTHING_SAID = "The model answered with nothing."


class Evaluator:
    """Makes reports; the base is the one that the job started from, on the server that tuned it."""

    def __init__(
        self,
        llm: LLM,
        usage: UsageStore,
        datasets: DatasetStore,
        files: DatasetService,
        prices: Prices | None,
        clock: Clock,
    ) -> None:
        """`prices` is None where nobody sends a bill."""
        self._llm = llm
        self._usage = usage
        self._datasets = datasets
        self._files = files
        self._prices = prices
        self._clock = clock

    async def evaluate(self, job: Job) -> Report:
        """Ask everything and sum up. Each answer's cost is recorded as it comes.

        Raises `ModelServerError` if already the first question fails for a reason that may pass; later failures are part
        of the report.
        """
        exam = await self._exam(job)
        if not exam.questions:
            return self.report(job, exam)
        first, rest = exam.questions[0], exam.questions[1:]
        tuned = await self._said(job, job.fine_tuned_model or "", exam.prompt(first, shown=False))
        base = await self._answer(job, job.base_model, exam.prompt(first, shown=True))
        turns = asyncio.Semaphore(AT_ONCE)
        others = await asyncio.gather(*(self._pair(job, exam, question, turns) for question in rest))
        return self.report(job, exam, (Pair(first, tuned, base), *others))

    async def unanswered(self, job: Job) -> Report:
        """The report on a model that could not be asked."""
        return self.report(job, await self._exam(job))

    def report(self, job: Job, exam: Exam, pairs: Sequence[Pair] = ()) -> Report:
        """The answers with what the training took."""
        return Report(
            model=job.fine_tuned_model or "",
            base_model=job.base_model,
            trained_tokens=job.trained_tokens,
            cost_microdollars=self._cost(job),
            seconds=_seconds(job),
            ending=exam.ending,
            examples=len(exam.examples) // 2,
            pairs=tuple(pairs),
        )

    def _cost(self, job: Job) -> int | None:
        if self._prices is None:
            return 0
        if job.trained_tokens is None:
            return job.cost_microdollars
        return self._prices.cost_microdollars(job.base_model, job.trained_tokens)

    async def _exam(self, job: Job) -> Exam:
        dataset = await self._datasets.by_id(job.dataset_id)
        most = PRICED if self._prices else FREE
        training, held_out = self._files.path(dataset), self._files.validation_path(dataset)
        return await asyncio.to_thread(set_exam, training, held_out, most)

    async def _pair(self, job: Job, exam: Exam, question: str, turns: asyncio.Semaphore) -> Pair:
        async with turns:
            tuned = await self._answer(job, job.fine_tuned_model or "", exam.prompt(question, shown=False))
            base = await self._answer(job, job.base_model, exam.prompt(question, shown=True))
        return Pair(question, tuned, base)

    async def _answer(self, job: Job, model: str, prompt: Sequence[Message]) -> Answer:
        try:
            return await self._said(job, model, prompt)
        except PASSING as error:
            return Answer(error=str(error))

    async def _said(self, job: Job, model: str, prompt: Sequence[Message]) -> Answer:
        try:
            completion = await self._llm.complete(model, prompt, fine_tuned=True)
        except PASSING:
            raise
        except ModelServerError as error:
            return Answer(error=str(error))
        cost = (completion.model, completion.prompt_tokens, completion.completion_tokens, completion.latency_ms)
        await self._usage.add(Usage(job.guild_id, job.created_by, KIND, *cost, created_at=self._clock()))
        text = completion.texts[0]
        return Answer(text, completion.prompt_tokens, None if text else NOTHING_SAID)


def _seconds(job: Job) -> float | None:
    """From the first sign of training, or from the launch, to the end; None where clocks contradict each other."""
    if job.finished_at is None:
        return None
    seconds = (job.finished_at - (job.started_at or job.created_at)).total_seconds()
    return seconds if seconds >= 0 else None
