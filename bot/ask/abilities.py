"""What each tool does: it calls one service, as the command of the same name does. No tool changes anything."""

from bot.ask.sentences import ToolResult
from bot.ask.tools import (
    Asker,
    JokeArguments,
    NoArguments,
    SearchArguments,
    SimilarityArguments,
    SloganArguments,
    Tool,
    tool,
)
from bot.catalogue import Catalogue
from bot.finetuning.service import FineTuneService
from bot.jokes.service import JokeService
from bot.kinds import JOKE
from bot.registry.service import Registry
from bot.similarity.meaning import Meaning
from bot.similarity.service import Comparison
from bot.slogans import SloganRequest, SloganService
from bot.store.jobs import Job
from bot.store.models import RegisteredModel
from bot.texts import ask as texts
from bot.texts import similarity as similarity_texts
from bot.texts.cards import JOB_STATUS
from bot.texts.template import Sentence, Text, clip

MAX_IN_TITLE, MAX_IN_LINE = 60, 120  # characters of what was asked, and of what was found
MAX_HITS, MAX_JOBS, MAX_MODELS = 5, 5, 10


class Abilities:
    """The tools, in the order in which the model reads them."""

    def __init__(
        self,
        jokes: JokeService,
        slogans: SloganService,
        meaning: Meaning,
        registry: Registry,
        catalogue: Catalogue,
        finetunes: FineTuneService,
    ) -> None:
        self._jokes = jokes
        self._slogans = slogans
        self._meaning = meaning
        self._registry = registry
        self._catalogue = catalogue
        self._finetunes = finetunes
        self.tools: tuple[Tool, ...] = (
            tool("joke", JokeArguments, self._joke, command="joke"),
            tool("slogan", SloganArguments, self._slogan, command="slogan"),
            tool("similarity", SimilarityArguments, self._similarity, command="similarity"),
            tool("search", SearchArguments, self._search, command="similarity"),
            tool("models", NoArguments, self._models),
            tool("jobs", NoArguments, self._list_jobs, managers_only=True),
        )

    async def _joke(self, asker: Asker, asked: JokeArguments) -> ToolResult:
        keep = not asker.private
        place = asker.channel_id
        joke = await self._jokes.tell(asker.guild_id, asker.user_id, asked.scenario, channel_id=place, keep=keep)
        title = Sentence(texts.JOKE_ABOUT, {"scenario": _short(asked.scenario)})
        return ToolResult(title, (Sentence(texts.TEXT, {"text": joke.text}),), joke.id)

    async def _slogan(self, asker: Asker, asked: SloganArguments) -> ToolResult:
        request = SloganRequest(asked.description, asked.count)
        written = await self._slogans.write(asker.guild_id, asker.user_id, request, keep=not asker.private)
        several = len(written.texts) > 1
        title = texts.SLOGANS_FOR if several else texts.SLOGAN_FOR
        line = texts.NUMBERED if several else texts.TEXT
        lines = (Sentence(line, {"number": place, "text": text}) for place, text in enumerate(written.texts, 1))
        return ToolResult(Sentence(title, {"description": _short(asked.description)}), tuple(lines), written.id)

    async def _similarity(self, asker: Asker, asked: SimilarityArguments) -> ToolResult:
        compare = self._meaning.similarity.compare
        found = await compare(asker.guild_id, asker.user_id, asked.a, asked.b, keep=False, typed=False)
        title = Sentence(texts.SIMILARITY_OF, {"a": _short(asked.a), "b": _short(asked.b)})
        return ToolResult(title, (_likeness(found),))

    async def _search(self, asker: Asker, asked: SearchArguments) -> ToolResult:
        found = await self._meaning.search.search(asker.guild_id, asker.user_id, asked.query, keep=False)
        lines = [
            Sentence(
                texts.HIT,
                {"number": place, "text": _short(one.kept.text, MAX_IN_LINE), "likeness": _rounded(one.cosine)},
            )
            for place, one in enumerate(found.found[:MAX_HITS], 1)
        ]
        title = Sentence(texts.SEARCH_FOR, {"query": _short(asked.query)})
        return ToolResult(title, tuple(lines) or (_nothing(found.doubt),))

    async def _models(self, asker: Asker, _asked: NoArguments) -> ToolResult:
        models = await self._registry.models(asker.guild_id)
        active = {model.id for model in models.active.values() if model.lost_at is None}
        tells_jokes = any(model.id in active and model.kind == JOKE.name for model in models.models)
        base = Sentence(texts.BASE if tells_jokes else texts.BASE_IN_USE, {"name": await self._catalogue.chat_model()})
        # Those in use are among them.
        listed = sorted(models.models, key=lambda model: model.id not in active)[:MAX_MODELS]
        lines = (_model(model, in_use=model.id in active) for model in listed)
        return ToolResult(_said(texts.MODELS), (base, *lines))

    async def _list_jobs(self, asker: Asker, _asked: NoArguments) -> ToolResult:
        jobs = await self._finetunes.list(asker.guild_id, MAX_JOBS)
        return ToolResult(_said(texts.JOBS), tuple(map(_job, jobs)) or (_said(texts.NO_JOBS),))


def _nothing(doubt: Text | None) -> Sentence:
    return Sentence(texts.IN_DOUBT, {"doubt": doubt}) if doubt else _said(similarity_texts.NOTHING_ALIKE)


def _likeness(found: Comparison) -> Sentence:
    if found.doubt:
        return Sentence(texts.IN_DOUBT, {"doubt": found.doubt})
    words = similarity_texts.SAME_TEXT if found.identical else found.meaning
    return Sentence(texts.LIKENESS, {"likeness": _rounded(found.cosine), "meaning": words})


def _rounded(cosine: float) -> float:
    """To two decimals, and never -0."""
    return round(cosine, 2) + 0


def _model(model: RegisteredModel, *, in_use: bool) -> Sentence:
    template = texts.MODEL_GONE if model.lost_at else texts.MODEL_IN_USE[model.kind] if in_use else texts.MODEL
    return Sentence(template, {"name": model.name or model.model})


def _job(job: Job) -> Sentence:
    _, status = JOB_STATUS.get(job.status, ("", job.status))
    values = {"number": job.id, "dataset": job.dataset, "status": status, "step": job.step, "steps": job.total_steps}
    moving = not job.ended and job.step is not None and job.total_steps
    return Sentence(texts.JOB_AT_STEP if moving else texts.JOB, values)


def _said(text: Text) -> Sentence:
    return Sentence(text, {})


def _short(text: str, limit: int = MAX_IN_TITLE) -> str:
    return clip(" ".join(text.split()), limit)
