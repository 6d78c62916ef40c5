"""The official clients and those that many use, each as its registry has it, in an environment of its own: `make soak`."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.process import ROOT

CACHE = ROOT / ".clients"
HERE = Path(__file__).parent

pytestmark = pytest.mark.soak


def environment(name: str, make: Callable[[Path], None]) -> Path:
    """A folder that holds a client: the one of an earlier run, or a new one. A half-made one is made again."""
    folder = CACHE / name
    done = folder / "done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        done.touch()
    return folder


def run(*command: str | Path, folder: Path) -> str:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603 - our own
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.parametrize(
    ("client", "requirement"),
    [
        ("openai", "openai>=1,<2"),
        ("openai", "openai>=2,<3"),
        ("openai", "openai>=3,<4"),
        ("langchain-openai", "langchain-openai"),
        ("litellm", "litellm"),
    ],
)
def test_python_clients(engine_url: str, client: str, requirement: str, capsys: pytest.CaptureFixture[str]) -> None:
    def install(folder: Path) -> None:
        run(sys.executable, "-m", "venv", "venv", folder=folder)
        run("venv/bin/python", "-m", "pip", "install", "--quiet", requirement, folder=folder)

    folder = environment(requirement.replace(">=", "-").replace(",<", "-below-"), install)
    told = run("venv/bin/python", HERE / "scenario.py", client, engine_url, folder=folder)
    with capsys.disabled():
        print(f"\n{told.splitlines()[-1]}: well")  # noqa: T201 - the report


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node")
@pytest.mark.parametrize("major", ["4", "6"])
def test_javascript_clients(engine_url: str, major: str, capsys: pytest.CaptureFixture[str]) -> None:
    def install(folder: Path) -> None:
        (folder / "package.json").write_text("{}")
        run("npm", "install", "--silent", "--no-audit", "--no-fund", f"openai@{major}", folder=folder)

    folder = environment(f"openai-js-{major}", install)
    script = Path(shutil.copy(HERE / "scenario.mjs", folder))  # modules are found beside it
    told = run("node", script, engine_url, folder=folder)
    with capsys.disabled():
        print(f"\n{told.splitlines()[-1]}: well")  # noqa: T201 - the report
