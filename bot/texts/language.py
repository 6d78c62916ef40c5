"""The language that the current task speaks: English, as the code has it, or a translation from `bot/locales`.

Translations are gettext's: the English text is the key, and one without a translation stays English.
"""

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from hashlib import sha256
from pathlib import Path

ENGLISH = "en"
# Discord's code for every language that there is a translation for, and the language's own name.
TRANSLATED = {"zh-CN": "简体中文"}
LANGUAGES = {ENGLISH: "English", **TRANSLATED}
LOCALES, DOMAIN = Path(__file__).parents[1] / "locales", "punchline"

# What this process was told of servers. The bot reads both again when it starts.
_CHOSEN: dict[int, str] = {}
_IN_DISCORD: dict[int, str] = {}

_CURRENT: ContextVar[str] = ContextVar("language", default=ENGLISH)


def language_for(locale: str | None) -> str:
    """The language for people whose Discord is set to `locale`, such as `en-GB` or `zh-CN`; English for those without a translation."""
    return locale if locale in TRANSLATED else ENGLISH


def choose_for_server(guild_id: int, language: str | None) -> None:
    """What a server's managers chose; None leaves it to Discord."""
    _put(_CHOSEN, guild_id, language)


def chosen_for_servers(languages: Mapping[int, str]) -> None:
    """What the managers of all servers chose."""
    _CHOSEN.clear()
    _CHOSEN.update(languages)


def note_server(guild_id: int, locale: str) -> None:
    """The language that a server has in Discord."""
    _put(_IN_DISCORD, guild_id, locale)


def language_of_server(guild_id: int) -> str:
    """The language of what everybody in a server reads: the one chosen there, else the server's in Discord, else English."""
    return language_for(_CHOSEN.get(guild_id) or _IN_DISCORD.get(guild_id))


def _put(known: dict[int, str], guild_id: int, language: str | None) -> None:
    if language is None:
        known.pop(guild_id, None)
    else:
        known[guild_id] = language


def speak(language: str) -> None:
    """From now on the current task, and all that it starts, speaks this language."""
    _CURRENT.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language until left."""
    token = _CURRENT.set(language)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_language() -> str:
    """Discord's code for the language that the current task speaks."""
    return _CURRENT.get()


@cache
def translations(language: str) -> gettext.NullTranslations:
    """What the texts are in a language. Read once, at the start."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALES, [language.replace("-", "_")])


def digest(language: str) -> str:
    """Another one where any text of a translation is another; its texts are not read for it."""
    catalogue = LOCALES / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.mo"
    return sha256(catalogue.read_bytes()).hexdigest()


def translated(english: str, context: str) -> str:
    """The text in the current language; `context` tells texts apart that are the same in English alone."""
    if not english or _CURRENT.get() == ENGLISH:
        return english
    known = translations(_CURRENT.get())
    return known.pgettext(context, english) if context else known.gettext(english)


def translated_plural(one: str, many: str, count: int) -> str:
    """The form for so many in the current language."""
    return translations(_CURRENT.get()).ngettext(one, many, count)
