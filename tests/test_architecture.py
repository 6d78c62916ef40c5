"""Who may import whom, as CONTRIBUTING.md says, read from the source itself."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "cogs", "engine", "playground", "benchmarks", "translations", "tests")
FILES = sorted(path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py"))
STATEMENT = re.compile(r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s|DROP\s|PRAGMA\s)")

Rule = Callable[[str, str], bool]


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text("utf-8"), file)


@cache
def imports(file: str) -> frozenset[str]:
    """Every module that a file imports, wherever in it; `from a import b` counts as `a` and as `a.b`."""
    return frozenset(_imports(tree(file)))


def _imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def of(module: str, *packages: str) -> bool:
    """Whether a module is one of these packages or lies in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def lies_in(file: str, *places: str) -> bool:
    return any(file == place or (place.endswith("/") and file.startswith(place)) for place in places)


def offenders(forbidden: Rule) -> list[str]:
    return [f"{file} imports {module}" for file in FILES for module in sorted(imports(file)) if forbidden(file, module)]


RULES: dict[str, Rule] = {
    "discord only in bot/client.py and cogs": lambda file, module: (
        of(module, "discord") and lies_in(file, "bot/", "engine/") and file != "bot/client.py"
    ),
    "openai only in bot/llm.py, and its types in engine": lambda file, module: (
        of(module, "openai")
        and lies_in(file, "bot/", "cogs/", "engine/", "playground/")
        and file != "bot/llm.py"
        and not (lies_in(file, "engine/") and of(module, "openai.types"))
    ),
    "a database only in bot/store and engine/storage": lambda file, module: (
        of(module, "sqlite3", "aiosqlite", "psycopg", "psycopg_pool")
        and lies_in(file, "bot/", "cogs/", "engine/", "playground/")
        and not lies_in(file, "bot/store/", "engine/storage/")
    ),
    "S3 only in bot/files/object_store.py": lambda file, module: (
        of(module, "obstore") and lies_in(file, "bot/", "cogs/", "playground/") and file != "bot/files/object_store.py"
    ),
    "bot never imports cogs, but for the entry point, which puts both together": lambda file, module: (
        lies_in(file, "bot/") and of(module, "cogs") and file != "bot/command_line.py"
    ),
    "bot and cogs know no engine": lambda file, module: lies_in(file, "bot/", "cogs/") and of(module, "engine"),
    "engine knows neither bot nor cogs": lambda file, module: lies_in(file, "engine/") and of(module, "bot", "cogs"),
    "cogs import of cogs only what they share, or their own group": lambda file, module: (
        lies_in(file, "cogs/")
        and of(module, "cogs")
        and module != "cogs"
        and not of(module, "cogs.ui", f"cogs.{file.split('/')[1].removesuffix('.py')}")
    ),
    "what cogs share imports no command": lambda file, module: (
        lies_in(file, "cogs/ui/") and of(module, "cogs") and not of(module, "cogs.ui")
    ),
    "real weights only in engine/backends/lora, and where benchmarks train beside it": lambda file, module: (
        of(module, "torch", "transformers", "peft", "trl", "datasets")
        and not lies_in(file, "engine/backends/lora/", "tests/engine/backends/lora/", "benchmarks/trainings/")
    ),
    "ray only in the program of several workers": lambda file, module: (
        of(module, "ray") and file != "engine/ray/parallel.py"
    ),
    "of the engine, obstore only in the store of adapters": lambda file, module: (
        of(module, "obstore") and lies_in(file, "engine/") and file != "engine/backends/upstream/store.py"
    ),
    "simcord only in playground and tests": lambda file, module: (
        of(module, "simcord") and not lies_in(file, "playground/", "tests/")
    ),
    "nothing imports playground but its tests": lambda file, module: (
        of(module, "playground") and not lies_in(file, "playground/", "tests/")
    ),
    "of tests, benchmarks may import the loopback servers, and nobody else anything": lambda file, module: (
        of(module, "tests")
        and not lies_in(file, "tests/")
        and not (lies_in(file, "benchmarks/") and of(module, "tests.wire"))
        and not (lies_in(file, "benchmarks/") and module == "tests")
    ),
    "nothing imports translations but its tests": lambda file, module: (
        of(module, "translations") and not lies_in(file, "translations/", "tests/")
    ),
    "nothing imports benchmarks but its tests": lambda file, module: (
        of(module, "benchmarks") and not lies_in(file, "benchmarks/", "tests/")
    ),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_who_may_import_whom(rule: Rule) -> None:
    assert offenders(rule) == []


@pytest.mark.parametrize(
    ("rule", "file", "module"),
    [
        ("discord only in bot/client.py and cogs", "bot/__main__.py", "discord"),
        ("discord only in bot/client.py and cogs", "engine/api/body.py", "discord.ext.commands"),
        ("openai only in bot/llm.py, and its types in engine", "cogs/joke.py", "openai"),
        ("openai only in bot/llm.py, and its types in engine", "engine/api/chat.py", "openai"),
        ("a database only in bot/store and engine/storage", "bot/jokes/service.py", "sqlite3"),
        ("a database only in bot/store and engine/storage", "bot/moving.py", "psycopg.rows"),
        ("S3 only in bot/files/object_store.py", "bot/datasets/service.py", "obstore.store"),
        ("bot never imports cogs, but for the entry point, which puts both together", "bot/client.py", "cogs.joke"),
        ("bot and cogs know no engine", "bot/app.py", "engine"),
        ("engine knows neither bot nor cogs", "engine/api/app.py", "bot.settings"),
        ("cogs import of cogs only what they share, or their own group", "cogs/joke.py", "cogs.slogan"),
        ("what cogs share imports no command", "cogs/ui/text.py", "cogs.joke"),
        ("real weights only in engine/backends/lora, and where benchmarks train beside it", "bot/llm.py", "torch.nn"),
        ("ray only in the program of several workers", "engine/ray/runner.py", "ray.job_submission"),
        ("of the engine, obstore only in the store of adapters", "engine/backends/catalogue.py", "obstore.store"),
        ("simcord only in playground and tests", "bot/client.py", "simcord"),
        ("nothing imports playground but its tests", "bot/app.py", "playground.page"),
        ("of tests, benchmarks may import the loopback servers, and nobody else anything", "bot/app.py", "tests.wire"),
        (
            "of tests, benchmarks may import the loopback servers, and nobody else anything",
            "benchmarks/report.py",
            "tests.bot",
        ),
        ("nothing imports translations but its tests", "bot/app.py", "translations.messages"),
        ("nothing imports benchmarks but its tests", "bot/app.py", "benchmarks.rounds"),
    ],
)
def test_each_rule_sees_what_it_forbids(rule: str, file: str, module: str) -> None:
    assert RULES[rule](file, module)


def room_of(path: str) -> str:
    """The folder that a file lies in; a file directly in bot, cogs, engine or playground is a room of its own."""
    folder = path.rsplit("/", 1)[0]
    return folder if "/" in folder else path.removesuffix(".py")


def rooms() -> dict[str, set[str]]:
    """Whom each room imports."""
    known: dict[str, set[str]] = {}
    for file in FILES:
        if lies_in(file, "bot/", "cogs/", "engine/", "playground/"):
            paths = [module.replace(".", "/") for module in imports(file)]
            targets = {f"{path}.py" for path in paths} | {f"{path}/__init__.py" for path in paths}
            known.setdefault(room_of(file), set()).update(room_of(target) for target in targets.intersection(FILES))
    return known


def cycles(graph: Mapping[str, set[str]]) -> set[frozenset[str]]:
    """Rooms that reach one another: one set a knot."""

    def reached(room: str) -> set[str]:
        found, waiting = set[str](), list(graph.get(room, ()))
        while waiting:
            step = waiting.pop()
            if step not in found:
                found.add(step)
                waiting += graph.get(step, ())
        return found

    reach = {room: reached(room) - {room} for room in graph}
    knots = {frozenset({room, *(other for other in reach[room] if room in reach.get(other, ()))}) for room in graph}
    return {knot for knot in knots if len(knot) > 1}


def test_no_room_imports_another_in_a_circle() -> None:
    graph = rooms()
    found = cycles(graph)
    assert [f"{room} imports {sorted(graph[room] & knot)}" for knot in found for room in sorted(knot)] == []


def test_a_circle_is_seen_however_long() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {frozenset("abc")}
    assert cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == set()


def test_sql_is_written_only_in_the_store() -> None:
    """In f-strings too, and in docstrings, where it would be just as misplaced."""
    found = [
        f"{file}:{node.lineno}"
        for file in FILES
        if lies_in(file, "bot/", "cogs/", "engine/", "playground/")
        and not lies_in(file, "bot/store/", "engine/storage/")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value)
    ]
    assert found == []


def test_the_rooms_are_there_to_be_checked() -> None:
    for file in ("bot/llm.py", "bot/client.py", "bot/store/database.py", "engine/storage/state.py", "cogs/joke.py"):
        assert file in FILES
    assert "openai" in imports("bot/llm.py")
    assert "discord" in imports("bot/client.py")
    store = [node for node in ast.walk(tree("bot/store/jobs.py")) if isinstance(node, ast.Constant)]
    assert any(isinstance(node.value, str) and STATEMENT.match(node.value) for node in store)
