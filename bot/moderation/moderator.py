"""Asks the model server's moderation, each text once."""

import asyncio
import logging
from collections.abc import Sequence
from hashlib import sha256
from weakref import WeakValueDictionary

from cachetools import LRUCache

from bot.errors import ModelServerError
from bot.model_server.client import LLM
from bot.model_server.judgement import Judgement
from bot.settings import Settings

log = logging.getLogger(__name__)

BLANK = Judgement()
REMEMBERED = 256  # judgements, in memory alone: two models that answer one scenario need it judged once


class Moderator:
    """Judges texts where `Settings.moderates` says so."""

    def __init__(self, llm: LLM, settings: Settings) -> None:
        self._llm = llm
        self._model = settings.moderation_model
        self.on = settings.moderates
        self._known = LRUCache[bytes, Judgement](REMEMBERED)
        self._asking: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    async def judge(self, texts: Sequence[str]) -> list[Judgement] | None:
        """What it says of each text; None if the server does not say. That is logged, and counted as a call that failed."""
        wanted = tuple(dict.fromkeys(text for text in texts if text.strip()))
        async with self._asking.setdefault(wanted, asyncio.Lock()):
            found = {text: self._known[_key(text)] for text in wanted if _key(text) in self._known}
            missing = [text for text in wanted if text not in found]
            try:
                judged = await self._llm.moderate(self._model, missing) if missing else ()
            except ModelServerError as error:
                log.warning("The moderation did not answer: %s (request %s)", error, error.request_id)
                return None
            for text, judgement in zip(missing, judged, strict=True):
                found[text] = self._known[_key(text)] = judgement
        return [found.get(text, BLANK) for text in texts]

    def recall(self, texts: Sequence[str]) -> list[Judgement] | None:
        """The same at once, if all of the texts were judged lately."""
        found = [self._known.get(_key(text)) for text in texts]
        known = [one for one in found if one is not None]
        return known if len(known) == len(texts) else None


def _key(text: str) -> bytes:
    """No text stays in memory."""
    return sha256(text.encode("utf-8", "replace")).digest()
