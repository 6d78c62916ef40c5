"""Files for a member: JSON, zipped where it is long, in as many parts as Discord's limit asks for. Everything here blocks."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Row = tuple[str, Mapping[str, object]]  # where it is from, and its values

MAX_PARTS = 10  # Discord takes so many files in a message
PLAIN_BYTES = 100_000  # more is zipped
ROOM_BYTES = 100_000  # for what stands around the rows of a part


@dataclass(frozen=True)
class File:
    """A file to send."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Export:
    """The files, how many `rows` are in them, and how many did not fit (`left_out`), which are the last ones."""

    files: tuple[File, ...]
    rows: int
    left_out: int


def packed(head: Mapping[str, object], rows: Sequence[Row], limit_bytes: int) -> Export:
    """Rows in files of at most `limit_bytes` each. A part is never larger than that even before it is zipped."""
    parts = list(_parts(rows, limit_bytes - ROOM_BYTES))
    kept = parts[:MAX_PARTS]
    files = tuple(_file(head, part, number, len(kept)) for number, part in enumerate(kept, 1))
    inside = sum(map(len, kept))
    return Export(files, inside, len(rows) - inside)


def lines_with(path: Path, texts: frozenset[str]) -> list[object]:
    """The lines of a training file in which one of the texts is a value, decoded."""
    try:
        with path.open("rb") as lines:
            return [line for line in map(_decoded, lines) if not texts.isdisjoint(_strings(line))]
    except FileNotFoundError:  # just deleted
        return []


def _decoded(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _parts(rows: Sequence[Row], limit_bytes: int) -> Iterator[list[Row]]:
    part, size = list[Row](), 0
    for row in rows:
        length = len(json.dumps(row, ensure_ascii=False, indent=1).encode())
        if part and size + length > limit_bytes:
            yield part
            part, size = [], 0
        part.append(row)
        size += length
    yield part


def _file(head: Mapping[str, object], part: Sequence[Row], number: int, count: int) -> File:
    tables: dict[str, list[Mapping[str, object]]] = {}
    for name, row in part:
        tables.setdefault(name, []).append(row)
    document = {**head, "part": number, "parts": count, "rows": tables}
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    name = f"punchline-{number}" if count > 1 else "punchline"
    if len(content) <= PLAIN_BYTES:
        return File(f"{name}.json", content)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.json", content)
    return File(f"{name}.zip", target.getvalue())
