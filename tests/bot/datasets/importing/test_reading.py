"""A file is read as what it is: each kind gives the same two examples, and says what was left out."""

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.importing.found import Found, ImportFailedError, Turn
from bot.datasets.importing.reading import is_importable, read
from bot.texts.template import plain

CAT = [Turn("user", "A cat, asleep"), Turn("assistant", "It naps. Haha")]
DOG = [Turn("user", "A dog"), Turn("assistant", "It barks, twice. Haha")]
SYSTEM = Turn("system", "You joke.")
CAT_CHAT = [{"role": "user", "content": "A cat, asleep"}, {"role": "assistant", "content": "It naps. Haha"}]

KINDS = {
    "commas": 'scenario,punchline\n"A cat, asleep",It naps. Haha\nA dog,"It barks, twice. Haha"\n',
    "no heading": '"A cat, asleep",It naps. Haha\nA dog,"It barks, twice. Haha"\n',
    "columns the other way round": 'Punchline,Scenario\nIt naps. Haha,"A cat, asleep"\n"It barks, twice. Haha",A dog\n',
    "other columns beside": 'id,prompt,completion\n1,"A cat, asleep",It naps. Haha\n2,A dog,"It barks, twice. Haha"\n',
    "tabs": "A cat, asleep\tIt naps. Haha\nA dog\tIt barks, twice. Haha\n",
    "semicolons": "Scenario;Punchline\nA cat, asleep;It naps. Haha\nA dog;It barks, twice. Haha\n",
    "arrows": "A cat, asleep => It naps. Haha\n\nA dog => It barks, twice. Haha\n",
    "thin arrows": "A cat, asleep -> It naps. Haha\nA dog -> It barks, twice. Haha",
    "a list of pairs": json.dumps([["A cat, asleep", "It naps. Haha"], ["A dog", "It barks, twice. Haha"]]),
    "a list of objects": json.dumps(
        [
            {"scenario": "A cat, asleep", "punchline": "It naps. Haha"},
            {"scenario": "A dog", "punchline": "It barks, twice. Haha"},
        ]
    ),
    "an object": json.dumps({"A cat, asleep": "It naps. Haha", "A dog": "It barks, twice. Haha"}, indent=2),
    "a list inside an object": json.dumps(
        {"version": 1, "data": [["A cat, asleep", "It naps. Haha"], ["A dog", "It barks, twice. Haha"]]}
    ),
    "prompt and completion": "\n".join(
        json.dumps(line)
        for line in (
            {"prompt": "A cat, asleep", "completion": " It naps. Haha"},
            {"prompt": "A dog", "completion": " It barks, twice. Haha"},
        )
    ),
    "ShareGPT": json.dumps(
        [
            {"conversations": [{"from": "human", "value": asked}, {"from": "gpt", "value": told}]}
            for asked, told in (("A cat, asleep", "It naps. Haha"), ("A dog", "It barks, twice. Haha"))
        ]
    ),
    "Alpaca": json.dumps(
        [
            {"instruction": "A cat, asleep", "input": "", "output": "It naps. Haha"},
            {"instruction": "A dog", "output": "It barks, twice. Haha"},
        ]
    ),
    "a list of chats": json.dumps(
        [{"messages": CAT_CHAT}, {"messages": [{"role": turn.role, "content": turn.content} for turn in DOG]}]
    ),
}


