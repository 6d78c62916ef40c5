"""Tables: CSV, TSV and spreadsheets, with two columns or with two that their headings name."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from bot.datasets.importing.found import ROW, Found, ImportFailedError
from bot.texts import importing as texts
from bot.texts.template import Sentence, clip

QUESTIONS = ("scenario", "prompt", "question", "input", "user", "setup", "instruction", "situation")
ANSWERS = ("punchline", "completion", "answer", "output", "assistant", "joke", "response", "reply")
SYSTEMS = ("system",)
DELIMITERS = {",": texts.CSV, "\t": texts.TSV, ";": texts.SEMICOLONS}
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_SHOWN_COLUMNS, MAX_SHOWN_NAME = 8, 30

Row = tuple[int, Sequence[str]]


def delimiter_of(lines: Sequence[str]) -> str | None:
    """What parts the columns: the mark that gives the first lines the same number of columns, two or more; None if none does."""
    for mark in ("\t", ";", ","):
        counts = {len(row) for row in csv.reader(lines, delimiter=mark) if row}
        if len(counts) == 1 and counts.pop() > 1:
            return mark
    if lines and all("," in line for line in lines):
        return ","  # with more commas in some punchlines, which should have had quotes
    return None


def read_csv(text: str, delimiter: str) -> Found:
    """Raises `ImportFailedError`."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)

    def rows() -> Iterator[Row]:
        before = 0
        for row in reader:
            yield before + 1, row
            before = reader.line_num

    return _read(rows(), DELIMITERS[delimiter].of())


def read_spreadsheet(path: Path) -> Found:
    """The first sheet of an Excel or OpenDocument file. Raises `ImportFailedError`."""
    import python_calamine  # noqa: PLC0415  # other files need not wait for it

    _refuse_bomb(path)
    try:
        rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except Exception as error:
        raise ImportFailedError(texts.BROKEN_SPREADSHEET) from error
    return _read(
        ((number, [_cell(value) for value in row]) for number, row in enumerate(rows, 1)), texts.SPREADSHEET.of()
    )


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile:  # the old format is not packed
        return
    if size > MAX_UNPACKED_BYTES:
        raise ImportFailedError(texts.TOO_LARGE_SPREADSHEET, most=MAX_UNPACKED_BYTES // 1024**2)


def _cell(value: object) -> str:
    """As a spreadsheet shows it: a number without a fraction has no point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _read(rows: Iterator[Row], kind: Sentence) -> Found:
    filled = (row for row in rows if any(cell.strip() for cell in row[1]))
    first = next(filled, None)
    if first is None:
        raise ImportFailedError(texts.NO_EXAMPLES)
    headings = [cell.strip().casefold() for cell in first[1]]
    question, answer = _place(headings, QUESTIONS), _place(headings, ANSWERS)
    named = question is not None and answer is not None
    columns = (question, answer) if question is not None and answer is not None else _only_two(first[1])
    return _pairs(
        filled if named else chain([first], filled), columns, _place(headings, SYSTEMS) if named else None, kind
    )


def _pairs(rows: Iterable[Row], columns: tuple[int, int], system: int | None, kind: Sentence) -> Found:
    found = Found(kind, ROW)
    for line, row in rows:
        question, answer = (row[place] if place < len(row) else "" for place in columns)
        # A punchline with a comma that should have been in quotes.
        if columns == (0, 1) and len(row) > len(columns) and system is None:
            answer = ",".join(row[1:]).rstrip(",")
        found.add_pair(line, question, answer, row[system] if system is not None and system < len(row) else "")
    return found


def _place(headings: Sequence[str], names: Iterable[str]) -> int | None:
    return next((headings.index(name) for name in names if name in headings), None)


def _only_two(row: Sequence[str]) -> tuple[int, int]:
    filled = [place for place, cell in enumerate(row) if cell.strip()]
    if len(filled) == 2:
        return filled[0], filled[1]
    if len(filled) < 2:
        raise ImportFailedError(texts.ONE_COLUMN)
    names = ", ".join(clip(row[place].strip(), MAX_SHOWN_NAME) for place in filled[:MAX_SHOWN_COLUMNS])
    raise ImportFailedError(texts.TWO_COLUMNS, columns=names)
