"""Which server answers for which base, as the command line says."""

import argparse
import re

import pytest

from engine.backends.upstream.server import UpstreamServer
from engine.upstreams import KEY_VARIABLE, add_upstream_options, read_adapter_store, read_upstreams

ONE, TWO = "http://one:8000/v1", "https://two/v1"
BASES = ("small", "big")


def upstreams(*options: str, bases: tuple[str, ...] = BASES) -> dict[str, UpstreamServer]:
    parser = argparse.ArgumentParser()
    add_upstream_options(parser)
    return read_upstreams(parser.parse_args(options), bases)


def test_a_plain_address_and_a_plain_key_are_for_every_base() -> None:
    one = UpstreamServer(ONE, "sesame")
    assert upstreams("--serve-url", ONE + "/", "--serve-key", "sesame") == {"small": one, "big": one}
    assert upstreams() == {}


def test_a_named_one_goes_before_the_plain_one() -> None:
    found = upstreams("--serve-url", ONE, "--serve-url", f"big={TWO}", "--serve-key", "big=a=b==", "--serve-key", "c==")
    assert found == {"small": UpstreamServer(ONE, "c=="), "big": UpstreamServer(TWO, "a=b==")}


def test_a_base_without_an_address_is_served_here() -> None:
    assert upstreams("--serve-url", f"big={ONE}?a=b") == {"big": UpstreamServer(f"{ONE}?a=b")}


def test_keys_may_stand_in_the_environment_where_other_users_cannot_read_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "sesame big=a=b")
    assert upstreams() == {}
    assert upstreams("--serve-url", ONE) == {"small": UpstreamServer(ONE, "sesame"), "big": UpstreamServer(ONE, "a=b")}
    assert upstreams("--serve-url", ONE, "--serve-key", "given")["big"] == UpstreamServer(ONE, "given")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--serve-url", "file:///etc"), "--serve-url file:///etc must be an http address, or NAME= and one, with the name of a --base."),
        (("--serve-url", f"smal={ONE}"), f"--serve-url smal={ONE} must be an http address, or NAME= and one, with the name of a --base."),
        (("--serve-url", "small="), "--serve-url  must be an http address, or NAME= and one, with the name of a --base."),
        (("--serve-url", ONE, "--serve-url", TWO), "--serve-url is given twice for every base."),
        (("--serve-url", f"big={ONE}", "--serve-url", f"big={TWO}"), "--serve-url is given twice for big."),
        (("--serve-url", "http://me:sesame@one/v1"), "--serve-url must not contain a password: give it with --serve-key."),
        (("--serve-key", "sesame"), "--serve-key: no --serve-url answers for any base."),
        (("--serve-url", f"big={ONE}", "--serve-key", "small=sesame"), "--serve-key: no --serve-url answers for small."),
        (("--serve-url", ONE, "--serve-key", "smal=sesame"), "--serve-key: write a key that contains = as NAME=KEY, with the name of a --base."),
        (("--serve-url", ONE, "--serve-key", "big="), "--serve-key must be printable ASCII without spaces."),
        (("--serve-url", ONE, "--serve-key", "open sesame"), "--serve-key must be printable ASCII without spaces."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_line_that_shows_no_key(options: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        upstreams(*options)


def test_without_a_base_there_is_nothing_to_answer_for() -> None:
    with pytest.raises(ValueError, match=r"^--serve-url needs a --base to answer for\.$"):
        upstreams("--serve-url", ONE, bases=())


def test_a_key_is_not_shown_where_the_server_is() -> None:
    assert repr(UpstreamServer(ONE, "sesame")) == f"UpstreamServer(url='{ONE}', naming='vllm')"


def store(*options: str, bases: tuple[str, ...] = BASES) -> str | None:
    parser = argparse.ArgumentParser()
    add_upstream_options(parser)
    given = parser.parse_args(options)
    return read_adapter_store(given, read_upstreams(given, bases).values())


def test_each_server_names_adapters_in_its_own_way() -> None:
    found = upstreams("--serve-url", ONE, "--serve-naming", "big=ray")
    assert [(name, server.adapter_name(name, "ftjob-a")) for name, server in found.items()] == [
        ("small", "ftjob-a"),
        ("big", "big:ftjob-a"),
    ]
    assert {server.naming for server in upstreams("--serve-url", ONE, "--serve-naming", "ray").values()} == {"ray"}


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/a/b", "gs://b/a", "abfss://c@a.dfs.core.windows.net/p"])
def test_adapters_go_to_an_object_store(url: str) -> None:
    assert store("--serve-url", ONE, "--serve-naming", "big=ray", "--publish-adapters", url) == url


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--serve-naming", "rya"), "--serve-naming rya must be vllm or ray, or NAME= and one, with the name of a --base."),
        (("--serve-naming", "smal=ray"), "--serve-naming smal=ray must be vllm or ray, or NAME= and one, with the name of a --base."),
        (("--serve-naming", "ray", "--serve-naming", "vllm"), "--serve-naming is given twice for every base."),
        (("--serve-naming", "ray"), "--serve-naming ray needs --publish-adapters: Ray Serve LLM loads adapters from an object store."),
        (("--publish-adapters", "s3://b"), "--publish-adapters needs --serve-naming ray: vLLM reads adapters from the engine's own folder."),
        *(
            (
                ("--serve-naming", "ray", "--publish-adapters", url),
                "--publish-adapters must be s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER.",
            )
            for url in ("/data/adapters", "https://bucket", "s3://", "s3://key:sesame@bucket/a", "s3://bucket/a?key=sesame")
        ),
    ],
)  # fmt: skip
def test_a_naming_or_a_store_that_makes_no_sense_is_refused(options: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        store("--serve-url", ONE, *options)


def test_a_naming_needs_a_server() -> None:
    with pytest.raises(ValueError, match=r"^--serve-naming: no --serve-url answers for small\.$"):
        upstreams("--serve-url", f"big={ONE}", "--serve-naming", "small=ray")


def test_without_obstore_adapters_cannot_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ValueError, match="needs obstore: run"):
        store("--serve-url", ONE, "--serve-naming", "ray", "--publish-adapters", "s3://bucket")
