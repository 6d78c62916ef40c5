"""The Dockerfile, compose.yaml and the systemd units agree with the code and with one another."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.client import DRAIN_SECONDS
from bot.settings import Settings
from engine.options import KEY_VARIABLE, read_options
from tests.deploy.files import (
    ROOT,
    UNITS,
    compose,
    copied,
    dockerfile,
    image_environment,
    instruction,
    unit,
    unit_environment,
)

BOT, ENGINE = "punchline-bot.service", "punchline-engine.service"
SERVICES = ("bot", "engine")
# What is no setting of the bot's: Python's and matplotlib's own.
OTHERS = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MPLCONFIGDIR"}
OURS = ("bot", "cogs", "engine", "playground", "benchmarks", "tests", "data", "deploy")
NAMED_PATH = re.compile(r"(?<![\w/])(?:docs|deploy)/[\w./-]+\w")


def unknown_settings(names: set[str]) -> set[str]:
    """Names in capitals that no setting of the bot has."""
    return names - OTHERS - {name.upper() for name in Settings.model_fields}


def seconds(duration: str) -> float:
    return float(duration.removesuffix("s"))


def test_the_image_copies_what_its_processes_import_and_nothing_that_does_not_exist() -> None:
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    rooms = {source for source in copied() if source in OURS}
    imported = {module.split(".")[0] for room in rooms for module in _imports(ROOT / room)}
    assert imported & set(OURS) <= rooms


def _imports(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                yield node.module or ""
            elif isinstance(node, ast.Import):
                yield from (name.name for name in node.names)


def test_the_builder_is_sent_what_the_image_copies_and_no_more() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert sorted(rule.removeprefix("!") for rule in rules if rule.startswith("!")) == sorted(copied())
    assert {"**/.env*", "data/*.db*", "data/*.files", "data/engine"} <= set(rules)


def test_every_package_of_the_image_is_pinned_by_hash_but_for_torch() -> None:
    installs = [
        part for name, rest in dockerfile() if name == "RUN" for part in rest.split("&&") if " install " in part
    ]
    ours = [part for part in installs if "pip" in part and "$TORCH" not in part.split("install")[1]]
    assert len(ours) == 2
    assert all("--require-hashes" in part and "--no-deps" in part for part in ours)
    assert "TORCH=" in [rest for name, rest in dockerfile() if name == "ARG"]


def test_the_image_runs_the_bot_as_a_user_without_rights() -> None:
    assert instruction("CMD") == '["python", "-m", "bot"]'
    user, _, group = instruction("USER").partition(":")
    assert int(user) == int(group) >= 10_000
    assert instruction("VOLUME") == "/data"
    assert image_environment()["DATABASE_URL"].startswith("sqlite:////data/")


@pytest.mark.skipif("metrics_port" not in Settings.model_fields, reason="the bot has no /health yet")
def test_every_setting_of_the_image_exists() -> None:
    assert unknown_settings(set(image_environment())) == set()


def test_the_health_check_asks_where_the_processes_answer() -> None:
    command = ast.literal_eval(instruction("HEALTHCHECK").partition("CMD ")[2])
    script, *addresses = command[1:]
    assert (ROOT / script.removeprefix("/app/")).is_file()
    ports = (image_environment()["METRICS_PORT"], read_options([]).port)
    assert addresses == [f"http://127.0.0.1:{port}/health" for port in ports]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_rights_a_bounded_log_and_time_to_stop(name: str) -> None:
    service = compose()["services"][name]
    assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True)
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert seconds(service["stop_grace_period"]) > DRAIN_SECONDS + 2
    assert (service["volumes"], service["restart"]) == ([f"{name}:/data"], "unless-stopped")
    assert service["mem_limit"]
    assert service["pids_limit"]


def test_the_composed_engine_is_reached_by_the_bot_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    services, networks = compose()["services"], compose()["networks"]
    engine = services["engine"]
    assert "ports" not in engine
    assert [networks[name] for name in engine["networks"]] == [{"internal": True}]
    assert set(services["bot"]["networks"]) > set(engine["networks"])
    assert services["bot"]["depends_on"] == {"engine": {"condition": "service_healthy"}}
    (variable,) = engine["environment"]
    assert variable == KEY_VARIABLE
    monkeypatch.setenv(KEY_VARIABLE, "sesame")
    assert engine["command"][:3] == ["python", "-m", "engine"]
    options = read_options(engine["command"][3:])
    assert (options.host, options.port, options.allowed_hosts) == ("0.0.0.0", read_options([]).port, ("engine",))
    assert options.data_dir == Path("/data/engine")


def test_the_composed_bot_takes_its_settings_from_env_and_keeps_its_data_on_its_volume() -> None:
    bot = compose()["services"]["bot"]
    assert bot["env_file"] == [".env"]
    assert bot["command"] == ["python", "-m", "bot"]
    assert unknown_settings(set(bot["environment"])) == set()
    assert bot["environment"]["DATABASE_URL"] == image_environment()["DATABASE_URL"]


HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictNamespaces": "yes",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
    "KillMode": "mixed",
    "Restart": "on-failure",
    "RestartPreventExitStatus": "2",
}


@pytest.mark.parametrize("name", [BOT, ENGINE])
def test_a_unit_is_hardened_bounded_and_has_time_to_stop(name: str) -> None:
    found = unit(name)
    assert {key: found[key][-1] for key in HARDENED} == HARDENED
    assert seconds(found["TimeoutStopSec"][-1]) > DRAIN_SECONDS + 2
    assert all(found[key] for key in ("MemoryMax", "TasksMax", "SystemCallFilter", "RestrictAddressFamilies"))


def test_the_units_run_the_two_processes_with_settings_that_exist() -> None:
    python = "/opt/punchline/.venv/bin/python"
    (bot,), (engine,) = unit(BOT)["ExecStart"], unit(ENGINE)["ExecStart"]
    assert bot == f"{python} -m bot"
    assert engine.startswith(f"{python} -m engine ")
    options = read_options(shlex.split(engine)[3:])
    assert options.host == "127.0.0.1"
    assert unknown_settings(set(unit_environment(BOT))) == set()
    assert unit_environment(BOT)["DATABASE_URL"] == f"sqlite:////var/lib/{unit(BOT)['StateDirectory'][0]}/punchline.db"
    assert options.data_dir == Path("/var/lib", unit(ENGINE)["StateDirectory"][0])
    assert unit(BOT)["User"] != unit(ENGINE)["User"]


def test_what_the_operator_runs_by_hand_has_the_units_user_and_settings() -> None:
    script = (UNITS / "punchline").read_text("utf-8")
    assert f"-p User={unit(BOT)['User'][0]}" in script
    assert f"-p EnvironmentFile={unit(BOT)['EnvironmentFile'][0]}" in script
    assert f"-E DATABASE_URL={unit_environment(BOT)['DATABASE_URL']}" in script
    users = (UNITS / "punchline.sysusers.conf").read_text("utf-8")
    assert all(f"u {unit(name)['User'][0]} " in users for name in (BOT, ENGINE))


def test_files_and_docs_that_are_named_exist() -> None:
    files = [ROOT / "Dockerfile", ROOT / "compose.yaml", *UNITS.iterdir(), ROOT / "docs" / "deploying.md"]
    named = {path for file in files for path in NAMED_PATH.findall(file.read_text("utf-8"))}
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


# What the system, SQLite or torch say, and not our own programs.
THEIRS = {
    "ImportError: libgomp.so.1",
    "could not create a primitive",
    "No space left on device",
    "database or disk is full",
    "database disk image is malformed",
    "file is not a database",
}


def test_each_line_that_the_operator_may_see_at_night_is_what_the_programs_print() -> None:
    section = (ROOT / "docs" / "operating.md").read_text("utf-8").partition("## At three in the morning")[2]
    seen = [row.split("|")[1] for row in section.splitlines() if row.startswith("| ") and "you see" not in row]
    quoted = [quote for cell in seen for quote in re.findall(r"[`“]([^`”]* [^`”]*)[`”]", cell)]
    sources = "".join(file.read_text("utf-8") for room in ("bot", "engine") for file in (ROOT / room).rglob("*.py"))
    parts = {part.strip(" :,") for quote in quoted for part in re.split("…", quote)} - {""} - THEIRS
    assert len(parts) >= 5
    assert {part for part in parts if part not in sources} == set()
