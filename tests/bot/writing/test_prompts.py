"""Prompts: versions that never change, by which the base writes, with a second step that never costs an answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.kinds import JOKE
from bot.slogans import SloganRequest
from bot.store.prompts import Prompt
from bot.writing.prompts import MAX_EXAMPLES, PromptText, read_examples
from tests.bot.parts import ADMIN, GUILD, MEMBER, OTHER_GUILD, START, are_small, count, own_model
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

DRY = PromptText("Be dry.", "A duck => It sank.\n\nA goose => It stank.")
COMPANY = "A company that sells ice cream"


async def add(app: App, text: PromptText = DRY, name: str = "dry", kind: str = "joke", *, use: bool = True) -> Prompt:
    """A version, which the base then has."""
    prompt = await app.prompts.add(GUILD, ADMIN, kind, name, text)
    if use:
        await app.prompts.use(GUILD, ADMIN, kind, prompt)
    return prompt


def contents(body: dict[str, Any]) -> list[str]:
    return [turn["content"] for turn in body["messages"]]


def drafts(*texts: str) -> replies.Reply:
    """An answer with several choices."""
    choices = [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"} for text in texts]
    return replies.ok(
        {"model": "gpt-6-luna", "choices": choices, "usage": {"prompt_tokens": 5, "completion_tokens": 3}}
    )


async def test_the_same_name_again_is_the_next_version_and_the_first_stays(app: App) -> None:
    first = await add(app)
    second = await add(app, PromptText("Be drier."), " DRY ")
    other = await add(app, PromptText("Be catchy."), "dry", "slogan")
    assert [(one.label, one.kind) for one in (first, second, other)] == [
        ("dry v1", "joke"),
        ("DRY v2", "joke"),
        ("dry v1", "slogan"),
    ]
    assert first.examples == (("A duck", "It sank."), ("A goose", "It stank."))
    assert (first.created_by, first.created_at) == (ADMIN, START)
    assert await app.prompts.numbered(GUILD, first.id) == first
    for wanted, found in (("dry", second), ("Dry V1", first), ("dry v2", second)):
        assert await app.prompts.choose(GUILD, "joke", wanted) == found
    assert await app.prompts.choose(GUILD, "slogan", "dry") == other


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PromptText("  "), "A prompt needs a system message that tells the model what to do. Write one."),
        (PromptText("x" * 2001), "A system message has at most 2,000 characters, and this one has 2,001. Shorten it."),
        (
            PromptText("Be dry.", "a => b\nno arrow"),
            "Line 2 has no `=>` between question and answer: “no arrow”.",
        ),
        (PromptText("Be dry.", "a =>"), "Line 1 needs text on both sides of `=>`: “a =>”."),
        (
            PromptText("Be dry.", "a => b\n" * (MAX_EXAMPLES + 1)),
            "A prompt has at most 20 examples, and there are 21. Leave some out.",
        ),
        (
            PromptText("Be dry.", "a => " + "b" * 4000),
            "The examples have at most 4,000 characters, and these have 4,005. Shorten them.",
        ),
        (
            PromptText("Be dry.", step="polish"),
            "Polishing needs an instruction, such as: Make it shorter. Write one, or choose no second step.",
        ),
        (
            PromptText("Be dry.", instruction="Shorter."),
            "An instruction needs a second step. Choose pick or polish, or leave the instruction empty.",
        ),
        (PromptText("Be dry.", step="sing"), "A second step is none, pick or polish."),
        (
            PromptText("Be dry.", step="pick", instruction="x" * 501),
            "An instruction has at most 500 characters, and this one has 501. Shorten it.",
        ),
    ],
)
async def test_what_cannot_be_a_prompt_is_told_in_one_sentence_and_not_stored(
    app: App, text: PromptText, said: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await app.prompts.add(GUILD, ADMIN, "joke", "dry", text)
    assert (str(refused.value), await count(app.database, "prompts")) == (said, 0)


@pytest.mark.parametrize("name", ["shipped", "BASE", "", "=>", "x" * 41])
async def test_some_names_cannot_be_had(app: App, name: str) -> None:
    with pytest.raises(InvalidInputError):
        await app.prompts.add(GUILD, ADMIN, "joke", name, DRY)


@given(st.text())
def test_lines_are_examples_or_an_error_that_says_which(typed: str) -> None:
    try:
        found = read_examples(typed)
    except InvalidInputError:
        return
    assert all(question.strip() == question and question and answer for question, answer in found)
    assert len(found) == sum(bool(line.strip()) for line in typed.splitlines()) <= MAX_EXAMPLES


async def test_the_base_writes_by_the_prompt_in_use_and_shipped_goes_back(app: App, server: FakeModelServer) -> None:
    await add(app)
    joke = await app.jokes.tell(GUILD, MEMBER, "A fox")
    assert contents(server.calls("chat")[-1].body) == [
        "Be dry.",
        "A duck",
        "It sank.",
        "A goose",
        "It stank.",
        "A fox",
    ]
    assert (joke.prompt, joke.examples, joke.tuned) == ("dry v1", 2, None)
    await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))
    await app.jokes.tell(OTHER_GUILD, MEMBER, "A fox")
    assert "Be dry." not in [*contents(server.calls("chat")[-1].body), *contents(server.calls("chat")[-2].body)]
    await app.prompts.use(GUILD, ADMIN, "joke", await app.prompts.choose(GUILD, "joke", "Shipped"))
    assert (await app.jokes.tell(GUILD, MEMBER, "A fox")).prompt is None
    assert contents(server.calls("chat")[-1].body)[0] == JOKE.system
    uses = (await app.prompts.list(GUILD)).uses
    assert [(use.label, use.kind, use.used_by) for use in uses] == [(None, "joke", ADMIN), ("dry v1", "joke", ADMIN)]


async def test_each_kind_has_a_prompt_of_its_own(app: App, server: FakeModelServer) -> None:
    dry = await add(app)
    catchy = await add(app, PromptText("Be catchy."), "catchy", "slogan")
    assert (await app.prompts.list(GUILD)).in_use == {"joke": dry, "slogan": catchy}
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))
    assert (written.prompt, contents(server.calls("chat")[-1].body)) == ("catchy v1", ["Be catchy.", COMPANY])
    await app.prompts.use(GUILD, ADMIN, "slogan", None)
    assert (await app.prompts.list(GUILD)).in_use == {"joke": dry}


async def test_a_tuned_model_goes_first_and_the_prompt_comes_when_it_is_gone(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:mine", use=True)
    await add(app)
    assert (await app.jokes.tell(GUILD, MEMBER, "A fox")).prompt is None
    assert contents(server.calls("chat")[-1].body) == [JOKE.system, "A fox"]
    server.script("chat", replies.error(404, "no such model", "model_not_found"))
    told = await app.jokes.tell(GUILD, MEMBER, "A fox")
    assert (told.lost is not None, contents(server.calls("chat")[-1].body)[0]) == (True, "Be dry.")


async def test_pick_lets_the_model_choose_among_its_drafts(app: App, server: FakeModelServer) -> None:
    await add(app, PromptText("Be dry.", step="pick", instruction="Which is driest?"))
    server.script("chat", drafts("Wet.", "Damp.", "Dry."), drafts("3, then 1."))
    joke = await app.jokes.tell(GUILD, MEMBER, "A fox")
    first, second = (call.body for call in server.calls("chat"))
    assert (joke.text, first["n"], second["n"]) == ("Dry.", 3, 1)
    assert contents(second) == [
        "Be dry.",
        "These are answers to: A fox\n\n1. Wet.\n2. Damp.\n3. Dry.\n\nWhich is driest?\n"
        "Answer with their numbers alone, the best first.",
    ]
    used = await app.database.fetch_all("SELECT kind, user_id FROM usage")
    assert [tuple(row) for row in used] == [("joke", MEMBER)] * 2
    kept = await app.generations.find(GUILD, joke.id or 0)
    assert (kept.texts, kept.drawn) == (("Dry.",), 3)


@pytest.mark.parametrize(
    ("answer", "order"),
    [
        ("2", ["B", "A", "C", "D"]),
        ("9, 4, 4, 1", ["D", "A", "B", "C"]),
        ("I like them all!", ["A", "B", "C", "D"]),
        ("0", ["A", "B", "C", "D"]),
    ],
)
async def test_whatever_the_picking_model_says_every_draft_is_there_once(
    app: App, server: FakeModelServer, answer: str, order: list[str]
) -> None:
    await add(app, PromptText("Be catchy.", step="pick"), kind="slogan")
    server.script("chat", drafts("A", "B", "C", "D"), drafts(answer))
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, count=2))
    assert list(written.texts) == order[:2]
    assert server.calls("chat")[0].body["n"] == 4


async def test_polish_rewrites_each_draft_by_its_instruction(app: App, server: FakeModelServer) -> None:
    await add(app, PromptText("Be catchy.", "A shop => Shop!", "polish", "Shorter."), kind="slogan")
    server.script("chat", drafts("Long one", "Long two"))
    server.say = lambda asked: asked["messages"][-2]["content"].replace("Long", "Short")
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, count=2))
    assert written.texts == ("Short one", "Short two")
    asked = sorted(contents(call.body) for call in server.calls("chat")[1:])
    assert asked == [["Be catchy.", COMPANY, draft, "Shorter."] for draft in ("Long one", "Long two")]
    assert await count(app.database, "usage") == 3


@pytest.mark.parametrize("step", ["pick", "polish"])
@pytest.mark.parametrize("failure", [replies.error(500), replies.error(404, "no such model", "x"), drafts("")])
async def test_a_second_step_that_fails_costs_no_joke(
    app: App, server: FakeModelServer, step: str, failure: replies.Reply
) -> None:
    await add(app, PromptText("Be dry.", step=step, instruction="Shorter."))
    server.script("chat", drafts("The draft.", "Another."), failure, failure)
    assert (await app.jokes.tell(GUILD, MEMBER, "A fox")).text == "The draft."


async def test_a_small_model_is_asked_for_as_few_tokens_in_both_steps(app: App, server: FakeModelServer) -> None:
    are_small(server)
    await add(app, PromptText("Be dry.", step="polish", instruction="Shorter."))
    await app.jokes.tell(GUILD, MEMBER, "A fox")
    asked = [(c.body["max_completion_tokens"], c.body["temperature"], c.body["n"]) for c in server.calls("chat")]
    assert asked == [(100, 0.7, 1)] * 2
    assert "logprobs" not in server.calls("chat")[0].body


async def test_a_comparison_of_models_gives_the_prompt_to_the_base_alone(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:mine")
    await add(app, PromptText("Be dry.", step="polish", instruction="Shorter."))
    await app.comparison.compare(GUILD, MEMBER, "A fox", ["ft:mine", "base"])
    asked = sorted(
        (call.body["model"], contents(call.body)[0], len(call.body["messages"])) for call in server.calls("chat")
    )
    assert asked == [("ft:mine", JOKE.system, 2), ("gpt-6-luna", "Be dry.", 2), ("gpt-6-luna", "Be dry.", 4)]


async def test_prompts_are_compared_side_by_side_each_once(app: App, server: FakeModelServer) -> None:
    await add(app, use=False)
    await add(app, PromptText("Be drier."), use=False)
    server.say = lambda asked: f"By {asked['messages'][0]['content']}"
    wanted = ["dry v1", "shipped", "dry"]
    compared = await app.comparison.compare_prompts(GUILD, MEMBER, "joke", "A fox", wanted)
    told = [(one.label, one.completion and one.completion.texts[0]) for one in compared]
    assert told == [("dry v1", "By Be dry."), ("shipped", f"By {JOKE.system}"), ("dry v2", "By Be drier.")]
    assert len(await app.comparison.compare_prompts(GUILD, MEMBER, "joke", "A fox", ["dry", "dry v2"])) == 1
    with pytest.raises(NotFoundError, match="This server has no prompt “wet” for jokes"):
        await app.comparison.compare_prompts(GUILD, MEMBER, "joke", "A fox", ["dry", "wet"])
    assert len(server.calls("chat")) == 4


async def test_one_server_never_sees_anothers_prompts(app: App) -> None:
    mine = await add(app)
    with pytest.raises(NotFoundError):
        await app.prompts.choose(OTHER_GUILD, "joke", "dry")
    with pytest.raises(NotFoundError):
        await app.prompts.numbered(OTHER_GUILD, mine.id)
    found = await app.prompts.list(OTHER_GUILD)
    assert (found.prompts, found.in_use, found.uses) == ((), {}, ())


async def test_another_joke_by_a_prompt_is_a_new_one(app: App, server: FakeModelServer) -> None:
    await add(app, PromptText("Be dry.", step="pick"))
    server.script("chat", drafts("One.", "Two.", "Three."), drafts("1"))
    joke = await app.jokes.tell(GUILD, MEMBER, "A fox")
    server.script("chat", drafts("One.", "Two.", "Three."), drafts("1"))
    assert (await app.jokes.another(GUILD, MEMBER, joke.id or 0)).text == "Two."
    rows = await app.database.fetch_all("SELECT examples FROM prompts")
    assert [json.loads(row["examples"]) for row in rows] == [[]]
    server.say = lambda _asked: "One."
    with pytest.raises(ConflictError):
        await app.jokes.another(GUILD, MEMBER, joke.id or 0)
