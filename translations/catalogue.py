"""Reads, updates and compiles the translations: one gettext catalogue for each language."""

import io
from collections.abc import Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.texts.language import DOMAIN, LOCALES
from translations import messages


def source_of(language: str) -> Path:
    """The file that people translate."""
    return LOCALES / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


def load(language: str) -> Catalog:
    """A language's translations; none if it has no file yet."""
    path = source_of(language)
    if not path.exists():
        return Catalog(
            language.replace("-", "_"), project=DOMAIN, header_comment=f"# Punchline in {language}.", fuzzy=False
        )
    with path.open("rb") as file:
        return read_po(file, language.replace("-", "_"), abort_invalid=True)


def update(catalog: Catalog, found: Sequence[messages.Message]) -> None:
    """Make it hold these messages in their order: new ones are untranslated, and those that no code has any more are gone."""
    template = Catalog(project=DOMAIN, creation_date=catalog.creation_date, header_comment="#")
    for one in found:
        english = one.english if len(one.english) > 1 else one.english[0]
        entry = template.add(english, context=one.context or None, locations=[(one.file, 1)], auto_comments=[one.name])
        entry.flags.discard("python-format")  # "95 % of votes" is none
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()


def save(language: str, catalog: Catalog) -> None:
    """Write the file that people translate, and the one that the bot reads."""
    path = source_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, include_lineno=False)
    path.with_suffix(".mo").write_bytes(compiled(catalog))


def compiled(catalog: Catalog) -> bytes:
    """What the bot reads."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """The English of messages without a translation."""
    return [str(one.id) for one in catalog if one.id and (one.fuzzy or not all(forms(one)))]


def forms(entry: Message) -> tuple[str, ...]:
    """A message's translation, once for each form that the language has for a number."""
    return (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ("",))
