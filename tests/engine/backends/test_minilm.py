"""The embedding model: the published reference values, and files that are not the published ones."""

from pathlib import Path

import numpy as np
import pytest

from engine.backends import minilm
from engine.backends.minilm import PACKAGE, WEIGHTS_SHA256, MiniLM, find_model_dir
from engine.backends.packages import WeightsError, verify

CONSTITUTION = (
    "All legislative Powers herein granted shall be vested in a Congress of the United States, "
    "which shall consist of a Senate and House of Representatives."
)


@pytest.mark.parametrize(
    ("base", "compared", "cosine"),
    [
        ("I like apples", "I like bananas", 0.6325),
        ("I like apples", CONSTITUTION, 0.0012),
        ("Birds like to fly", "Airplanes can soar above the ground", 0.3751),
        ("Birds like to fly", "A fly can irritate me", 0.5585),
    ],
)
def test_reference_cosines(encoder: MiniLM, base: str, compared: str, cosine: float) -> None:
    first, second = encoder.encode([base, compared])
    assert round(float(first @ second), 4) == cosine


def test_vectors_have_length_one_and_keep_the_order_of_the_texts(encoder: MiniLM) -> None:
    texts = ["a much longer text about the history of nothing at all", "short", *(f"number {n}" for n in range(40))]
    together = encoder.encode(texts)
    assert together.shape == (42, 384)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)
    for row in (0, 1, 41):
        np.testing.assert_allclose(together[row], encoder.encode([texts[row]])[0], atol=1e-5)


def test_texts_are_read_up_to_256_tokens_and_counted_in_full(encoder: MiniLM) -> None:
    long = "apple " * 400
    assert len(encoder.tokenize([long])[0].read) == 256
    assert encoder.count_tokens([long]) == 400
    np.testing.assert_allclose(encoder.encode([long]), encoder.encode([long + "pear"]), atol=1e-6)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(WeightsError, match=r"has SHA-256 .*, not 53aa5117"):
        MiniLM(tmp_path)
    with pytest.raises(WeightsError, match=r"cannot be read \(No such file"):
        verify(tmp_path / "absent", PACKAGE, WEIGHTS_SHA256)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no-such-package")
    with pytest.raises(WeightsError, match="The package no-such-package is missing: run `make setup`"):
        find_model_dir()
