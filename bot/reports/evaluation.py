"""Asks a finished model, and its base with examples in the prompt, the same questions."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from bot.catalogue import Catalogue
from bot.datasets.service import DatasetService
from bot.errors import ModelServerError, NotFoundError, ServerBusyError, ServerFailedError, ServerUnreachableError
from bot.kinds import JOKE, KINDS
from bot.metering.ledger import Charge
from bot.metering.meter import Meter
from bot.model_server.chat import ChatRequest
from bot.model_server.completion import Completion
from bot.model_server.sampling import sampling_for
from bot.moderation.guard import Guard
from bot.prices import Prices
from bot.reports.evaluation_set import EvaluationSet, evaluation_set
from bot.reports.figures import Figures
from bot.reports.report import AnswerPair, EvaluationAnswer, Report, dump_answer, load_answer
from bot.store.database import Database
from bot.store.datasets import DatasetStore
from bot.store.generations import GenerationStore
from bot.store.jobs import Job
from bot.store.models import ModelStore
from bot.store.reports import ReportStore, StoredAnswer
from bot.texts.moderation import WITHHELD
from bot.texts.reports import EMPTY_ANSWER

KIND = "evaluation"
REQUESTS_AT_ONCE = 3
LAST_SCENARIOS = 20  # the newest scenarios to search for one that the model was not trained on
PRICED_QUESTIONS, FREE_QUESTIONS = 5, 20  # few where somebody pays for them
PASSING = (ServerUnreachableError, ServerBusyError, ServerFailedError)

Role = Literal["tuned", "base"]


class Evaluator:
    """Makes reports. The base is the one that the job started from, on the server that tuned it.

    Each answer is stored with its cost as it comes, so that an attempt after a crash asks only for the rest.
    """

    def __init__(
        self,
        meter: Meter,
        catalogue: Catalogue,
        database: Database,
        files: DatasetService,
        figures: Figures,
        prices: Prices | None,
        guard: Guard,
    ) -> None:
        """`prices` is None where nobody sends a bill."""
        self._meter = meter
        self._guard = guard
        self._catalogue = catalogue
        self._reports = ReportStore(database)
        self._datasets = DatasetStore(database)
        self._models = ModelStore(database)
        self._generations = GenerationStore(database)
        self._files = files
        self._figures = figures
        self._prices = prices

    async def evaluate(self, job: Job) -> Report:
        """Ask everything that is not answered yet, and sum up.

        Raises `ModelServerError` if already the first question fails for a reason that may pass; later failures are part
        of the report.
        """
        questions = await self._questions(job)
        if not questions.questions:
            return self._report(job, questions)
        known = {(one.question, one.role): load_answer(one.answer) for one in await self._reports.answers(job.id)}
        first = questions.questions[0]
        if (first, "tuned") not in known:
            known[first, "tuned"] = await self._ask(job, questions, first, "tuned")
        turns = asyncio.Semaphore(
            REQUESTS_AT_ONCE if self._prices else 1
        )  # one's own machine has members to answer, too

        async def pair(question: str) -> AnswerPair:
            async with turns:
                tuned = known.get((question, "tuned")) or await self._answer(job, questions, question, "tuned")
                base = known.get((question, "base")) or await self._answer(job, questions, question, "base")
            return AnswerPair(question, tuned, base)

        asked_before = await self._asked_before(job, questions)
        # What is under way when one fails is paid for: it is waited for and kept.
        outcomes = await asyncio.gather(*map(pair, (*questions.questions, *asked_before)), return_exceptions=True)
        failed = next((outcome for outcome in outcomes if isinstance(outcome, BaseException)), None)
        if failed is not None:
            raise failed
        pairs = await self._let_through(job, [outcome for outcome in outcomes if isinstance(outcome, AnswerPair)])
        report = self._report(job, questions, pairs[: len(questions.questions)])
        return await self._figures.measured(job, replace(report, asked_before=pairs[-1] if asked_before else None))

    async def _let_through(self, job: Job, pairs: Sequence[AnswerPair]) -> list[AnswerPair]:
        """The pairs, with an error in place of what moderation does not let through; one request for all."""
        told = [answer for pair in pairs for answer in (pair.tuned, pair.base)]
        passing = await self._guard.sift(job.guild_id, [answer.text for answer in told])
        shown = [
            one if passes else replace(one, text="", error=WITHHELD.english)
            for one, passes in zip(told, passing, strict=True)
        ]
        return [
            replace(pair, tuned=tuned, base=base)
            for pair, tuned, base in zip(pairs, shown[::2], shown[1::2], strict=True)
        ]

    async def unanswered(self, job: Job) -> Report:
        """The report on a model that could not be asked."""
        return self._report(job, await self._questions(job))

    def _report(self, job: Job, questions: EvaluationSet, pairs: Sequence[AnswerPair] = ()) -> Report:
        return Report(
            model=job.fine_tuned_model or "",
            base_model=job.base_model,
            trained_tokens=job.trained_tokens,
            cost_microdollars=self._cost(job),
            seconds=_seconds(job),
            ending=questions.ending,
            examples=len(questions.examples) // 2,
            pairs=tuple(pairs),
            kind=job.kind,
            jokes=_are_jokes(job, questions),
        )

    def _cost(self, job: Job) -> int | None:
        if self._prices is None:
            return 0
        if job.trained_tokens is None:
            return job.cost_microdollars
        return self._prices.cost_microdollars(job.base_model, job.trained_tokens)

    async def _questions(self, job: Job) -> EvaluationSet:
        dataset = await self._datasets.by_id(job.dataset_id)
        count = PRICED_QUESTIONS if self._prices else FREE_QUESTIONS
        try:
            async with self._files.parts(dataset) as parts:
                asked = partial(evaluation_set, parts.training, parts.validation)
                questions = await asyncio.to_thread(asked, count, KINDS[job.kind])
        except NotFoundError:  # deleted meanwhile
            questions = await asyncio.to_thread(evaluation_set, None, None, count, KINDS[job.kind])
        if await self._models.get(job.guild_id, job.base_model):  # a tuned model needs no examples
            return replace(questions, examples=())
        return questions

    async def _asked_before(self, job: Job, questions: EvaluationSet) -> Sequence[str]:
        """The last scenario or description asked about in the job's channel before it that is not in the training file; one, or none. What was asked
        elsewhere may not be for those who read the report."""
        if job.kind == JOKE.name and not _are_jokes(job, questions):
            return ()
        where = job.guild_id, job.channel_id, job.kind
        asked = await self._generations.asked_before(*where, job.created_at, LAST_SCENARIOS)
        return [scenario for scenario in asked if questions.is_new(scenario)][:1]

    async def _answer(self, job: Job, questions: EvaluationSet, question: str, role: Role) -> EvaluationAnswer:
        try:
            return await self._ask(job, questions, question, role)
        except PASSING as error:
            return EvaluationAnswer(error=str(error))

    async def _ask(self, job: Job, questions: EvaluationSet, question: str, role: Role) -> EvaluationAnswer:
        model = job.fine_tuned_model or "" if role == "tuned" else job.base_model
        sampling = sampling_for(small=await self._catalogue.is_small(model, job.base_model, fine_tuned=True))
        messages = questions.prompt(question, shown=role == "base")
        request = ChatRequest(model, messages, sampling=sampling, fine_tuned=True)

        async def store(completion: Completion) -> None:
            await self._reports.add_answer(job.id, StoredAnswer(question, role, dump_answer(_answer(completion))))

        try:
            metered = await self._meter.complete(Charge(job.guild_id, job.created_by, KIND), request, store)
        except PASSING:
            raise
        except ModelServerError as error:
            return EvaluationAnswer(error=str(error))
        return _answer(metered.completion)


def _answer(completion: Completion) -> EvaluationAnswer:
    text = completion.texts[0]
    return EvaluationAnswer(text, completion.prompt_tokens, None if text else EMPTY_ANSWER.english)


def _are_jokes(job: Job, questions: EvaluationSet) -> bool:
    """Whether the questions are joke scenarios. Those of other datasets can be anything."""
    return job.kind == JOKE.name and not questions.held_out


def _seconds(job: Job) -> float | None:
    """From the first sign of training, or from the launch, to the end; None where clocks contradict each other."""
    if job.finished_at is None:
        return None
    seconds = (job.finished_at - (job.started_at or job.created_at)).total_seconds()
    return seconds if seconds >= 0 else None
