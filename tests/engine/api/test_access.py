"""Keys: who holds one, and what a file of them may look like."""

from engine.api.access import EVERYBODY, Keys, read_keys


def test_keys_know_their_holders_and_nobody_else() -> None:
    keys = Keys(["sesame", "open"])
    first, second = keys.owner("Bearer sesame"), keys.owner("Bearer open")
    assert first is not None
    assert second is not None
    assert first != second
    assert "sesame" not in first
    assert [keys.owner(given) for given in ("", "sesame", "Bearer sesam", "bearer sesame", "Bearer \udcff")] == [
        None
    ] * 5
    assert Keys().owner("whatever") == EVERYBODY


def test_a_key_file_has_one_key_a_line() -> None:
    assert read_keys("# ours\nsesame\n\n  open  \n#no\n") == ["sesame", "open"]
