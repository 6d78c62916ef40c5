"""What a file is that is no training file, told from its first lines: one sentence helps more than an error for every line."""

import json
from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence

from bot.texts import datasets as texts

Sentence = tuple[str, Mapping[str, str]]

PACKED: Mapping[bytes, str] = {
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"PK\x03\x04": "a ZIP archive",
}
FORMATS: Mapping[bytes, str] = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a picture, sound or video",
    b"ID3": "a sound",
    b"OggS": "a sound",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "a rich text document",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
}
OFFICE = (b"[Content_Types].xml", b"docProps/", b"xl/", b"word/", b"mimetypeapplication/vnd.")


def other_kind(head: Sequence[bytes], *, mostly_wrong: bool) -> Sentence | None:
    """A sentence of `bot.texts.datasets` on a file in which some lines are wrong, or most, by its first lines; None for JSON objects."""
    raw = b"\n".join(head)
    return _signed_kind(raw) or (_unsigned_kind(raw) if mostly_wrong else None)


def _signed_kind(raw: bytes) -> Sentence | None:
    if raw[257:262] == b"ustar":
        return texts.PACKED, {"kind": "a tar archive"}
    for signature, kind in PACKED.items():
        if raw.startswith(signature):
            office = any(name in raw for name in OFFICE)
            return (texts.OTHER_FORMAT, {"kind": "an Office document"}) if office else (texts.PACKED, {"kind": kind})
    found = next((kind for signature, kind in FORMATS.items() if raw.startswith(signature)), None)
    return (texts.OTHER_FORMAT, {"kind": found}) if found else None


def _unsigned_kind(raw: bytes) -> Sentence | None:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or _every_other_is_zero(raw):
        return texts.UTF16, {}
    if b"\0" in raw:
        return texts.OTHER_FORMAT, {"kind": "a binary file"}
    try:
        text = getincrementaldecoder("utf-8")().decode(raw)  # which forgives a last character that is cut in two
    except UnicodeDecodeError:
        return texts.OTHER_ENCODING, {}
    lines = [line for line in text.split("\n") if line.strip()]
    return _text_kind(lines) if lines else (texts.OTHER_ENCODING, {})


def _every_other_is_zero(raw: bytes) -> bool:
    return len(raw) > 3 and (not any(raw[0:64:2]) or not any(raw[1:64:2]))


def _text_kind(lines: Sequence[str]) -> Sentence | None:
    first = lines[0].strip()
    if first.startswith("{"):
        return _object_kind(first, lines)
    if first.startswith("["):
        return texts.JSON_LIST, {}
    if first.startswith("<"):
        return texts.WEB_PAGE, {}
    table = all(any(mark in line for mark in ",;\t") for line in lines[:3])
    return (texts.TABLE if table else texts.PLAIN_TEXT), {}


def _object_kind(first: str, lines: Sequence[str]) -> Sentence | None:
    if "\r" in first:
        return texts.OLD_LINE_ENDS, {}
    try:
        json.loads(first)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(first) and len(lines) > 1
        return (texts.JSON_OVER_LINES, {}) if cut else None
    except (ValueError, RecursionError):
        pass
    return None
