"""Files that only their owner reads, directories that hold more than the engine's, and writing that is complete or absent."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from openai import OpenAI

from engine.storage.files import is_disk_full, make_private, write_atomically
from tests.engine.datasets import training_file
from tests.engine.process import ROOT, running_engine
from tests.engine.waiting import finished


def modes(folder: Path) -> dict[str, str]:
    """Every file and directory, with its permissions, but for those that are deleted just then."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            found[str(path.relative_to(folder))] = stat.filemode(path.lstat().st_mode)
    return found


def check_private(folder: Path) -> None:
    assert {mode[4:] for mode in modes(folder).values()} == {"------"}, modes(folder)


@pytest.fixture
def wide_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.soak
def test_what_the_engine_and_its_workers_write_is_theirs_alone(
    prepared_dir: Callable[[], Path], wide_umask: None
) -> None:
    """Under any umask; and what an earlier engine left open is closed."""
    folder = prepared_dir()
    old = folder / "models" / ("ftjob-" + "a" * 24)
    for path in (folder, folder / "models", old, folder / "files"):
        path.mkdir(exist_ok=True)
        path.chmod(0o777)
    (old / "adapter_config.json").touch(0o666)
    (folder / "engine.db").touch(0o666)
    for weights in (folder / "models").glob("practice-1-*"):
        weights.chmod(0o644)
    with running_engine(folder) as engine, OpenAI(base_url=engine.url, api_key="x") as client:
        check_private(folder)
        uploaded = client.files.create(file=training_file(10), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(model="practice-1", training_file=uploaded.id)
        assert finished(client, job.id).status == "succeeded"
        check_private(folder)
        assert len(modes(folder)) > 10


def test_links_and_directories_for_all_are_left_as_they_are(tmp_path: Path, wide_umask: None) -> None:
    shared, folder = tmp_path / "shared", tmp_path / "shared" / "engine"
    shared.mkdir(0o777)
    make_private(folder, {"models": re.compile("ours.*")})
    (folder / "models" / "ours").symlink_to(shared)
    (folder / "models" / "theirs").mkdir()
    (folder / "models" / "theirs").chmod(0o777)
    make_private(folder, {"models": re.compile("ours.*")})
    assert modes(shared)["."] == "drwxrwxrwx"
    assert modes(shared)["engine/models/theirs"] == "drwxrwxrwx"
    shared.chmod(0o1777)
    make_private(shared, {"models": re.compile("ours.*")})
    assert modes(shared)["."] == "drwxrwxrwt"


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(28, "No space left on device"), True),
        (OSError(122, "Disk quota exceeded"), True),
        (OSError(13, "Permission denied"), False),
        (RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)"), True),
        (RuntimeError("os error 288"), False),
        (ValueError("a bug"), False),
    ],
)
def test_a_full_disk_is_known_by_whatever_name(error: Exception, full: bool) -> None:
    assert is_disk_full(error) == full
    wrapped = RuntimeError("saving failed")
    wrapped.__cause__ = error
    assert is_disk_full(wrapped) == full


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_atomically(tmp_path / "file", b"old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "file", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_storage_is_read_without_what_serves_it() -> None:
    """A worker starts in a fraction of a second because it knows neither the database nor the routes."""
    code = (
        "import sys, engine.training.worker; print([m for m in ('aiohttp', 'openai', 'aiosqlite') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert told.stdout == "[]\n"
