"""A stand-in for vLLM that costs next to nothing: `python -m benchmarks.upstream`. The last message says how it answers: `PIECES SECONDS`.

Each piece of an answer is the moment at which it was sent, by the machine's monotonic clock; `SECONDS` lie between two of them. It streams if asked to,
as the engine always does.
"""

import asyncio
import json
from time import monotonic

from aiohttp import web

END = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def _piece(text: str) -> bytes:
    head = (
        '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"'
    )
    return f'data: {head}{text}"}},"finish_reason":null}}]}}\n\n'.encode()


async def _chat(request: web.Request) -> web.StreamResponse:
    asked = json.loads(await request.read())
    pieces, seconds = asked["messages"][-1]["content"].split()
    if not asked.get("stream"):
        choice = {"index": 0, "message": {"role": "assistant", "content": str(monotonic())}, "finish_reason": "stop"}
        return web.json_response(
            {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        )
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    if float(seconds):
        for _ in range(int(pieces)):
            await asyncio.sleep(float(seconds))
            await response.write(_piece(f"{monotonic():.6f} "))
    else:
        await response.write(b"".join(_piece(f"{monotonic():.6f} ") for _ in range(int(pieces))))
    await response.write(END)
    return response


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _serve() -> None:
    app = web.Application()
    app.add_routes([web.post("/v1/chat/completions", _chat), web.get("/health", _health)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    print(f"ready at http://127.0.0.1:{runner.addresses[0][1]}/v1", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
