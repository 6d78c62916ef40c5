"""JSON of other tools: a list, lines, or one object; each item in one of the shapes that are common."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.datasets.importing.found import ITEM, LINE, Found, ImportFailedError, Turn
from bot.datasets.importing.tables import ANSWERS, QUESTIONS
from bot.texts import importing as texts
from bot.texts.template import Sentence, Text

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
}
CHAT_KEYS = ("messages", "conversations", "conversation")
PAIR_LENGTH = 2

Json = Mapping[str, Any]
Add = Callable[[Found, int, Json], None]


def read_json(text: str) -> Found:
    """A whole file of JSON, or JSON Lines. Raises `ImportFailedError`."""
    try:
        return _read(_items(json.loads(text)), ITEM)
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if error.msg != "Extra data" or not lines:
            raise ImportFailedError(texts.NOT_JSON, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise ImportFailedError(texts.NO_EXAMPLES) from error
    return _read(((number, _line(number, line)) for number, line in lines), LINE)


def _line(number: int, line: str) -> object:
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        column = error.colno if isinstance(error, json.JSONDecodeError) else 1
        raise ImportFailedError(texts.NOT_JSON, line=number, column=column) from error


def _items(value: object) -> Iterable[tuple[int, object]]:
    """Those of a list; of an object the list in it, or its keys with their values."""
    if isinstance(value, dict) and not _shape(value):
        inner = next((part for part in value.values() if isinstance(part, list) and part), None)
        value = inner if inner is not None else list(value.items())
    return enumerate(value if isinstance(value, list) else [value], 1)


def _read(items: Iterable[tuple[int, object]], unit: Text) -> Found:
    found = Found(texts.CHATS.of(), unit)
    for number, item in items:
        shape = _shape(item)
        if shape is None:
            found.leave_out(number, texts.NOT_AN_EXAMPLE)
            continue
        kind, add = shape
        found.kind = found.kind if found.chats else kind
        add(found, number, item if isinstance(item, dict) else {})
    return found


def _shape(item: object) -> tuple[Sentence, Add] | None:
    """What an item is called, and how it is read."""
    if isinstance(item, list | tuple) and len(item) == PAIR_LENGTH and all(isinstance(part, str) for part in item):
        question, answer = item
        kind = texts.PAIRS.of(question="scenario", answer="punchline")
        return kind, lambda found, number, _: found.add_pair(number, question, answer)
    if not isinstance(item, dict):
        return None
    if key := next((key for key in CHAT_KEYS if isinstance(item.get(key), list)), None):
        return (texts.CHATS if key == "messages" else texts.SHAREGPT).of(), lambda found, number, one: _add_chat(
            found, number, one, key
        )
    if "instruction" in item and "output" in item:
        return texts.ALPACA.of(), _add_alpaca
    question, answer = (next((key for key in names if key in item), None) for names in (QUESTIONS, ANSWERS))
    if question is None or answer is None:
        return None
    paired = texts.PAIRS.of(question=question, answer=answer)
    kind = texts.PROMPT_COMPLETION.of() if (question, answer) == ("prompt", "completion") else paired
    return kind, lambda found, number, one: found.add_pair(
        number, _text(one[question]), _text(one[answer]), _text(one.get("system"))
    )


def _add_alpaca(found: Found, number: int, item: Json) -> None:
    asked = "\n\n".join(filter(None, (_text(item.get(key)).strip() for key in ("instruction", "input"))))
    found.add_pair(number, asked, _text(item.get("output")), _text(item.get("system")))


def _add_chat(found: Found, number: int, item: Json, key: str) -> None:
    turns = [_turn(message) for message in item[key]]
    known = [turn for turn in turns if turn is not None and turn.content.strip()]
    whole = len(known) == len(turns) and known and known[-1].role == "assistant"
    if not whole or all(turn.role != "user" for turn in known):
        found.leave_out(number, texts.NOT_A_CHAT)
        return
    system = _text(item.get("system")).strip()
    first = [Turn("system", system)] if system and known[0].role != "system" else []
    found.add([*first, *known])


def _turn(message: object) -> Turn | None:
    """None for what is no message of text by one of the three."""
    if not isinstance(message, dict):
        return None
    role = ROLES.get(str(message.get("role", message.get("from", ""))).casefold())
    content = message.get("content", message.get("value"))
    return Turn(role, content) if role and isinstance(content, str) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
