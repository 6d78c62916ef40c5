"""Grammars for llama.cpp: text, JSON by a schema, or function calls.

A call is written as Hermes and Qwen models write one. Models whose template knows no tools can write it as well, since the grammar spells it out.
"""

import json

from pydantic import JsonValue

from engine.backends.interface import GenerationError, GenerationRequest, JsonSchema, Tools

OPENING, BETWEEN, CLOSING = '<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>"
CALLS_AT_ONCE = 8
# Beyond these, llama.cpp's grammar takes seconds, in which no other answer goes on, or gives up in the middle of an answer.
MAX_PROPERTIES, MAX_DEPTH, MAX_BOUND = 300, 32, 1000
_BOUNDS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
# Without free white space, which small models write without end.
_COMPACT: JsonValue = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_HEAD, TAG = "%llguidance {}\n", "<tool_call>"
UNLIKELY = "\u0001"  # a character that no model writes by itself


def grammar_of(request: GenerationRequest) -> str | None:
    """The grammar of an answer, or None for any text. Raises GenerationError if a schema is too large."""
    if request.tools is None and request.answer_schema is None:
        return None
    kinds, rules = [], []
    if request.tools is None or not request.tools.required:
        kinds.append("text")
        rules.append(_text(request.answer_schema))
    if request.tools:
        kinds.append("calls")
        rules += _calls(request.tools)
    return _HEAD + "\n".join([f"start: {' | '.join(kinds)}", *rules]) + "\n"


def schemas_of(request: GenerationRequest) -> dict[str, JsonSchema]:
    """The schemas of a request, by the parameter that contains them."""
    listed = list(request.tools.functions) if request.tools else []
    named = {f"tools[{number}].function.parameters": function.parameters for number, function in enumerate(listed)}
    return named | ({"response_format.json_schema.schema": request.answer_schema} if request.answer_schema else {})


def check_size(place: str, schema: JsonSchema) -> None:
    """Raises GenerationError if a schema is too large for llama.cpp."""
    waiting: list[tuple[int, JsonValue]] = [(1, schema)]
    while waiting:
        depth, value = waiting.pop()
        if depth > MAX_DEPTH:
            raise refused(place, f"a schema may be nested {MAX_DEPTH} levels deep")
        if isinstance(value, dict):
            if len(value) > MAX_PROPERTIES:
                raise refused(place, f"an object may have {MAX_PROPERTIES} properties")
            for bound in _BOUNDS:
                if isinstance(given := value.get(bound), int | float) and given > MAX_BOUND:
                    raise refused(place, f"'{bound}' may be at most {MAX_BOUND}")
            waiting += [(depth + 1, part) for part in value.values()]
        elif isinstance(value, list):
            waiting += [(depth + 1, part) for part in value]


def refused(place: str, reason: str) -> GenerationError:
    return GenerationError("invalid_value", f"Invalid value for '{place}': {reason}.", place)


def trial(schema: JsonSchema) -> str:
    """A grammar with one unlikely character before the schema. If the answer starts differently, llama.cpp ignored the grammar."""
    return f"{_HEAD}start: {json.dumps(UNLIKELY)} answer\nanswer: {_json(schema)}\n"


def _text(schema: JsonSchema | None) -> str:
    return f"text: TEXT\nTEXT: /(?s:.*)/ & ~/(?s:{TAG}.*)/" if schema is None else f"text: {_json(schema)}"


def _calls(tools: Tools) -> list[str]:
    rules = [f'calls: call ("\\n" call){{0,{CALLS_AT_ONCE - 1}}}' if tools.parallel else "calls: call"]
    functions = [function for function in tools.functions if function.name in tools.callable]
    rules.append("call: " + " | ".join(f"call_{number}" for number in range(len(functions))))
    for number, function in enumerate(functions):
        opening, closing = json.dumps(OPENING + function.name + BETWEEN), json.dumps(CLOSING)
        rules.append(f"call_{number}: {opening} arguments_{number} {closing}")
        rules.append(f"arguments_{number}: {_json(function.parameters)}")
    return rules


def _json(schema: JsonSchema) -> str:
    return "%json " + json.dumps({**schema, "x-guidance": _COMPACT})
