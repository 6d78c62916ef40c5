"""Answers to interactions: repeated where the connection breaks, and the one exit for errors."""

import asyncio
import logging
import secrets
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.client import TRANSPORT_ERRORS
from bot.command_log import note_answer, note_error, note_failure
from bot.errors import ModelServerError, UserError
from bot.store.database import hurry
from bot.texts import common as texts
from bot.texts.language import language_for, speak
from bot.texts.template import clip, markdown

log = logging.getLogger(__name__)

MAX_CONTENT_LENGTH = 2000
ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION = 40060, 10062
ANSWER_SECONDS, ANSWER_PAUSES = 30.0, (0.1, 0.3, 1.0, 3.0)


def repeat_answers() -> None:
    """From now on the current task, and all that it starts, answers interactions through `AnswerAdapter`."""
    async_context.set(AnswerAdapter())  # type: ignore[no-untyped-call]  # discord.py gives its constructor no types


class AnswerLostError(Exception):
    """The connection to Discord broke in an answer, which may have arrived all the same."""


class AnswerAdapter(AsyncWebhookAdapter):
    """Sends answers to interactions. Where the connection breaks, nobody knows whether Discord acted: what may be repeated is."""

    async def request(self, route: Any, session: aiohttp.ClientSession, **options: Any) -> Any:
        """Raises `discord.HTTPException`, and `AnswerLostError` where nobody knows whether Discord acted."""
        for attempt, pause in enumerate((*ANSWER_PAUSES, None)):
            for file in options.get("files") or ():
                file.reset(seek=attempt)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = await super().request(route, session, **options)
                    note_answer()
                    hurry(acknowledged=True)
                    return answer
            except TRANSPORT_ERRORS as error:
                if pause is None or not _is_repeatable(route, error):
                    raise AnswerLostError from error
                log.info("The connection to Discord broke in an answer (%r). Trying again.", error)
                await asyncio.sleep(pause)
            except discord.HTTPException as refusal:
                if attempt and refusal.code == ALREADY_ACKNOWLEDGED:  # by the attempt whose reply was lost
                    return {"interaction": {"id": route.webhook_id, "type": 0}}
                if attempt and refusal.status == 404 and route.method == "DELETE":
                    return None
                raise
        raise RuntimeError("unreachable")


def _is_repeatable(route: Any, error: Exception) -> bool:
    """An edit says the same twice, and Discord takes one acknowledgement; a follow-up that was sent would be a second message."""
    unsent = isinstance(error, aiohttp.ClientConnectorError)
    return bool(unsent or route.method != "POST" or route.path.endswith("/callback"))


async def explain(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Answer a failed command, button or form: with its text if people may read it, else with an id that the log explains."""
    note_error(_cause(error))
    if isinstance(_cause(error), AnswerLostError):  # it may have arrived: a second one would contradict it
        log.warning("The connection to Discord broke in an answer: %r", _cause(error).__cause__)
        return
    if _code(_cause(error)) == UNKNOWN_INTERACTION:  # such as one that waited for a RESUME
        log.warning("Discord takes no answer to interaction %d any more: it is over three seconds old.", interaction.id)
        return
    speak(language_for(interaction.locale.value))  # only the one who asked sees it
    text = clip(_readable(_cause(error)), MAX_CONTENT_LENGTH)
    try:
        await _answer(interaction, text)
    except Exception as failure:  # noqa: BLE001  # nobody is left to tell
        log.warning("Could not answer a failed interaction: %r", failure)


async def _answer(interaction: discord.Interaction[Any], text: str) -> None:
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(text, ephemeral=True)
        except discord.HTTPException as refusal:
            if refusal.code != ALREADY_ACKNOWLEDGED:
                raise
            await _end_thinking(interaction, text)
    elif interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        await _answer_instead_of_thinking(interaction, text)
    else:
        await interaction.followup.send(text, ephemeral=True)


async def _end_thinking(interaction: discord.Interaction[Any], text: str) -> None:
    """Discord has an acknowledgement that this task knows nothing of: it was cancelled meanwhile, or the bot restarted.

    An answer that is already there stays as it is.
    """
    if (await interaction.original_response()).flags.loading:
        await interaction.edit_original_response(content=text)


async def _answer_instead_of_thinking(interaction: discord.Interaction[Any], text: str) -> None:
    """Discord shows the first follow-up to a public "thinking" to everybody, and none at all once that is deleted.

    So the thinking is ended first, the text follows in private, and only then the public rest is deleted. Where nobody knows
    whether the private text arrived, the public rest says it.
    """
    await interaction.edit_original_response(content=str(texts.NOT_WORKED))
    try:
        await interaction.followup.send(text, ephemeral=True)
    except AnswerLostError:
        await interaction.edit_original_response(content=text)
        return
    await interaction.delete_original_response()


def _cause(error: Exception) -> Exception:
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


def _code(cause: Exception) -> int | None:
    """Discord's own code of what it refused."""
    return cause.code if isinstance(cause, discord.HTTPException) else None


def _readable(cause: Exception) -> str:
    if _code(cause) == ALREADY_ACKNOWLEDGED:
        log.info("An earlier life of the bot acknowledged an interaction.")
        return str(texts.RESTARTING)
    if isinstance(cause, ModelServerError):
        log.warning("%s (request %s): %r", cause, cause.request_id, cause.__cause__)
        return cause.markdown()
    if isinstance(cause, UserError):
        log.debug("Told a user: %s", cause)
        return cause.markdown()
    if isinstance(cause, app_commands.MissingPermissions):
        return str(texts.NO_RIGHTS)
    number = secrets.token_hex(4)
    note_failure(number)
    log.error("Failure %s", number, exc_info=cause)
    return markdown(texts.BUG, {"number": number})
