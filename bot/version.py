"""Which Punchline this is, and on what it runs."""

import platform
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PROJECT_FILE = Path(__file__).parents[1] / "pyproject.toml"


def own_version() -> str:
    """The version in pyproject.toml where the bot runs from its folder, else that of the installed package."""
    if PROJECT_FILE.exists():
        return str(tomllib.loads(PROJECT_FILE.read_text("utf-8"))["project"]["version"])
    return version_of("punchline")


def version_of(package: str) -> str:
    """An installed package's version."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def build() -> dict[str, str]:
    """Versions by what they are of."""
    return {
        "version": own_version(),
        "python": platform.python_version(),
        "discord_py": version_of("discord.py"),
        "openai": version_of("openai"),
    }
