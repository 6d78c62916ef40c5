"""`/dataset`: the training files of a server, and those in the making."""

from discord import app_commands

from bot.client import PunchlineBot
from cogs.dataset.drafts import DraftCommands
from cogs.dataset.files import FileCommands, RemoveButton
from cogs.dataset.queue import QueueCommands
from cogs.dataset.votes import VoteCommands
from cogs.ui import contribution_queue, draft_card, draft_review
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.train_button import TrainButton


@app_commands.default_permissions(MANAGERS)
class DatasetCog(
    FileCommands,
    DraftCommands,
    VoteCommands,
    QueueCommands,
    ManagerCog,
    group_name="dataset",
    group_description="The training files of this server",
):
    """Takes datasets in, makes them, shows, checks and splits them, and hands them out again."""


async def setup(bot: PunchlineBot) -> None:
    shared = (*draft_card.BUTTONS, *draft_review.BUTTONS, *contribution_queue.BUTTONS)
    bot.add_dynamic_items(RemoveButton, TrainButton, *shared)
    await bot.add_cog(DatasetCog(bot))
