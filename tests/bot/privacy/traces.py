"""A member with something in every table that can hold their id or text, and the search for what is left of them."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from bot.app import App
from bot.reports.report import AnswerPair, EvaluationAnswer, Report, dump_report
from bot.store.arena import Arena
from bot.store.database import Database
from bot.store.datasets import Dataset
from bot.store.generations import GenerationStore
from bot.store.jobs import Job
from bot.store.limits import Limits
from bot.store.outbox import OutboxStore
from bot.store.personal import TABLES
from bot.store.personal.table import Holds
from bot.store.reports import ReportStore, StoredAnswer
from bot.store.usage import Usage, UsageStore
from bot.texts.template import Text
from bot.writing.prompts import PromptText
from tests.bot.parts import CHANNEL, answered, own_model, upload

# Ids as Discord gives them: a small number would be found anywhere.
SERVER, ELSEWHERE = 1187654321098765001, 1187654321098765002
LEAVER, STAYER, MANAGER = 1287654321098765101, 1287654321098765102, 1287654321098765103

TYPED = "Zwölf quakende Enten im Aufzug"
EXAMPLE, PUNCHLINE = "Ein Gänserich mit Fahrschein", "Er wollte schnatternd umsteigen. Haha"
ROUND = "Ein Schwan beim Zahnarzt"
COMPARED = "Kolibris über Kreuzberg"
TEXTS = (TYPED, EXAMPLE, PUNCHLINE, ROUND, COMPARED)


def said(question: str) -> str:
    """What models answer: it repeats what was asked."""
    return f"{question}? Das ist kein Witz. Haha"


async def tell(app: App, member: int, scenario: str, *, guild: int = SERVER) -> int:
    """A joke as the bot keeps what it told; returns the generation's id."""
    usage = Usage(guild, member, "joke", "joke", "gpt-6-luna", 36, 12, 80.5, app.clock())
    completion = replace(answered(said(scenario)), raw_json=json.dumps({"said": said(scenario)}, ensure_ascii=False))
    usage_id, request = await UsageStore(app.database).add(usage), {"scenario": scenario}
    store = GenerationStore(app.database)
    return await store.add(usage_id, scenario, request, completion, fine_tuned=False, channel_id=CHANNEL)


async def be_everywhere(app: App, member: int, guild: int = SERVER) -> list[Dataset]:
    """Do what a member can do, and what a manager can do; returns the datasets that hold the member's texts."""
    joke, other = await tell(app, member, TYPED, guild=guild), await tell(app, STAYER, "A duck", guild=guild)
    for voter in (member, STAYER):
        await app.generations.vote(guild, voter, other, funny=True)
        await app.generations.vote(guild, voter, joke, funny=True)
    await app.generations.choose(guild, member, joke, 0)
    await app.similarity.compare(guild, member, TYPED, COMPARED)
    await app.meaning.search.search(guild, member, COMPARED)
    await app.meaning.labels.add(guild, member, "birds", "a duck\na swan")
    await app.limits.set(guild, member, "member", None, Limits(monthly_answers=1000))
    await app.limits.exempt(guild, member, 7, exempt=True)
    await app.limits.permit(guild, member, "top", channel_id=CHANNEL, role_id=None)
    await app.moderation.set_level(guild, member, "strict")
    await app.moderation.block(guild, member, "drat")
    await app.moderation.spare(guild, member, 77)
    await play(app, member, guild)
    return await train(app, member, guild)


async def play(app: App, member: int, guild: int) -> None:
    """An arena of two models, a closed round and an open one, and votes of two members in both."""
    for name in ("ft:one", "ft:two"):
        model = await own_model(app, f"{name}:{guild}", guild)
        await app.registry.use(guild, member, model.model)
    prompt = await app.prompts.add(guild, member, "joke", "dry", PromptText("Be dry."))
    await app.prompts.use(guild, member, "joke", prompt)
    await app.prompts.use(guild, member, "joke", None)
    await app.arena.start(guild, member, Arena(votes=2, minutes=60))
    for scenario in (ROUND, f"{ROUND} und Pelikan"):
        opened = await app.arena.play(guild, member, scenario)
        await app.arena.shown(guild, opened.id, CHANNEL, 7)
        await app.arena.vote(guild, member, opened.id, "left")
        if scenario == ROUND:
            await app.arena.vote(guild, STAYER, opened.id, "left")


