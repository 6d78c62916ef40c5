"""The command line's part about Ray."""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

TOKEN_VARIABLE = "RAY_AUTH_TOKEN"  # noqa: S105 - the name that Ray gives it
_GB = 1024**3
_EXAMPLE = "such as cpus:4 or smollm2-135m=cpus:2,gpus:1,memory_gb:8"


@dataclass(frozen=True)
class Resources:
    """What one worker of a training needs; Ray lets it wait until a node has that much free."""

    cpus: float = 1
    gpus: float = 0
    memory_gb: float = 0

    @property
    def memory(self) -> int:
        """In bytes."""
        return int(self.memory_gb * _GB)


@dataclass(frozen=True)
class RayOptions:
    """A cluster's address, how many jobs it may have at once, the Python on its nodes, and what trainings need, by base ("" is any)."""

    address: str
    jobs: int = 8
    python: str = sys.executable
    token: str = ""
    resources: Mapping[str, Resources] = field(default_factory=dict)

    def resources_of(self, base: str) -> Resources:
        return self.resources.get(base) or self.resources.get("") or Resources()


def add_ray_options(parser: argparse.ArgumentParser) -> None:
    shown = "(default: %(default)s)"
    add = parser.add_argument_group("trainings on a Ray cluster instead of here (docs/ray.md)").add_argument
    add("--ray", metavar="URL", help=f"the head's dashboard, e.g. http://head:8265; its token: {TOKEN_VARIABLE}")
    add("--ray-jobs", type=int, default=8, metavar="N", help=f"trainings that Ray may have at once {shown}")
    add("--ray-python", default=sys.executable, metavar="PATH", help="Python with Punchline's packages on every node")
    needs = f"what one worker of a training needs, {_EXAMPLE}; repeatable (default: cpus:1)"
    add("--ray-resources", action="append", default=[], metavar="[BASE=]NEEDS", help=needs)


def read_ray_options(given: argparse.Namespace) -> RayOptions | None:
    """None without `--ray`. Raises ValueError."""
    if not given.ray:
        return None
    if not given.ray.startswith(("http://", "https://")):
        raise ValueError(f"--ray {given.ray} must be the address of Ray's dashboard, such as http://127.0.0.1:8265.")
    if given.ray_jobs < 1:
        raise ValueError(f"--ray-jobs {given.ray_jobs} is not 1 or more.")
    resources = dict(_resources(text) for text in given.ray_resources)
    token = os.environ.get(TOKEN_VARIABLE, "")
    return RayOptions(given.ray.rstrip("/"), given.ray_jobs, given.ray_python, token, resources)


def _resources(text: str) -> tuple[str, Resources]:
    base, _, needs = text.rpartition("=")
    pairs = [need.partition(":") for need in needs.split(",")]
    try:
        numbers = {name: float(number) for name, _, number in pairs}
        if not all(0 <= number < float("inf") for number in numbers.values()):
            raise ValueError(text)
        return base, Resources(**numbers)
    except (ValueError, TypeError):
        raise ValueError(f"--ray-resources {text} must be {_EXAMPLE}.") from None
