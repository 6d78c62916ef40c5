"""Tells what a file is, and reads it."""

import codecs
import json
from collections.abc import Sequence
from pathlib import Path

from bot.datasets.importing.found import LINE, Found, ImportFailedError
from bot.datasets.importing.shapes import read_json
from bot.datasets.importing.tables import delimiter_of, read_csv, read_spreadsheet
from bot.texts import importing as texts

MARKS = ("=>", "→", "->", " | ", " – ", " — ")
HEAD_LINES, HEAD_BYTES = 20, 64 * 1024
SPREADSHEETS = (b"xl/", b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet")
BINARY = (b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SPACE = 0x20
OF_TRAINING_FILES = {"messages", "preferred_output", "non_preferred_output"}
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def is_importable(path: Path) -> bool:
    """Whether a file is no training file, but may hold examples: a table, lines, JSON without messages. Blocking."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith((OLD_EXCEL, ZIP)):
        return head.startswith(OLD_EXCEL) or any(name in head for name in SPREADSHEETS)
    lines = [] if _is_binary(head) else [line for line in _decoded(head).splitlines() if line.strip()][:HEAD_LINES]
    first = lines[0].lstrip() if lines else "<"
    if first.startswith(("[", "{", "<")):
        return first.startswith("[") or (first.startswith("{") and _is_other_json(first))
    return bool(_mark_of(lines) or delimiter_of(lines))


def _is_other_json(first: str) -> bool:
    """Whether a line is a complete object that is not an example of a training file, or starts an object that spans several lines."""
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return first.strip() == "{"
    return isinstance(value, dict) and value.keys().isdisjoint(OF_TRAINING_FILES)


def _is_binary(head: bytes) -> bool:
    """Whether it begins as files do that are no text, or has bytes that no text has."""
    if head.startswith(UTF16):
        return "\0" in head[: len(head) // 2 * 2].decode("utf-16", "replace")
    unseen = sum(byte < SPACE and byte not in b"\t\n\r\f" for byte in head)
    return head.startswith(BINARY) or b"\0" in head or unseen > len(head) / 20


def read(path: Path) -> Found:
    """The examples in a file. Raises `ImportFailedError`."""
    with path.open("rb") as file:
        head = file.read(4)
    found = read_spreadsheet(path) if head in (ZIP, OLD_EXCEL) else read_text(_decoded(path.read_bytes()))
    if not found.chats:
        raise ImportFailedError(texts.NO_EXAMPLES)
    return found


def read_text(text: str) -> Found:
    """JSON, a table, or plain lines. Raises `ImportFailedError`."""
    lines = [line for line in text.splitlines() if line.strip()][:HEAD_LINES]
    if not lines:
        raise ImportFailedError(texts.NO_EXAMPLES)
    if lines[0].lstrip().startswith(("{", "[")):
        return read_json(text)
    if mark := _mark_of(lines):
        return read_lines(text, mark)
    if delimiter := delimiter_of(lines):
        return read_csv(text, delimiter)
    raise ImportFailedError(texts.ONE_COLUMN)


def read_lines(text: str, mark: str) -> Found:
    """A scenario and a punchline a line, parted by `mark`; lines without it are left out."""
    found = Found(texts.LINES.of(), LINE)
    for number, line in enumerate(text.splitlines(), 1):
        question, parted, answer = line.partition(mark)
        if parted:
            found.add_pair(number, question, answer)
        elif line.strip():
            found.leave_out(number, texts.NO_MARK, mark=mark.strip())
    return found


def _mark_of(lines: Sequence[str]) -> str | None:
    """The first mark that most lines have."""
    return next((mark for mark in MARKS if sum(mark in line for line in lines) > len(lines) / 2), None)


def _decoded(raw: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or else Windows' western encoding, which spreadsheets still write."""
    if raw.startswith(UTF16):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    if "\0" in text:
        raise ImportFailedError(texts.NOT_TEXT)
    return text