async def train(app: App, member: int, guild: int) -> list[Dataset]:
    """A contribution and a dataset from votes, a job by this member, and a report that asked what the member asked."""
    draft = await app.drafts.create(guild, member, "ducks")
    for number in range(1, 11):
        await app.drafts.add(guild, draft.id, f"Duck {number}", f"Quack {number}. Haha")
    await app.contributions.choose_draft(guild, member, "ducks")
    terms = await app.contributions.terms(guild)
    for giver, pair in ((member, (EXAMPLE, PUNCHLINE)), (STAYER, ("A swan of somebody else", "It sang. Haha"))):
        given = await app.contributions.give(guild, giver, terms, *pair, agreed=True)
        await app.contributions.accept(guild, member, given.id)
    await app.contributions.give(guild, member, terms, f"{EXAMPLE}, der wartet", PUNCHLINE, agreed=True)
    contributed = (await app.drafts.save(guild, member, draft.id)).dataset
    liked = await app.drafts.of_pairs(
        guild,
        member,
        "liked",
        "joke",
        Text("jokes").of(),
        await app.generations.liked(guild, "joke", funny=1, percent=50),
    )
    for number in range(1, 11):
        await app.drafts.add(guild, liked.draft.id, f"Goose {number}", f"Honk {number}. Haha")
    voted = (await app.drafts.save(guild, member, liked.draft.id)).dataset
    await upload(app, b"".join(_line(number) for number in range(10)), guild_id=guild, name="plain")
    offer = await app.finetunes.quote(guild, CHANNEL, member, contributed.name)
    await report(app, await app.finetunes.launch(guild, member, offer.quote.id, None), guild)
    await OutboxStore(app.database).add_notice(
        guild, "somebody", lambda: f"<@{member}> did something.", now=app.clock()
    )
    return [contributed, voted]


async def report(app: App, job: Job, guild: int) -> None:
    reports, answer = ReportStore(app.database), EvaluationAnswer(said(TYPED), 3)
    stored = Report("ft:mine", "base", 1, 0, 1.0, " Haha", 10, (AnswerPair("Duck 1", answered_by(), answered_by()),))
    asked = replace(stored, asked_before=AnswerPair(TYPED, answer, answer))
    await reports.count_attempt(job.id, now=app.clock())
    await reports.write(job.id, guild, CHANNEL, dump_report(asked), now=app.clock())
    await reports.add_answer(job.id, StoredAnswer(TYPED, "tuned", json.dumps({"text": said(TYPED)})))


def answered_by() -> EvaluationAnswer:
    return EvaluationAnswer("Quack. Haha", 3)


def _line(number: int) -> bytes:
    turns = (("user", f"Tern {number}"), ("assistant", "Haha"))
    return json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]}).encode() + b"\n"


def needles(member: int, texts: Iterable[str] = TEXTS) -> list[bytes]:
    """The bytes by which a member would be found: the id as text and as SQLite stores it, and texts as they are and as JSON escapes."""
    found = [str(member).encode(), member.to_bytes(8, "big"), member.to_bytes(8, "little")]
    for text in texts:
        found += [text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le")]
    return found


async def left_in(folder: Path, wanted: Iterable[bytes]) -> dict[str, list[bytes]]:
    """The files below a folder in which something is found."""
    return await asyncio.to_thread(_left_in, folder, list(wanted))


def _left_in(folder: Path, wanted: list[bytes]) -> dict[str, list[bytes]]:
    found = {}
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if hits := [needle for needle in wanted if needle in content]:
            found[path.name] = hits
    return found


async def tables_naming(database: Database, member: int) -> set[str]:
    """The tables with a column that holds the member's id."""
    found = set()
    for table in TABLES:
        for column in (*table.having(Holds.OWNER), *table.having(Holds.AUTHOR)):
            rows = await database.fetch_all(f"SELECT 1 FROM {table.name} WHERE {column} = :id", {"id": member})  # noqa: S608 - our own
            found |= {table.name} if rows else set()
    return found


async def rows_of(database: Database, member: int) -> Mapping[str, list[tuple[object, ...]]]:
    """All rows that are somebody's own, byte for byte, but for who else did something with them."""
    found = {}
    for table in TABLES:
        wanted = ", ".join(column for column, holds in table.columns.items() if holds is not Holds.AUTHOR)
        for column in table.having(Holds.OWNER):
            rows = await database.fetch_all(
                f"SELECT {wanted} FROM {table.name} WHERE {column} = :id ORDER BY 1, 2",  # noqa: S608 - our own
                {"id": member},
            )
            found[table.name] = [tuple(row) for row in rows]
    return found
