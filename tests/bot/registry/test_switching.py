"""Names, ways back, and models that are put away or lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.errors import ConflictError, InvalidInputError, NotFoundError, RemoteNotFoundError, ServerFailedError
from bot.registry.service import BASE, _name
from bot.store.models import ModelStore, RegisteredModel
from tests.bot.parts import ADMIN, GUILD, MEMBER, OTHER_GUILD, START, StillClock, count, launch, notices, waiting
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

GONE = replies.error(404, "no such model", "model_not_found")


async def own(app: App, *names: str, guild_id: int = GUILD) -> list[RegisteredModel]:
    """Models of a server, each switched to in turn."""
    store, made = ModelStore(app.database), []
    for name in names:
        made.append(await store.add(guild_id, name, base_model="practice-1", job_id=None, now=START))
        await store.activate(guild_id, made[-1].id, activated_by=ADMIN, now=START)
    return made


async def active(app: App, guild_id: int = GUILD) -> str:
    model = (await app.registry.models(guild_id)).active.get("joke")
    return model.model if model else BASE


async def back(app: App) -> tuple[str, str]:
    done = await app.registry.roll_back(GUILD, MEMBER)
    return (done.left.model if done.left else BASE, done.model.model if done.model else BASE)


async def test_a_rollback_is_a_switch_of_its_own_and_twice_is_there_and_back(app: App) -> None:
    await own(app, "ft:a", "ft:b")
    assert [await back(app), await active(app)] == [("ft:b", "ft:a"), "ft:a"]
    assert [await back(app), await active(app)] == [("ft:a", "ft:b"), "ft:b"]
    activations = await app.registry.activations(GUILD)
    assert [(activation.model, activation.activated_by) for activation in activations] == [
        ("ft:b", MEMBER),
        ("ft:a", MEMBER),
        ("ft:b", ADMIN),
        ("ft:a", ADMIN),
    ]


async def test_a_rollback_passes_over_the_same_the_archived_and_the_lost(app: App) -> None:
    _, second, _, _ = await own(app, "ft:a", "ft:b", "ft:c", "ft:d")
    await app.registry.archive(GUILD, "ft:c")
    await app.registry.lose(second)
    await app.registry.use(GUILD, ADMIN, "ft:d")
    assert await back(app) == ("ft:d", "ft:a")


async def test_the_base_is_a_place_to_go_back_to_and_from(app: App) -> None:
    await own(app, "ft:a")
    await app.registry.use(GUILD, ADMIN, "base")
    assert [await back(app), await back(app)] == [("base", "ft:a"), ("ft:a", "base")]


async def test_every_server_began_with_the_base_which_is_always_there_to_go_back_to(app: App) -> None:
    await own(app, "ft:a")
    assert await back(app) == ("ft:a", "base")
    await own(app, "ft:b", "ft:c")
    for name in ("ft:a", "ft:b"):
        await app.registry.archive(GUILD, name)
    assert await back(app) == ("ft:c", "base")


@pytest.mark.parametrize(
    ("used", "why"),
    [
        ((), "this server has used no model but the base"),
        (("ft:a",), "the models used before are archived or gone"),
    ],
)
async def test_from_the_base_there_may_be_no_way_back(app: App, used: tuple[str, ...], why: str) -> None:
    await own(app, "ft:secret", "ft:more", guild_id=OTHER_GUILD)
    await own(app, *used)
    if used:
        await app.registry.use(GUILD, ADMIN, "base")
        await app.registry.archive(GUILD, "ft:a")
    before = await count(app.database, "activations")
    with pytest.raises(ConflictError) as refused:
        await back(app)
    said = f"There is nothing to roll back to: {why}. `/models use` switches to another."
    assert (str(refused.value), await count(app.database, "activations")) == (said, before)


async def test_a_model_that_is_not_in_use_cannot_be_left(app: App) -> None:
    first, _ = await own(app, "ft:a", "ft:b")
    with pytest.raises(ConflictError, match="This model no longer tells this server's jokes"):
        await app.registry.roll_back(GUILD, MEMBER, leaving=first.id)
    assert await active(app) == "ft:b"


async def test_a_model_is_called_by_its_name_in_any_case(app: App) -> None:
    await own(app, "ft:a", "ft:b")
    renamed = await app.registry.rename(GUILD, "ft:a", "  Größte   Lacher ")
    assert renamed == await app.registry.find(GUILD, "GRÖSSTE lacher")
    assert renamed.name == "Größte Lacher"
    await app.registry.use(GUILD, ADMIN, "größte lacher")
    assert await active(app) == "ft:a"


async def test_a_name_is_given_once_a_server_and_never_shadows_an_id_or_the_base(app: App) -> None:
    await own(app, "ft:a", "ft:b")
    await own(app, "ft:theirs", guild_id=OTHER_GUILD)
    await app.registry.rename(OTHER_GUILD, "ft:theirs", "Ärger")
    await app.registry.rename(GUILD, "ft:a", "Ärger")
    await app.registry.rename(GUILD, "ft:a", "ÄRGER")
    for taken in ("ärger", "ft:a"):
        with pytest.raises(ConflictError, match=f"`ft:a` is called “{taken}” already"):
            await app.registry.rename(GUILD, "ft:b", taken)
    with pytest.raises(InvalidInputError, match="“base” always means the base model"):
        await app.registry.rename(GUILD, "ft:b", " Base")
    assert [model.name for model in (await app.registry.models(GUILD)).models] == [None, "ÄRGER"]


@given(st.text(max_size=60))
def test_a_name_is_one_line_of_1_to_40_characters(typed: str) -> None:
    try:
        name = _name(typed)
    except InvalidInputError:
        return
    assert 1 <= len(name) <= 40
    assert name == " ".join(name.split())
    assert name.isprintable()


async def test_the_model_in_use_cannot_be_archived(app: App) -> None:
    await own(app, "ft:a")
    with pytest.raises(ConflictError) as refused:
        await app.registry.archive(GUILD, "ft:a")
    assert str(refused.value) == "`ft:a` tells this server's jokes. Switch with `/models use` first, then archive it."
    assert (await app.registry.models(GUILD)).archived == ()


async def test_a_archived_model_leaves_lists_and_jokes_and_comes_back_by_use(app: App) -> None:
    await own(app, "ft:a", "ft:b")
    await app.registry.rename(GUILD, "ft:a", "Ducks")
    await app.registry.archive(GUILD, "ducks")
    models = await app.registry.models(GUILD)
    assert ([model.model for model in models.models], [model.model for model in models.archived]) == (
        ["ft:b"],
        ["ft:a"],
    )
    with pytest.raises(NotFoundError, match="“Ducks” is archived"):
        await app.jokes.tell(GUILD, MEMBER, "A duck", "Ducks")
    used = await app.registry.use(GUILD, ADMIN, "Ducks")
    assert used is not None
    assert (used.model, used.name, used.archived_at) == ("ft:a", "Ducks", None)
    assert len(await app.registry.activations(GUILD)) == 3


async def test_a_archived_models_name_is_free_and_is_not_taken_back(app: App) -> None:
    await own(app, "ft:b", "ft:a")
    await app.registry.use(GUILD, ADMIN, "ft:b")
    await app.registry.rename(GUILD, "ft:a", "Ducks")
    await app.registry.archive(GUILD, "ft:a")
    await app.registry.rename(GUILD, "ft:b", "ducks")
    assert (await app.registry.find(GUILD, "DUCKS", archived=True)).model == "ft:b"
    used = await app.registry.use(GUILD, ADMIN, "ft:a")
    assert used is not None
    assert (used.model, used.name) == ("ft:a", None)
    assert (await app.registry.find(GUILD, "ducks")).model == "ft:b"


async def test_a_lost_model_gives_way_at_once_and_admins_are_told_once(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    await own(app, "ft:a")
    server.script("chat", GONE)
    joke = await app.jokes.tell(GUILD, MEMBER, "A duck")
    again = await app.jokes.tell(GUILD, MEMBER, "A duck")
    assert [call.body["model"] for call in server.calls("chat")] == ["ft:a", "gpt-6-luna", "gpt-6-luna"]
    for told in (joke, again):
        assert (told.tuned, told.examples, told.lost and told.lost.model) == (None, 10, "ft:a")
    assert (await app.registry.find(GUILD, "ft:a")).lost_at == START
    (notice,) = await waiting(app)
    assert (notice.guild_id, notice.subject) == (GUILD, "lost:ft:a:1")
    assert notice.body == (
        "⚠️ The model server no longer has `ft:a`, which told this server's jokes. Until you choose another model, the base model tells "
        "them, with examples in the prompt. `/models rollback` goes back to the model before, `/finetune launch` trains a new one. If "
        "the model comes back, `/models use ft:a` switches to it again."
    )
    outcomes = await app.database.fetch_all("SELECT outcome FROM usage ORDER BY id")
    assert [row["outcome"] for row in outcomes] == ["failed", "answered", "answered"]


async def test_a_fallback_that_fails_too_is_not_tried_again(app: App, server: FakeModelServer) -> None:
    await own(app, "ft:a")
    server.script("chat", GONE, replies.error(500))
    with pytest.raises(ServerFailedError):
        await app.jokes.tell(GUILD, MEMBER, "A duck")
    assert (len(server.calls("chat")), len(await notices(app))) == (2, 1)


async def test_other_failures_of_the_active_model_lose_nothing(app: App, server: FakeModelServer) -> None:
    await own(app, "ft:a")
    server.script("chat", replies.error(500))
    with pytest.raises(ServerFailedError):
        await app.jokes.tell(GUILD, MEMBER, "A duck")
    assert ((await app.registry.find(GUILD, "ft:a")).lost_at, len(server.calls("chat"))) == (None, 1)


async def test_using_a_lost_model_tries_it_again_and_a_second_loss_is_told_anew(
    app: App, server: FakeModelServer
) -> None:
    await own(app, "ft:a")
    server.script("chat", GONE)
    await app.jokes.tell(GUILD, MEMBER, "A duck")
    await app.registry.use(GUILD, ADMIN, "ft:a")
    assert (await app.jokes.tell(GUILD, MEMBER, "A duck")).tuned
    server.script("chat", GONE)
    await app.jokes.tell(GUILD, MEMBER, "A duck")
    assert await notices(app) == [(GUILD, "lost:ft:a:1"), (GUILD, "lost:ft:a:2")]


async def test_who_asks_for_a_lost_model_by_name_gets_the_reason_or_finds_it_again(
    app: App, server: FakeModelServer
) -> None:
    await own(app, "ft:other", "ft:a")
    server.script("chat", GONE)
    with pytest.raises(RemoteNotFoundError):
        await app.jokes.tell(GUILD, MEMBER, "A duck", "ft:other")
    assert (await app.registry.find(GUILD, "ft:other")).lost_at == START
    assert await notices(app) == []
    assert (await app.jokes.tell(GUILD, MEMBER, "A duck", "ft:other")).tuned
    assert (await app.registry.find(GUILD, "ft:other")).lost_at is None


async def test_a_new_model_takes_the_place_of_a_lost_one(app: App) -> None:
    (lost,) = await own(app, "ft:a")
    await app.registry.lose(lost)
    await app.registry.register(await launch(app), "ft:b")
    assert await active(app) == "ft:b"
    assert [(activation.model, activation.activated_by) for activation in await app.registry.activations(GUILD, 1)] == [
        ("ft:b", None)
    ]