def file(folder: Path, content: str | bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def left_out(found: Found) -> list[str]:
    return [f"{found.unit} {one.number} {plain(one.template, one.values)}" for one in found.left_out]


def refusal(folder: Path, content: str | bytes) -> str:
    with pytest.raises(ImportFailedError) as refused:
        read(file(folder, content))
    return plain(refused.value.template, refused.value.values)


@pytest.mark.parametrize("content", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_kind_gives_the_same_examples(content: str, encoding: str, tmp_path: Path) -> None:
    path = file(tmp_path, content.replace("\n", "\r\n").encode(encoding))
    assert is_importable(path)
    assert [list(chat) for chat in read(path).chats] == [CAT, DOG]


def spreadsheet(path: Path, *rows: tuple[str | float | None, ...]) -> Path:
    """The least that is an Excel file."""
    cells = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{packages}content-types"/>')
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{packages}relationships"><Relationship Id="r1" Type="{office}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{packages}relationships"><Relationship Id="r1" Type="{office}/worksheet"'
            ' Target="worksheets/sheet1.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
        )
    return path


def cell(value: str | float | None) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return "<c/>" if value is None else f"<c><v>{value}</v></c>"


def test_a_spreadsheet_is_a_table(tmp_path: Path) -> None:
    rows = (("Scenario", "Punchline"), ("A cat, asleep", "It naps. Haha"), (None, None), ("A dog", None), ("7", 8))
    path = spreadsheet(tmp_path / "jokes.xlsx", *rows)
    assert is_importable(path)
    found = read(path)
    assert [list(chat) for chat in found.chats] == [CAT, [Turn("user", "7"), Turn("assistant", "8")]]
    assert left_out(found) == ["Row 4 has no punchline."]
    assert str(found.kind) == "a spreadsheet"


def test_a_system_message_is_kept_where_the_file_has_one(tmp_path: Path) -> None:
    line = {
        "system": "You joke.",
        "conversations": [{"from": "human", "value": "A dog"}, {"from": "gpt", "value": "Woof"}],
    }
    table = "system,user,assistant\nYou joke.,A dog,Woof\n"
    for content in (json.dumps([line]), table):
        assert [list(chat) for chat in read(file(tmp_path, content)).chats] == [
            [SYSTEM, Turn("user", "A dog"), Turn("assistant", "Woof")]
        ]


def test_what_is_left_out_is_named_by_its_place(tmp_path: Path) -> None:
    lines = read(file(tmp_path, "A cat => It naps.\nA dog\n => Woof\nA bee => \nAn ant => It ants.\nA cow => Moo"))
    assert left_out(lines) == [
        "Line 2 has no `=>` between scenario and punchline.",
        "Line 3 has no scenario.",
        "Line 4 has no punchline.",
    ]
    chats = [{"messages": CAT_CHAT}, {"messages": CAT_CHAT[:1]}, {"text": "A cat"}, 7]
    assert left_out(read(file(tmp_path, json.dumps(chats)))) == [
        "Item 2 is no conversation that ends with an answer.",
        "Item 3 has none of the fields that hold an example.",
        "Item 4 has none of the fields that hold an example.",
    ]
    quoted = 'scenario,punchline\nA cat,"It naps\nand naps"\nA dog,\n'
    assert left_out(read(file(tmp_path, quoted))) == ["Row 4 has no punchline."]


def test_a_comma_that_should_have_been_in_quotes_stays_in_the_punchline(tmp_path: Path) -> None:
    _, chat = read(file(tmp_path, "A cat,It naps. Haha\nA dog,It barks, twice. Haha\n")).chats
    assert list(chat) == DOG


def test_windows_letters_are_read(tmp_path: Path) -> None:
    (chat,) = read(file(tmp_path, "Ein Café => “Süß”, sagte er".encode("cp1252"))).chats
    assert [turn.content for turn in chat] == ["Ein Café", "“Süß”, sagte er"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "id,name,age\n1,a,2\n",
            "A table needs two columns, one for scenarios and one for punchlines. This one has the columns id, name, age."
            " Name two of them `scenario` and `punchline`.",
        ),
        ("just\nwords\n", "A table needs two columns, one for scenarios and one for punchlines. This one has one."),
        ('[{"scenario": "a",]', "This file begins like JSON but is broken at line 1, column 19."),
        (
            '{"prompt": "a", "completion": "b"}\n{"prompt"\n',
            "This file begins like JSON but is broken at line 2, column 10.",
        ),
        ("[]", "Nothing in this file is an example. Each needs a scenario and a punchline."),
        ("[" * 100_000, "Nothing in this file is an example. Each needs a scenario and a punchline."),
        (b"PK\x03\x04xl/", "This spreadsheet cannot be read. Save the sheet as CSV, and upload that."),
        (b"\xd0\xcf\x11\xe0", "This spreadsheet cannot be read. Save the sheet as CSV, and upload that."),
        (
            "a => b\n" * 20_001,
            "A table or list may have 20,000 examples at most. Save more as JSON Lines, and upload that.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(content: str | bytes, told: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, content) == told


@pytest.mark.parametrize(
    "content",
    [
        b'{"messages": []}\n',
        b'{"messages": [\n',
        b"%PDF-1.7, and more, here",
        b"\x89PNG\r\n\x1a\n,,,",
        b"<html>a, b</html>",
        b"PK\x03\x04word/",
        b"",
        b"\n\n",
        b"one word",
    ],
)
def test_training_files_and_what_holds_no_examples_are_left_to_the_check(content: bytes, tmp_path: Path) -> None:
    assert not is_importable(file(tmp_path, content))


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = file(tmp_path_factory.getbasetemp(), content)
    is_importable(path)
    try:
        found = read(path)
    except ImportFailedError as error:
        told = plain(error.template, error.values)
    else:
        told = f"{found.kind}."
        assert all(chat[-1].role == "assistant" and chat[-1].content.strip() for chat in found.chats)
    assert told.endswith(".")
