"""The command line's part about Ray."""

import pytest

from engine.options import read_options
from engine.ray.options import Resources


def test_without_the_option_there_is_no_cluster() -> None:
    assert read_options([]).ray is None


def test_resources_are_given_by_base_or_for_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "t0ken")
    needs = ("--ray-resources", "cpus:2", "--ray-resources", "small=cpus:1,gpus:0.5,memory_gb:8")
    given = read_options(["--ray", "http://head:8265/", *needs]).ray
    assert given
    assert (given.address, given.jobs, given.token) == ("http://head:8265", 8, "t0ken")
    assert given.resources_of("small") == Resources(cpus=1, gpus=0.5, memory_gb=8)
    assert given.resources_of("practice-1") == Resources(cpus=2)
