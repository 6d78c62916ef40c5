"""Watches a job's message in the channel and tells each edit, as people there see it."""

import asyncio

import discord

from bot.store.jobs import Job
from bot.store.outbox import DELIVERED_TOPIC
from playground.club import Club
from playground.member import UnexpectedAnswerError
from playground.prose import line, plain, say

TRAINING_SECONDS = 1200  # a real model on one busy core


class Watch:
    """Prints the message after every edit, until the job has ended."""

    def __init__(self, club: Club, message_id: int) -> None:
        self._club = club
        self._message_id = message_id
        self._title: str | None = None
        self._delivered = club.app.database.subscribe(DELIVERED_TOPIC)

    async def end(self) -> None:
        """Wait for the end. Raises `UnexpectedAnswerError` unless it is a success."""
        try:
            async with asyncio.timeout(TRAINING_SECONDS):
                job = await self._follow()
        except TimeoutError:
            raise UnexpectedAnswerError(f"The job did not end within {TRAINING_SECONDS} seconds.") from None
        if job.status != "succeeded":
            raise UnexpectedAnswerError(job.error_message or f"The job ended as {job.status}.")

    async def _follow(self) -> Job:
        while True:
            await self._delivered.wait()
            self._delivered.clear()
            job = await self._club.app.finetunes.get(self._club.admin.guild.id)
            self._tell(self._embed(), whole=job.ended)
            if job.ended:
                return job

    def _embed(self) -> discord.Embed:
        return next(shown for shown in self._club.channel.history() if shown.id == self._message_id).embeds[0]

    def _tell(self, embed: discord.Embed, *, whole: bool) -> None:
        if embed.title != self._title:
            self._title = embed.title
            line(f"    {embed.title}")
        texts = plain(embed.description or "")
        for text in texts if whole else filter(None, [", ".join(texts).replace("Training loss", "loss")]):
            say(text, 4)
