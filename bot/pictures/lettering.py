"""Asks for a picture to a slogan, and sets the slogan below it."""

import json
from collections.abc import Mapping
from typing import Any

from bot.drawing import Charts, Sketch
from bot.errors import ServerNonsenseError
from bot.model_server.images import GeneratedImage
from bot.pictures.finished import Finished, Slogan
from bot.posters.service import MAX_ALT
from bot.texts import posters as texts
from bot.texts import server as server_texts
from bot.texts.template import clip, plain

WORKER = "bot.posters.lettered"
MAX_DESCRIPTION, MAX_SLOGAN = (
    400,
    250,
)  # so that the prompt stays within 1,000 characters, which is all that dall-e-2 takes
# Models misspell words, and most know no script but the Latin one: the words are set below the picture.
PROMPT = (
    "A striking advertising picture for this company: {description}\n"
    "It shows the idea of the slogan “{slogan}”.\n"
    "One clear subject, bold shapes, few colours, strong light, calm towards the lower edge. No text at all: no words, letters, numbers, "
    "logos, signatures or watermarks."
)


def prompt_for(slogan: Slogan) -> str:
    """What an image model is asked for."""
    description, text = (" ".join(one.split()) for one in (slogan.description, slogan.text))
    return PROMPT.format(description=clip(description, MAX_DESCRIPTION), slogan=clip(text, MAX_SLOGAN))


async def lettered(charts: Charts, slogan: Slogan, model: str, image: GeneratedImage) -> Finished:
    """The picture with its slogan, and as the model made it if nobody can set the slogan now. Raises `ServerNonsenseError` if it is none."""
    values = {"slogan": slogan.text, "product": slogan.description, "model": model}
    alt = clip(plain(texts.GENERATED_ALT, values), MAX_ALT)
    data = {"slogan": slogan.text, "product": slogan.description}
    drawn = await charts.draw(Sketch(WORKER, data, alt, image.content))
    if drawn is None:
        return Finished(image.content, image.extension, alt, model=model, lettered=False)
    head, _, content = drawn.png.partition(b"\n")
    told: Mapping[str, Any] = json.loads(head)
    if not told["readable"]:
        raise ServerNonsenseError(server_texts.NO_PICTURE)
    return Finished(content, "jpg", alt, told["missing"], told["cut"], model)
