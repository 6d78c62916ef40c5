"""What becomes of datasets: several files as one, a part held back, removal, and files that go when nobody has them."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import App
from bot.datasets.service import Incoming, Saved
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.settings import Settings
from tests.bot.parts import (
    ADMIN,
    GUILD,
    OTHER_GUILD,
    StillClock,
    content_of,
    count,
    example,
    job_now,
    launch,
    on_both,
    stored,
    training_file,
    upload,
)
from tests.wire.model_server import FakeModelServer


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.files_folder


async def upload_all(app: App, *contents: bytes, name: str | None = "jokes") -> Saved:
    files = []
    for number, content in enumerate(contents, 1):
        path = app.datasets.incoming(len(content))
        path.write_bytes(content)
        files.append(Incoming(path, f"part {number}.jsonl"))
    return await app.datasets.upload_all(GUILD, ADMIN, files, name)


@on_both
async def test_several_files_are_kept_as_one(app: App) -> None:
    kept = await upload_all(app, training_file(8), training_file(12), name=None)
    assert (kept.dataset.name, kept.dataset.examples) == ("part 1", 12)
    assert await content_of(app, kept.dataset) == training_file(12)
    assert kept.dataset.sha256 == hashlib.sha256(training_file(12)).hexdigest()
    assert kept.found.warning_counts == {"left out": 8}
    assert set(await stored(app.settings)) == {f"{kept.dataset.sha256}.jsonl"}


@on_both
async def test_an_error_in_one_of_several_files_stores_none(app: App) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await upload_all(app, training_file(12), b"{}\n")
    assert str(refused.value) == (
        'Nothing was saved.\npart 2.jsonl, line 1: has no messages; it must look like `{"messages": [...]}`.'
    )
    assert (set(await stored(app.settings)), await count(app.database, "datasets")) == (set(), 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(content=st.binary(max_size=200))
async def test_whatever_is_uploaded_is_refused_in_words_and_leaves_nothing(app: App, content: bytes) -> None:
    with pytest.raises(InvalidInputError):
        await upload(app, content)
    assert (set(await stored(app.settings)), await count(app.database, "datasets")) == (set(), 0)


async def test_the_same_content_under_another_name_is_pointed_out(app: App) -> None:
    first = await upload(app, training_file())
    kept = await upload_all(app, training_file(), name="again")
    assert kept.same == first
    assert set(await stored(app.settings)) == {f"{first.sha256}.jsonl"}
    await upload(app, training_file(), guild_id=OTHER_GUILD)
    assert (await upload_all(app, training_file(11), name="other")).same is None


@on_both
async def test_a_split_is_a_dataset_of_its_own(app: App) -> None:
    whole = await upload(app, training_file(40))
    kept = await app.datasets.split(GUILD, ADMIN, "JOKES", 20, 3)
    split = kept.dataset
    assert (split.name, split.examples, split.validation_examples) == ("jokes split", 32, 8)
    async with app.datasets.parts(split) as parts:
        assert parts.validation is not None
        held_back, together = parts.validation.read_bytes(), parts.training.read_bytes() + parts.validation.read_bytes()
    assert split.validation_sha256 == hashlib.sha256(held_back).hexdigest()
    assert sorted(together.splitlines()) == sorted(training_file(40).splitlines())
    assert await content_of(app, whole) == training_file(40)
    assert set(await stored(app.settings)) == {
        f"{sha}.jsonl" for sha in (whole.sha256, split.sha256, split.validation_sha256)
    }


async def test_a_split_that_leaves_too_few_is_refused(app: App) -> None:
    await upload(app, training_file(12))
    with pytest.raises(InvalidInputError) as refused:
        await app.datasets.split(GUILD, ADMIN, "jokes", 50, 3)
    assert str(refused.value) == (
        "That would leave 6 examples to train on, and at least 10 are needed. Choose a smaller `share`."
    )
    assert (len(set(await stored(app.settings))), await count(app.database, "datasets")) == (1, 1)
    assert (await app.datasets.split(GUILD, ADMIN, "jokes", 5, 3)).dataset.examples == 11


async def test_a_dataset_of_one_example_many_times_is_split_by_groups_or_not_at_all(app: App) -> None:
    one, others = json.dumps(example()).encode() + b"\n", training_file(11)
    await upload(app, one * 40 + others)
    for seed in range(5):
        split = (await app.datasets.split(GUILD, ADMIN, "jokes", 5, seed)).dataset
        assert (split.examples, split.validation_examples) == (48, 3)
        await app.datasets.remove(GUILD, split.id)
    await upload(app, one * 12, name="same")
    with pytest.raises(InvalidInputError) as refused:
        await app.datasets.split(GUILD, ADMIN, "same", 5, 1)
    assert str(refused.value) == "All 12 examples of “same” are the same, so none can be held back."
    await upload(app, one * 9 + training_file(1) * 9, name="halves")
    with pytest.raises(InvalidInputError) as refused:
        await app.datasets.split(GUILD, ADMIN, "halves", 5, 1)
    assert str(refused.value) == (
        "“halves” repeats its examples so often that holding some back would leave fewer than 10 to train on."
    )
    assert len(set(await stored(app.settings))) == 3


async def test_what_is_split_is_not_split_again(app: App) -> None:
    await upload(app, training_file(40))
    await app.datasets.split(GUILD, ADMIN, "jokes", 10, 1)
    with pytest.raises(ConflictError, match="There is already a dataset “jokes split”"):
        await app.datasets.split(GUILD, ADMIN, "jokes", 10, 1)
    with pytest.raises(ConflictError, match="“jokes split” is split already"):
        await app.datasets.split(GUILD, ADMIN, "jokes split", 10, 1)
    with pytest.raises(NotFoundError):
        await app.datasets.split(GUILD, ADMIN, "none", 10, 1)


async def test_a_long_name_leaves_room_for_the_word(app: App) -> None:
    await upload(app, training_file(40), name="n" * 40)
    assert (await app.datasets.split(GUILD, ADMIN, "n" * 40, 10, 1)).dataset.name == "n" * 34 + " split"


@on_both
async def test_a_removed_dataset_keeps_its_row_and_frees_its_name(app: App, clock: StillClock) -> None:
    dataset = await upload(app, training_file())
    clock.advance(hours=1)
    assert await app.datasets.remove(GUILD, dataset.id) == dataset
    (row,) = await app.database.fetch_all("SELECT name, removed_at FROM datasets")
    assert (row["name"], row["removed_at"]) == ("jokes", "2026-11-22T13:00:00.000000+00:00")
    assert (set(await stored(app.settings)), await app.datasets.list(GUILD)) == (set(), ())
    with pytest.raises(NotFoundError, match="This dataset was deleted"):
        await app.datasets.remove(GUILD, dataset.id)
    await upload(app, training_file())


async def test_nobody_removes_what_is_anothers(app: App) -> None:
    dataset = await upload(app, training_file())
    with pytest.raises(NotFoundError):
        await app.datasets.remove(OTHER_GUILD, dataset.id)
    assert await app.datasets.list(GUILD) == (dataset,)


@on_both
async def test_a_file_stays_while_anybody_has_its_content(app: App) -> None:
    mine = await upload(app, training_file())
    theirs = await upload(app, training_file(), guild_id=OTHER_GUILD)
    await app.datasets.remove(GUILD, mine.id)
    assert set(await stored(app.settings)) == {f"{theirs.sha256}.jsonl"}
    await app.datasets.remove(OTHER_GUILD, theirs.id)
    assert set(await stored(app.settings)) == set()


async def test_a_dataset_stays_while_a_job_uses_it(app: App) -> None:
    job = await launch(app)
    dataset = await app.datasets.get(GUILD, "jokes")
    with pytest.raises(ConflictError) as refused:
        await app.datasets.remove(GUILD, dataset.id)
    assert str(refused.value) == (
        f"Job {job.id} is training on “jokes”. Wait for it, or stop it with `/finetune cancel {job.id}`; then delete the dataset."
    )
    assert len(set(await stored(app.settings))) == 1
    await app.job_control.cancel(GUILD, job.id)
    await app.datasets.remove(GUILD, dataset.id)
    assert (await job_now(app, job)).dataset == "jokes"


async def test_a_quote_on_a_dataset_that_was_removed_launches_nothing(app: App) -> None:
    dataset = await upload(app, training_file())
    offer = await app.finetunes.quote(GUILD, 1, ADMIN, "jokes")
    await app.datasets.remove(GUILD, dataset.id)
    with pytest.raises(NotFoundError) as refused:
        await app.finetunes.launch(GUILD, ADMIN, offer.quote.id, None)
    assert str(refused.value) == ("“jokes” has been deleted. Get a quote on another dataset with `/finetune launch`.")
    assert await count(app.database, "jobs") == 0


@on_both
async def test_a_job_trains_on_one_part_and_is_measured_on_the_other(app: App, server: FakeModelServer) -> None:
    await upload(app, training_file(40))
    split = (await app.datasets.split(GUILD, ADMIN, "jokes", 20, 3)).dataset
    offer = await app.finetunes.quote(GUILD, 1, ADMIN, "jokes split")
    job = await app.finetunes.launch(GUILD, ADMIN, offer.quote.id, None)
    await app.tracker.round()
    now = await job_now(app, job)
    (remote,) = server.jobs.jobs.values()
    assert (remote["training_file"], remote["validation_file"]) == (now.remote_file_id, now.remote_validation_file_id)
    assert now.remote_validation_file_id not in (None, now.remote_file_id)
    assert split.tokens == offer.dataset.tokens
