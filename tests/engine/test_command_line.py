"""The command line: what it refuses, the key, and the addresses it prints."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest
from openai import OpenAI

from engine.__main__ import main
from engine.options import DATABASE_VARIABLE, UsageError, read_options
from tests.engine.process import ROOT, running_engine


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Ended]]:
    """Runs the engine in this process, for what ends it before it serves."""
    umask = os.umask(0o022)

    def run(*options: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["engine", *options])
        try:
            code = main()
        except SystemExit as ended:  # argparse's way
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    yield run
    os.umask(umask)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--host", "0.0.0.0"), "engine: --host 0.0.0.0 can be reached by others: give --api-key, or listen on"),
        (("--host", "::"), "engine: --host :: can be reached by others"),
        (("--host", "example.org"), "engine: --host example.org can be reached by others"),
        (("--api-key", "clé"), "engine: --api-key must be printable ASCII"),
        (("--api-key-file", "/dev/null"), "engine: --api-key-file /dev/null has no key in it."),
        (("--api-key-file", "/nowhere"), "engine: [Errno 2] No such file or directory: '/nowhere'"),
        (("--workers", "0"), "error: argument --workers: 0 is not 1 or more"),
        (("--port", "70000"), "engine: --port 70000 is not between 0 and 65535."),
        (("--database", "mysql://db/x"), "engine: --database must be an address like postgresql://user:password@host/"),
        (
            ("move-to",),
            "engine: Name the database: python -m engine move-to postgresql://…, or set ENGINE_DATABASE_URL.",
        ),
        (("--ray", "head:8265"), "engine: --ray head:8265 must be the address of Ray's dashboard, such as http://127"),
        (("--ray", "http://head:8265", "--ray-jobs", "0"), "engine: --ray-jobs 0 is not 1 or more."),
        (("--ray", "http://h", "--ray-resources", "cpu:4"), "engine: --ray-resources cpu:4 must be such as cpus:4 or "),
        (("--ray", "http://h", "--ray-resources", "cpus:-1"), "engine: --ray-resources cpus:-1 must be such as"),
        (("--port", "http"), "error: argument --port: invalid int value: 'http'"),
        (("--data-dir", "/dev/null/x", "--port", "0"), "engine: The data directory /dev/null/x cannot be used"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(
    run: Callable[..., Ended], options: tuple[str, ...], complaint: str
) -> None:
    ended = run(*options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert complaint in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


@pytest.mark.soak
def test_a_corpus_that_cannot_be_learned_is_said_in_a_line(run: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text("no JSON")
    ended = run("--port", "0", "--data-dir", str(tmp_path / "engine"), "--corpus", str(tmp_path / "corpus.jsonl"))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == ("engine: practice-1 could not be trained: Line 1: it is not valid JSON.")


def test_a_data_directory_serves_one_engine(run: Callable[..., Ended], engine_url: str, engine_data_dir: Path) -> None:
    ended = run("--port", "0", "--data-dir", str(engine_data_dir))
    assert ended.returncode == 2
    assert ended.stderr == f"engine: Another engine is using {engine_data_dir}: stop it or give --data-dir.\n"


def test_a_taken_port_is_said_in_a_line(
    run: Callable[..., Ended], engine_url: str, prepared_dir: Callable[[], Path]
) -> None:
    port = engine_url.removesuffix("/v1").rpartition(":")[2]
    ended = run("--port", port, "--data-dir", str(prepared_dir()))
    assert ended.returncode == 2
    assert "address already in use" in ended.stderr.splitlines()[-1]


def test_with_a_key_only_its_holders_come_in(prepared_dir: Callable[[], Path]) -> None:
    folder = prepared_dir()
    (folder / "keys").write_text("# two more\nmine\nyours\n")
    keys = ("--api-key", "sesame", "--api-key-file", str(folder / "keys"))
    with running_engine(folder, "--host", "0.0.0.0", *keys) as engine:
        url = engine.url.replace("0.0.0.0", "127.0.0.1")
        with OpenAI(base_url=url, api_key="wrong", max_retries=0) as client:
            with pytest.raises(openai.AuthenticationError, match=r"Incorrect API key provided\."):
                client.models.list()
            with pytest.raises(openai.AuthenticationError, match=r"You didn't provide an API key\."):
                client.models.list(extra_headers={"Authorization": ""})
            with pytest.raises(openai.AuthenticationError):
                client.get("/nowhere", cast_to=object)
            assert client.get(url.removesuffix("/v1") + "/health", cast_to=object) == {"status": "ok"}
            assert all(client.with_options(api_key=key).models.list().data for key in ("sesame", "mine", "yours"))
            with pytest.raises(openai.AuthenticationError):
                client.with_options(api_key="# two more").models.list()
        engine.process.terminate()
        assert engine.process.wait(timeout=5) == 0


def test_the_key_may_come_from_a_variable_that_the_command_line_overrules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_API_KEY", "sesame")
    assert read_options(["--host", "0.0.0.0"]).keys == ("sesame",)
    assert read_options(["--api-key", "mine"]).keys == ("mine",)
    monkeypatch.setenv("ENGINE_API_KEY", "no key")
    with pytest.raises(UsageError, match="ENGINE_API_KEY must be printable ASCII"):
        read_options([])


def test_help_explains_itself(run: Callable[..., Ended]) -> None:
    told = run("--help").stdout
    assert "A model server for your own machine that speaks OpenAI's protocol" in told
    assert "python examples/finetune_with_openai_client.py" in told


def test_a_database_from_the_environment_is_used_and_its_password_never_shown(
    run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://engine:secret@127.0.0.1:9/state")
    assert read_options([]).database == "postgresql://engine:secret@127.0.0.1:9/state"
    assert "secret" not in repr(read_options([]))
    ended = run("--data-dir", str(tmp_path), "--port", "0")
    assert ended.returncode == 2
    assert ended.stderr.startswith("engine: The database postgresql://engine@127.0.0.1:9/state cannot be reached: ")
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr


def test_without_the_package_a_database_is_refused_and_a_file_needs_none(
    run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = "import sys, engine.__main__; print([m for m in ('psycopg', 'psycopg_pool') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert told.stdout == "[]\n"
    for name in [
        name for name in sys.modules if name.startswith(("engine.storage.postgres", "engine.storage.election"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    ended = run("--data-dir", str(tmp_path), "--port", "0", "--database", "postgresql://127.0.0.1:9/state")
    assert (ended.returncode, ended.stderr) == (
        2,
        "engine: A database on PostgreSQL needs psycopg: pip install '.[postgres]'.\n",
    )
