"""Bases on the command line: what is refused, in one line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.backends.llama import smollm2
from engine.backends.lora import server
from engine.backends.lora.base import BaseError, open_base
from engine.backends.serving import Handshake
from engine.options import UsageError, read_options

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_bases")]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            ["--base", "tiny=/nowhere/at all"],
            "--base: /nowhere/at all is neither a directory, nor a .gguf file, nor the id of a model",
        ),
        (
            ["--base", "tiny="],
            "--base: nothing is neither a directory, nor a .gguf file, nor the id of a model on a hub.",
        ),
        (["--base", "practice-1=org/model"], "--base practice-1=…: the name must be letters, digits"),
        (["--base", "a=org/model", "--base", "a=org/model"], "--base a=…: the name must be letters"),
        (["--base", "a/b=org/model"], "--base a/b=…: the name must be letters"),
        (["--serve-url", "http://127.0.0.1:1/v1"], "--serve-url needs a --base to answer for."),
        (
            ["--base", "a=org/model", "--serve-url", "b=http://one/v1"],
            "--serve-url b=http://one/v1 must be an http address",
        ),
        (
            ["--base", f"a={smollm2.find()}", "--base", "b=org/model", "--serve-url", "http://one/v1"],
            "--serve-url cannot answer for a, a .gguf file: name the bases that it is for (NAME=URL).",
        ),
        (["--base", "a=org/model", "--lora-rank", "0"], "--lora-rank and --lora-alpha must be 1 or more."),
    ],
)
def test_bases_that_make_no_sense_are_refused(options: list[str], complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_options(options)
    assert str(refused.value).startswith(complaint)


def test_a_base_is_named_with_an_absolute_path_or_a_hub_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    options = read_options(["--no-smollm2", "--base", "a=tiny", "--base", "b=org/model-0.5B", "--lora-rank", "8"])
    assert [(base.name, base.reference) for base in options.bases] == [
        ("a", str(tmp_path / "tiny")),
        ("b", "org/model-0.5B"),
    ]
    assert {(base.settings.rank, base.settings.alpha) for base in options.bases} == {(8, None)}


def without_template(folder: Path) -> str:
    (folder / "chat_template.jinja").unlink()
    return "its tokenizer has no chat template; use the instruct or chat version of the model"


def without_weights(folder: Path) -> str:
    (folder / "model.safetensors").unlink()
    return "cannot be opened as a causal language model: "


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path) -> Path:
    """A copy of the tiny base, to be broken."""
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


@pytest.mark.parametrize("broken", [without_template, without_weights])
def test_a_base_that_cannot_be_used_is_refused_in_a_line(broken: Callable[[Path], str], base: Path) -> None:
    complaint = broken(base)
    with pytest.raises(BaseError) as refused:
        open_base(str(base))
    assert str(refused.value).startswith(str(base))
    assert complaint in str(refused.value)


def test_the_server_says_so_in_its_handshake(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint = without_template(base)
    sent: list[object] = []

    class Sent:
        send = staticmethod(sent.append)

    monkeypatch.setattr(server, "Channel", Sent)
    monkeypatch.setattr("sys.argv", ["server", str(base)])
    server.main()
    assert sent == [Handshake(error=f"{base}: {complaint}")]
