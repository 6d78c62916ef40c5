"""Simcord's page, fitted to a bot that writes by itself: nothing that a viewer does is refused for coming a moment late."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import simcord
from aiohttp import web
from simcord.preview import _markdown
from simcord.preview._server import PreviewServer

SCRIPT_ROUTE, SCRIPT_FILE = "/punchline.js", Path(__file__).with_name("page.js")
# What the page says of itself, and what it says here.
WORDS = {
    "<title>SimCord Preview</title>": "<title>Punchline playground</title>",
    "<strong>SimCord</strong><small>Preview</small>": "<strong>Punchline</strong><small>Playground</small>",
    '<span class="brand-mark" aria-hidden="true">S</span>': '<span class="brand-mark" aria-hidden="true">P</span>',
    "</body>": f'<script type="module" src="{SCRIPT_ROUTE}"></script></body>',
}
for part in (
    "embed_description",
    "embed_field_value",
):  # where Discord shows the name of who is mentioned, as in a message
    _markdown._FIELD_POLICIES[part]["mentions"] = True


class PageServer(PreviewServer):
    """Serves the page under our name and with our script.

    Simcord refuses an action that was begun on an older state of the page, and one that meets a refresh. Discord refuses neither,
    and a training changes the page every few seconds. So actions and refreshes take turns (`turns`), and an action counts for the
    page as it is by then. This uses private parts of the pinned simcord; tests/playground holds them.
    """

    _STATIC_FILES: ClassVar[dict[str, str]] = {**PreviewServer._STATIC_FILES, SCRIPT_ROUTE: SCRIPT_FILE.name}

    def __init__(self, preview: simcord.Preview, port: int) -> None:
        super().__init__(preview, port)
        self.turns = asyncio.Lock()
        self._act = preview._action
        preview._action = self._act_now  # type: ignore[method-assign]  # the page hands every action to this

    async def _act_now(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self.turns:
            page = self.preview._get_page(context_id)
            late = "published_revision" in body
            return await self._act(context_id, {**body, "published_revision": page.revision} if late else body)

    async def _static(self, request: web.Request) -> web.Response:
        if request.path == SCRIPT_ROUTE:
            script = await asyncio.to_thread(SCRIPT_FILE.read_text, "utf-8")
            return web.Response(text=script, content_type="application/javascript", headers=self._SECURITY_HEADERS)
        response: web.Response = await super()._static(request)
        if request.path == "/":
            text = response.text or ""
            for simcords, ours in WORDS.items():
                text = text.replace(simcords, ours)
            response.text = text
        return response
