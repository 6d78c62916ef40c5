"""What must hold of everything that the bot sends, whoever's text is in it."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import discord
from simcord.preview._markdown import _FIELD_POLICIES, _markdown_parser

from bot.characters import visible

VICTIM = "424242424242424242"  # a member, role and channel that only hostile texts name
MOST_IN_EMBED, MOST_FIELDS, MOST_EMBEDS = 6000, 25, 10
# Where people read a text: Discord's limit on it, and whether Discord renders markup there.
PLACES: dict[str, tuple[int, bool]] = {
    "content": (2000, True),
    "title": (256, True),
    "description": (4096, True),
    "field name": (256, True),
    "field value": (1024, True),
    "footer": (2048, False),
    "author": (256, False),
    "label": (80, False),
    "option": (100, False),
    "placeholder": (150, False),
    "custom id": (100, False),
    "modal title": (45, False),
    "modal label": (45, False),
    "modal default": (4000, False),
    "modal placeholder": (100, False),
    "choice": (100, False),
    "file name": (255, False),
    "alt text": (1024, False),
}
OWN_LINK = re.compile(r"\(https://discord\.com/channels/[0-9/]+\)")  # to a message that a member picked
LIVE_LINK = re.compile(r"https?://|discord(?:app)?\.(?:gg|com)/", re.IGNORECASE)
SPAN = re.compile(r"(?<!\\)`[^`\n]*`")


class Said(NamedTuple):
    """A text that was sent, and where it stands."""

    place: str
    text: str


def said(body: dict[str, Any]) -> Iterator[Said]:
    """All texts of a message, a modal or a list of choices."""
    yield from _named(body, {"content": "content"})
    for embed in body.get("embeds") or ([body["embed"]] if body.get("embed") else []):
        yield from _named(embed, {"title": "title", "description": "description"})
        yield from _named(embed.get("footer") or {}, {"text": "footer"})
        yield from _named(embed.get("author") or {}, {"name": "author"})
        for field in embed.get("fields") or []:
            yield from _named(field, {"name": "field name", "value": "field value"})
    for attachment in body.get("attachments") or []:
        yield from _named(attachment, {"filename": "file name", "description": "alt text"})
    for choice in body.get("choices") or []:
        yield from _named(choice, {"name": "choice"})
    modal = "title" in body
    if modal:
        yield from _named(body, {"title": "modal title", "custom_id": "custom id"})
    for component in body.get("components") or []:
        yield from _of_component(component, modal=modal)


def _of_component(component: dict[str, Any], *, modal: bool) -> Iterator[Said]:
    label = "modal label" if modal else "label"
    placeholder = "modal placeholder" if modal else "placeholder"
    names = {"label": label, "placeholder": placeholder, "value": "modal default", "custom_id": "custom id"}
    yield from _named(component, names)
    for option in component.get("options") or []:
        yield from _named(option, {"label": "option", "value": "option", "description": "option"})
    inner = [*(component.get("components") or []), *([component["component"]] if component.get("component") else [])]
    for one in inner:
        yield from _of_component(one, modal=modal)


def _named(thing: dict[str, Any], places: dict[str, str]) -> Iterator[Said]:
    for key, place in places.items():
        if isinstance(thing.get(key), str):
            yield Said(place, thing[key])


def messages(requests: Any) -> Iterator[dict[str, Any]]:
    """What stands in each request: a message, a modal or choices; and not what registers commands."""
    for request in requests:
        if request.method in ("POST", "PATCH") and isinstance(request.json, dict):
            yield request.json.get("data") or request.json


def faults(body: dict[str, Any]) -> list[str]:
    """What is wrong with a message, a modal or a list of choices; nothing if nothing is."""
    texts = list(said(body))
    return [*_of_the_whole(body), *(f"{place} {why}: {text!r}" for place, text in texts for why in wrong(place, text))]


def _of_the_whole(body: dict[str, Any]) -> Iterator[str]:
    if (body.get("content") or body.get("embeds")) and body.get("allowed_mentions", {}).get("parse") != []:
        yield f"mentions are not off: {body.get('allowed_mentions')}"
    embeds = [discord.Embed.from_dict(one) for one in body.get("embeds") or []]
    if len(embeds) > MOST_EMBEDS or any(len(embed.fields) > MOST_FIELDS for embed in embeds):
        yield "too many embeds or fields"
    if sum(map(len, embeds)) > MOST_IN_EMBED:
        yield f"embeds of {sum(map(len, embeds))} characters"


def wrong(place: str, text: str) -> Iterator[str]:
    """What is wrong with a text at its place."""
    most, markup = PLACES[place]
    if len(text) > most:
        yield f"is longer than {most}"
    if visible(text) != text:
        yield "has characters that cannot be seen or sent"
    if markup:
        text = OWN_LINK.sub("", text)
        if kinds := live(text):
            yield f"has live {', '.join(sorted(kinds))}"
        if text.count("```") % 2:
            yield "has an open code fence"
        if LIVE_LINK.search(SPAN.sub("", text)):
            yield "has a link or an invite"


def live(text: str) -> set[str]:
    """What a reader could press, or is called by, in a text that Discord renders: links, mentions of everyone and of the victim."""
    inner = [one for token in _parser().parse(text) for one in [token, *(token.children or [])]]
    mentions = {str((one.meta or {}).get("kind")) for one in inner if one.type == "discord_mention"}
    return mentions | {"link" for one in inner if one.type == "link_open"}


@cache
def _parser() -> Any:
    people = {VICTIM: "victim"}
    known = {"everyone": True, "users": people, "roles": people, "channels": people}
    return _markdown_parser(_FIELD_POLICIES["message"], known)
