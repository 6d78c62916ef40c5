"""What a file is that is no training file, told from its first lines: one sentence helps more than an error for every line."""

import json
from codecs import getincrementaldecoder
from collections.abc import Mapping, Sequence

from bot.texts import datasets as texts
from bot.texts.template import Text

Sentence = tuple[Text, Mapping[str, Text]]

SIGNATURES: Mapping[bytes, Sentence] = {
    b"\x1f\x8b": (texts.PACKED, {"kind": texts.GZIP}),
    b"PK\x03\x04": (texts.PACKED, {"kind": texts.ZIP}),
    b"%PDF": (texts.OTHER_FORMAT, {"kind": texts.PDF}),
    b"\x89PNG": (texts.OTHER_FORMAT, {"kind": texts.PNG}),
    b"\xff\xd8\xff": (texts.OTHER_FORMAT, {"kind": texts.JPEG}),
    b"{\\rtf": (texts.OTHER_FORMAT, {"kind": texts.RICH_TEXT}),
}
OFFICE = (b"[Content_Types].xml", b"docProps/", b"xl/", b"word/", b"mimetypeapplication/vnd.")


def other_kind(head: Sequence[bytes], *, mostly_wrong: bool) -> Sentence | None:
    """A sentence of `bot.texts.datasets` on a file in which some lines are wrong, or most, by its first lines; None for JSON objects."""
    raw = b"\n".join(head)
    if raw.startswith(b"PK") and any(name in raw for name in OFFICE):
        return texts.OTHER_FORMAT, {"kind": texts.OFFICE}
    known = next((sentence for signature, sentence in SIGNATURES.items() if raw.startswith(signature)), None)
    return known or (_unsigned_kind(raw) if mostly_wrong else None)


def _unsigned_kind(raw: bytes) -> Sentence | None:
    every_other_is_zero = len(raw) > 3 and (not any(raw[0:64:2]) or not any(raw[1:64:2]))
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or every_other_is_zero:
        return texts.UTF16, {}
    if b"\0" in raw:
        return texts.OTHER_FORMAT, {"kind": texts.BINARY}
    try:
        text = getincrementaldecoder("utf-8")().decode(raw)  # which forgives a last character that is cut in two
    except UnicodeDecodeError:
        return texts.OTHER_ENCODING, {}
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return _text_kind(lines) if lines else (texts.OTHER_ENCODING, {})


def _text_kind(lines: Sequence[str]) -> Sentence | None:
    first = lines[0]
    if first.startswith("{"):
        return _object_kind(first, lines)
    kinds = {"[": texts.JSON_LIST, "<": texts.WEB_PAGE}
    table = all(any(mark in line for mark in ",;\t") for line in lines[:3])
    return kinds.get(first[0], texts.TABLE if table else texts.PLAIN_TEXT), {}


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
