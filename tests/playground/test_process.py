"""`python -m playground` and `python -m playground.demo` as people start them."""

import re
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from tests.wire.process import Process

pytestmark = pytest.mark.soak


def engine_runs(data_dir: Path) -> bool:
    """Whether an engine holds its data directory, which it locks as long as it lives."""
    with closing(sqlite3.connect(data_dir / "engine.db", timeout=0)) as database:
        try:
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
    return False


async def test_the_playground_serves_its_page_and_sigterm_ends_the_engine_too(trained_dir: Path) -> None:
    async with Process("playground", {}, "--port", "0", "--data-dir", str(trained_dir)) as playground:
        address = (await playground.line(r"open: (http://127\.0\.0\.1:\d+/)#\S+", 60))[1]
        async with aiohttp.ClientSession() as session, session.get(address) as page:
            assert page.status == 200
            assert "SimCord" in await page.text()
        assert engine_runs(trained_dir)
        assert await playground.stop(20) == 0
    assert playground.lines[-1] == "The playground is closed."
    assert not engine_runs(trained_dir)


async def test_a_port_that_is_taken_is_named_in_one_line_and_nothing_keeps_running(trained_dir: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        async with Process("playground", {}, "--port", port, "--data-dir", str(trained_dir)) as playground:
            assert await playground.ended(60) == 1
    assert playground.lines[-1].startswith(f"The page cannot be served (preview could not bind port {port})")
    assert not engine_runs(trained_dir)


async def test_an_engine_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "engine.db").write_text("no database")
    async with Process("playground", {}, "--port", "0", "--data-dir", str(tmp_path)) as playground:
        assert await playground.ended(60) == 1
    assert "The model server did not start:" in playground.lines
    assert playground.lines[-1].startswith("engine: ")


@pytest.fixture
async def demo(engine_url: str, tmp_path: Path) -> str:
    async with Process("playground.demo", {}, "--engine-url", engine_url, "--data-dir", str(tmp_path)) as process:
        assert await process.ended(150) == 0, process.output
        return process.output


@pytest.fixture
def pictures(demo: str, tmp_path: Path) -> dict[str, bytes]:
    """What the demo saved, by name."""
    assert "The poster and the share card are in" in demo
    return {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}


async def test_the_demo_tells_the_whole_recipe(demo: str, pictures: dict[str, bytes]) -> None:
    assert '"object": "chat.completion"' in demo
    assert re.search(r"^I like apples +I like bananas +0\.63 +0\.90$", demo, re.MULTILINE)
    assert "Saved “jokes”" in demo
    assert re.search(r"\d+%, Step \d+ of \d+, loss \d", demo)
    assert "    The new model is ready, and tells this server's jokes now." in demo
    after = demo[demo.index("5. The same joke after it") : demo.index("6. 20 scenarios")]
    assert re.search(r"^    (.* )?Haha$", after, re.MULTILINE)  # a joke may have several lines
    for button, name in (("Poster", "poster.png"), ("Share card", "share-card.png")):
        assert f"\n> [{button}]\n    {name}: A " in demo
        assert pictures[name].startswith(b"\x89PNG")
    laughs = re.search(r"Ends in “Haha”:  base (\d+) of 20,  tuned (\d+) of 20", demo)
    assert laughs is not None
    assert int(laughs[1]) <= 1
    assert int(laughs[2]) >= 19
    assert re.search(r"^here +\d{3} +\d\d +9\d %$", demo, re.MULTILINE)
    assert max(len(line) for line in demo.splitlines()) <= 80
    assert "\x1b" not in demo
