"""The `data` of an interaction: options of a slash command, a pressed component, a submitted modal."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.wire.shapes import Guild, Json, Upload, channel, member, walk

SLASH_COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, ATTACHMENT, NUMBER = 3, 4, 5, 11, 10
FILE_UPLOAD = 19
Keep = Callable[[Upload], Json]


def envelope(guild: Guild, user_id: int, permissions: int) -> Json:
    """What every interaction in a server carries, whatever its kind."""
    return {
        "version": 1,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "channel_id": str(guild.channel_id),
        "channel": channel(guild),
        "member": member(user_id, permissions),
        "app_permissions": str(0x7FFFFFFF),
        "locale": "en-US",
        "guild_locale": "en-US",
        "context": 0,
        "authorizing_integration_owners": {"0": str(guild.id)},
        "entitlements": [],
        "attachment_size_limit": 10 * 1024**2,
    }


def slash(registered: Sequence[Json], path: str, values: Mapping[str, Any], focused: str | None, keep: Keep) -> Json:
    """A command by its words ("dataset upload") and its options by name; types are as the bot registered them."""
    name, *words = path.split()
    command = next((entry for entry in registered if entry["name"] == name), Json(id="0"))
    chain: list[Json] = []
    known: Sequence[Json] = command.get("options") or []
    for word in words:
        found = next((entry for entry in known if entry["name"] == word), Json())
        chain.append({"name": word, "type": found.get("type", SUBCOMMAND)})
        known = found.get("options") or []
    attachments: Json = {}
    options = [_option(name, value, known, focused, keep, attachments) for name, value in values.items()]
    for link in reversed(chain):
        options = [{**link, "options": options}]
    return {
        "id": command["id"],
        "name": name,
        "type": 1,
        "options": options,
        "resolved": {"attachments": attachments} if attachments else {},
    }


def _option(
    name: str, value: object, known: Sequence[Json], focused: str | None, keep: Keep, attachments: Json
) -> Json:
    registered = next((entry["type"] for entry in known if entry["name"] == name), None)
    option: Json = {"name": name, "type": registered or _type_of(value), "value": value}
    if isinstance(value, Upload):
        option["value"] = str(value.id)
        attachments[str(value.id)] = keep(value)
    if name == focused:
        option["focused"] = True
    return option


def _type_of(value: object) -> int:
    for kind, number in ((bool, BOOLEAN), (int, INTEGER), (float, NUMBER), (Upload, ATTACHMENT)):
        if isinstance(value, kind):
            return number
    return STRING


def press(message: Json, wanted: str, values: Sequence[str]) -> Json:
    """A button or select of a message, by custom id or label."""
    component = find(message["components"], wanted)
    data: Json = {"custom_id": component["custom_id"], "component_type": component["type"]}
    if values:
        data["values"] = list(values)
    return data


def find(components: Sequence[Json], wanted: str) -> Json:
    """The component with this custom id, or with a label that contains the words."""
    clickable = [component for component in walk(components) if component.get("custom_id")]
    for component in clickable:
        if component["custom_id"] == wanted:
            return component
    for component in clickable:
        if wanted in (component.get("label") or ""):
            return component
    names = [component.get("label") or component["custom_id"] for component in clickable]
    raise LookupError(f"no component {wanted!r} among {names}")


def submission(modal: Json, values: Mapping[str, Any], keep: Keep) -> Json:
    """A filled modal; `values` are by custom id or label, and what they leave out is submitted empty."""
    attachments: Json = {}
    rows = [_filled(row, values, keep, attachments) for row in modal["components"]]
    return {
        "custom_id": modal["custom_id"],
        "components": rows,
        "resolved": {"attachments": attachments} if attachments else {},
    }


def _filled(row: Json, values: Mapping[str, Any], keep: Keep, attachments: Json) -> Json:
    if "component" in row:
        label = row.get("label")
        return {"type": row["type"], "component": _value(row["component"], label, values, keep, attachments)}
    children = row.get("components") or []
    return {
        "type": row["type"],
        "components": [_value(child, child.get("label"), values, keep, attachments) for child in children],
    }


def _value(component: Json, label: str | None, values: Mapping[str, Any], keep: Keep, attachments: Json) -> Json:
    given = values.get(component["custom_id"], values.get(label or "", component.get("value") or ""))
    filled: Json = {"type": component["type"], "custom_id": component["custom_id"]}
    if component["type"] == FILE_UPLOAD:
        uploads: Sequence[Upload] = given or ()
        attachments |= {str(upload.id): keep(upload) for upload in uploads}
        return {**filled, "values": [str(upload.id) for upload in uploads]}
    return {**filled, "value": given} if isinstance(given, str) else {**filled, "values": list(given)}
