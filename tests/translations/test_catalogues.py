"""Every text for people has a translation that fits it. `make texts` mends what fails here, but for the translating."""

import asyncio
import re
import string
from collections.abc import Sequence

import pytest
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry

import cogs.ui.forms
from bot.client import COMMANDS
from bot.texts import ask, buttons, cards
from bot.texts.language import TRANSLATED, speaking
from bot.texts.template import Plural, Text
from cogs.ui.buttons import RowButton
from translations.catalogue import compiled, forms, load, source_of
from translations.messages import Message, all_messages, constants, parts

# What is no text for people: what a model reads, what an operator reads, and words that are keys.
FOR_OTHERS = {
    "bot/texts/ask.py": {
        *("SYSTEM", "FUNCTIONS", "SCENARIO", "DESCRIPTION", "COUNT", "FIRST", "SECOND", "QUERY"),
        *("EXAMPLE_RESULT", "EXAMPLE_WORDS", "REFUSED", "UNKNOWN_FUNCTION", "BAD_ARGUMENTS"),
    },
    "bot/texts/arena.py": {"UNDO_MODEL", "UNDO_PROMPT"},
    "bot/texts/common.py": {"LOGIN_REFUSED", "INTENTS_REFUSED", "SESSION_ENDED", "NO_DISCORD"},
    "bot/texts/datasets.py": {"NO_TEXT"},
    "bot/texts/importing.py": {"VERSION_NAME"},
    "bot/texts/prompts.py": {"SHIPPED"},
    "bot/texts/server.py": {"NO_LIST", "INSTEAD"},
    "bot/texts/storage.py": {
        *("WHY_FOLDER_FAILED", "WHY_NO_ANSWER", "WHY_TOO_SLOW", "WHY_NOT_ALLOWED", "WHY_NO_KEY", "WHY_NO_BUCKET"),
        *("WHY_FAILED", "WHY_UNKNOWN", "WHY_NOT_WRITTEN"),
    },
}
NO_TEXTS = (  # the first three are the operator's
    "bot/texts/startup.py",
    "bot/texts/checks.py",
    "bot/texts/monitoring.py",
    "bot/texts/language.py",
    "bot/texts/template.py",
)
COMMAND_LENGTH, BUTTON_LENGTH, TITLE_LENGTH = 100, 80, 45
COMMAND = re.compile(r"/[a-z]+(?: [a-z]+)?")


@pytest.fixture(scope="module")
def messages() -> Sequence[Message]:
    return asyncio.run(all_messages())


@pytest.fixture(params=TRANSLATED)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return load(request.param)


def key(one: Entry) -> tuple[tuple[str, ...], str]:
    return (one.id if isinstance(one.id, tuple) else (str(one.id),)), one.context or ""


def entries(catalog: Catalog) -> list[Entry]:
    return [one for one in catalog if one.id]


def fields(text: str) -> set[str]:
    """Names, conversions and formats of a template's fields; `:,` and `:.2f` belong to them."""
    return {
        f"{name}!{conversion}:{spec}"
        for _, name, spec, conversion in string.Formatter().parse(text)
        if name is not None
    }


def test_a_string_in_texts_is_a_text_unless_it_is_for_no_person() -> None:
    plain = {
        (file, name)
        for file, name, value in constants()
        if file not in NO_TEXTS and name not in FOR_OTHERS.get(file, set())
        if any(isinstance(part, str) and re.search("[A-Za-z]", part) for part in parts(value))
    }
    assert plain == set(), "make it a `Text`, or name it in FOR_OTHERS"


def test_a_name_that_is_for_no_person_exists() -> None:
    known = {(file, name) for file, name, _ in constants()}
    assert {(file, name) for file, names in FOR_OTHERS.items() for name in names} <= known


def test_every_message_is_in_the_catalogue_and_nothing_else(messages: Sequence[Message], catalog: Catalog) -> None:
    wanted, found = {(one.english, one.context) for one in messages}, {key(one) for one in entries(catalog)}
    assert (wanted - found, found - wanted) == (set(), set()), "run `make texts`"


def test_every_message_is_translated(catalog: Catalog) -> None:
    missing = [one.id for one in entries(catalog) if not all(forms(one)) or one.fuzzy]
    assert missing == [], f"translate them in {source_of(catalog.locale_identifier or '')}, then run `make texts`"


def test_a_translation_has_the_fields_of_its_original(catalog: Catalog) -> None:
    wrong = [
        (one.id, form)
        for one in entries(catalog)
        for form in forms(one)
        if fields(form) != fields(key(one)[0][-1]) and key(one)[1] != COMMANDS
    ]
    assert wrong == []


def test_a_translation_names_the_same_commands(catalog: Catalog) -> None:
    wrong = [
        (one.id, form)
        for one in entries(catalog)
        for form in forms(one)
        if sorted(COMMAND.findall(key(one)[0][-1])) != sorted(COMMAND.findall(form))
    ]
    assert wrong == []


def test_what_the_bot_reads_is_what_people_translated(catalog: Catalog) -> None:
    source = source_of(catalog.locale_identifier or "")
    assert source.with_suffix(".mo").read_bytes() == compiled(catalog), "run `make texts`"


def test_descriptions_of_commands_fit(catalog: Catalog) -> None:
    commands = [one for one in entries(catalog) if key(one)[1] == COMMANDS]
    assert len(commands) > 100
    assert [one.string for one in commands if len(forms(one)[0]) > COMMAND_LENGTH] == []


def labels(kind: type[RowButton] = RowButton) -> list[Text]:
    """Those of all buttons."""
    own = [kind.label] if kind.label else []
    return own + [label for one in kind.__subclasses__() for label in labels(one)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_buttons_and_forms_fit(language: str, messages: Sequence[Message]) -> None:
    words = [part for value in vars(buttons).values() for part in parts(value) if isinstance(part, Text)]
    titles = [Text(one.english[0]) for one in messages if re.search("FORM|_TITLE$|_LABEL$", one.name)]
    with speaking(language):
        assert [str(one) for one in {*labels(), *words, *ask.ABILITY.values()} if len(str(one)) > BUTTON_LENGTH] == []
        assert [str(one) for one in titles if len(str(one)) > TITLE_LENGTH and "{" not in one.english] == []


def test_layouts_are_checked_too() -> None:
    assert fields("{number}. {text!c} {share:.0%}") == {"number!None:", "text!c:", "share!None:.0%"}
    assert isinstance(cards.QUESTIONS, Plural)
    assert cogs.ui.forms.MAX_LABEL_LENGTH == TITLE_LENGTH
