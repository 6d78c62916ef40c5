"""Watches a job's message in the channel and tells each edit, as people there see it."""

import asyncio

import discord

from bot.store.jobs import Job
from playground.club import Club, when_shown
from playground.member import UnexpectedAnswerError
from playground.prose import line, plain, say

TRAINING_SECONDS = 120


class Watch:
    """Prints the message after every edit by the tracker, until the job has ended."""

    def __init__(self, club: Club, message_id: int) -> None:
        self._club = club
        self._message_id = message_id
        self._title: str | None = None
        self._ended: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        when_shown(club.app, self._read)

    async def end(self) -> None:
        """Wait for the end. Raises `UnexpectedAnswerError` unless it is a success."""
        try:
            async with asyncio.timeout(TRAINING_SECONDS):
                job = await self._ended
        except TimeoutError:
            raise UnexpectedAnswerError(f"The job did not end within {TRAINING_SECONDS} seconds.") from None
        if job.status != "succeeded":
            raise UnexpectedAnswerError(job.error_message or f"The job ended as {job.status}.")

    def _read(self, job: Job) -> None:
        self._tell(self._embed(), whole=job.ended)
        if job.ended and not self._ended.done():
            self._ended.set_result(job)

    def _embed(self) -> discord.Embed:
        return next(shown for shown in self._club.channel.history() if shown.id == self._message_id).embeds[0]

    def _tell(self, embed: discord.Embed, *, whole: bool) -> None:
        if embed.title != self._title:
            self._title = embed.title
            line(f"    {embed.title}")
        texts = plain(embed.description or "")
        for text in texts if whole else filter(None, [", ".join(texts).replace("Training loss", "loss")]):
            say(text, 4)
