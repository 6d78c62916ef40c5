"""`/dataset upload`, `list`, `show`, `check`, `split`, `export`, `remove`: files in and out."""

import asyncio
import io
import logging
import secrets
from pathlib import Path

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.characters import MAX_NAME_CODE_POINTS
from bot.client import PunchlineBot
from bot.datasets import token_chart
from bot.datasets.findings import FileCheck
from bot.datasets.importing.reading import is_importable
from bot.datasets.service import Incoming
from bot.errors import InvalidInputError, UserError
from bot.files.folder import disk_full_told
from bot.store.datasets import Dataset
from bot.texts import datasets as texts
from bot.texts.template import markdown
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.choices import KindName, matching
from cogs.ui.dataset_cards import (
    HISTOGRAM,
    add_near_duplicates,
    check_card,
    counted,
    list_card,
    sample_card,
    saved_card,
    split_card,
)
from cogs.ui.draft_card import drafted_card
from cogs.ui.message import answer
from cogs.ui.train_button import TrainButton

log = logging.getLogger(__name__)

LARGEST_SEED = 2**31 - 1
HELD_BYTES = 10 * 1024 * 1024  # discord.py holds what it downloads; more than this is streamed
CHUNK_BYTES = 1024 * 1024
Name = app_commands.Range[str, 1, MAX_NAME_CODE_POINTS]
Share = app_commands.Range[int, 5, 50]
Seed = app_commands.Range[int, 0, LARGEST_SEED]


