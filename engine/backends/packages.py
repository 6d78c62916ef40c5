"""Weights that come in packages: located, compared with the published SHA-256, and never imported."""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


class WeightsError(Exception):
    """Weights that are missing or not the published ones; the text is one line that says what to do."""


def locate(package: str, place: str) -> Path:
    """A file or folder of a package. Raises WeightsError if the package is not installed."""
    try:
        return Path(str(distribution(package).locate_file(place)))
    except PackageNotFoundError as error:
        raise WeightsError(f"The package {package} is missing: run `make setup` (requirements-model.txt).") from error


def verify(path: Path, package: str, sha256: str) -> None:
    """Raises WeightsError unless the file has this SHA-256."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path.name} of {package} cannot be read ({error.strerror}): reinstall it.") from error
    if digest != sha256:
        raise WeightsError(f"{path.name} of {package} has SHA-256 {digest}, not {sha256}: reinstall it.")