class FileCommands(commands.Cog):
    """Takes datasets in, shows, checks and splits them, and hands them out again."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._app = bot.app

    @app_commands.command()
    @app_commands.describe(
        file="JSON Lines, a table (CSV, Excel) or lines such as: scenario => punchline",
        name="A name for it (the file's)",
        file2="One more: all become one dataset, in which each example stands once",
        file3="One more",
        file4="One more",
        file5="One more",
        kind="What its examples are (slogans if they have the recipe's instruction for slogans, else jokes)",
    )
    async def upload(
        self,
        interaction: Interaction,
        file: discord.Attachment,
        name: Name | None = None,
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
        file4: discord.Attachment | None = None,
        file5: discord.Attachment | None = None,
        kind: KindName | None = None,
    ) -> None:
        """Check training files and save them as a dataset"""
        attached = [one for one in (file, file2, file3, file4, file5) if one is not None]
        self._app.datasets.refuse_too_large(sum(one.size for one in attached))
        await interaction.response.defer()
        files = [Incoming(self._app.datasets.incoming(one.size), _filename(one)) for one in attached]
        try:
            for one, incoming in zip(attached, files, strict=True):
                await _download(one, incoming.path)
            if len(files) == 1 and await asyncio.to_thread(is_importable, files[0].path):
                await self._import(interaction, files[0], name, kind)
            else:
                await self._save(interaction, files, name, kind)
        finally:
            await self._app.datasets.forget(files)

    async def _import(self, interaction: Interaction, file: Incoming, name: str | None, kind: KindName | None) -> None:
        """What is no training file becomes a draft: a button saves it."""
        drafted = await self._app.drafts.read_file(guild_id(interaction), interaction.user.id, file, name, kind)
        await answer(interaction, drafted_card(drafted))

    async def _save(
        self, interaction: Interaction, files: list[Incoming], name: str | None, kind: KindName | None
    ) -> None:
        saved = await self._app.datasets.upload_all(guild_id(interaction), interaction.user.id, files, name, kind)
        card = saved_card(saved)
        await interaction.edit_original_response(embed=card, view=row_of(TrainButton(saved.dataset.id)))
        await self._point_out_near_duplicates(interaction, saved.dataset, card)

    async def _point_out_near_duplicates(self, interaction: Interaction, dataset: Dataset, card: discord.Embed) -> None:
        try:
            found = await self._app.meaning.duplicates.find(guild_id(interaction), interaction.user.id, dataset)
        except UserError as error:  # the dataset is saved, and its card shown, without them
            log.warning("Skipped the near-duplicate check of dataset %d: %s", dataset.id, error)
            return
        if found.count:
            add_near_duplicates(card, found)
            await interaction.edit_original_response(embed=card)

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's datasets"""
        datasets = await self._app.datasets.list(guild_id(interaction))
        await interaction.response.send_message(embed=list_card(datasets), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def show(self, interaction: Interaction, name: str) -> None:
        """Show a dataset's facts and first examples"""
        dataset = await self._app.datasets.get(guild_id(interaction), name)
        await interaction.response.defer(ephemeral=True)
        sample = await self._app.datasets.sample(dataset)
        await interaction.edit_original_response(embed=sample_card(dataset, sample))

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def check(self, interaction: Interaction, name: str) -> None:
        """Check a dataset: counts, warnings with their lines, and a chart of the tokens"""
        dataset = await self._app.datasets.get(guild_id(interaction), name)
        await interaction.response.defer(ephemeral=True)
        found = await self._app.datasets.check(dataset)
        embed, pictures = check_card(dataset, found), await self._histogram(found)
        if pictures:
            embed.set_image(url=f"attachment://{HISTOGRAM}")
        await interaction.edit_original_response(embed=embed, attachments=pictures)

    async def _histogram(self, found: FileCheck) -> list[discord.File]:
        chart = await self._app.charts.draw(token_chart.sketch(found.lengths)) if found.lengths else None
        return [discord.File(io.BytesIO(chart.png), HISTOGRAM, description=chart.alt)] if chart else []

    @app_commands.command()
    @app_commands.describe(
        name="Which dataset",
        share="How many percent of the examples to hold back for validation (10)",
        seed="Which choice of examples (another each time)",
    )
    async def split(self, interaction: Interaction, name: str, share: Share = 10, seed: Seed | None = None) -> None:
        """Make a dataset of which a part is held back for validation"""
        chosen = seed if seed is not None else secrets.randbelow(LARGEST_SEED)
        await interaction.response.defer()
        saved = await self._app.datasets.split(guild_id(interaction), interaction.user.id, name, share, chosen)
        card = split_card(saved, name, chosen)
        await interaction.edit_original_response(embed=card, view=row_of(TrainButton(saved.dataset.id)))

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def export(self, interaction: Interaction, name: str) -> None:
        """Get a dataset's files back"""
        dataset = await self._app.datasets.get(guild_id(interaction), name)
        await interaction.response.defer(ephemeral=True)
        async with self._app.datasets.export(dataset, interaction.filesize_limit) as paths:
            files = [discord.File(path, filename) for filename, path in paths.items()]
            await interaction.edit_original_response(attachments=files)

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def remove(self, interaction: Interaction, name: str) -> None:
        """Delete a dataset (asks first)"""
        dataset = await self._app.datasets.get(guild_id(interaction), name)
        question = markdown(texts.ASK_REMOVE, {"name": dataset.name, "examples": counted(dataset.examples)})
        if jobs := await self._app.finetunes.with_remote_copies(dataset.id):
            question += "\n" + texts.COPIES_LEFT.format(jobs=texts.JOBS.of(jobs))
        await interaction.response.send_message(question, view=row_of(RemoveButton(dataset.id)), ephemeral=True)

    @show.autocomplete("name")
    @check.autocomplete("name")
    @split.autocomplete("name")
    @export.autocomplete("name")
    @remove.autocomplete("name")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [dataset.name for dataset in await self._app.datasets.list(guild_id(interaction))])


class RemoveButton(RowButton, custom_id="remove-dataset"):
    """Deletes a dataset for good."""

    label, managers_only = texts.DELETE, True
    emoji = "🗑️"
    style = discord.ButtonStyle.danger

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.defer()
        dataset = await interaction.client.app.datasets.remove(guild_id(interaction), self.row_id)
        await interaction.edit_original_response(content=markdown(texts.DELETED, {"name": dataset.name}), view=None)


def _filename(attachment: discord.Attachment) -> str:
    """What the member called it: Discord keeps that as a title where its own file names cannot hold it."""
    suffix = Path(attachment.filename).suffix
    return f"{attachment.title.removesuffix(suffix)}{suffix}" if attachment.title else attachment.filename


async def _download(attachment: discord.Attachment, path: Path) -> None:
    """Save an attachment. Raises `InvalidInputError` where Discord does not hand it out, or in another size than it said."""
    try:
        with disk_full_told():
            if attachment.size <= HELD_BYTES:
                await asyncio.to_thread(path.write_bytes, await attachment.read())
            elif await _stream(attachment.url, path) != attachment.size:
                raise InvalidInputError(texts.DOWNLOAD_FAILED)
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        raise InvalidInputError(texts.DOWNLOAD_FAILED) from error


async def _stream(url: str, path: Path) -> int:
    size = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(url) as answer:
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                size += await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    return size
