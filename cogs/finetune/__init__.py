"""`/finetune`: quote, launch, watch and steer fine-tuning jobs."""

from discord import app_commands

from bot.client import PunchlineBot
from cogs.finetune.history import BUTTONS as HISTORY_BUTTONS
from cogs.finetune.history import HistoryCommands
from cogs.finetune.jobs import BUTTONS, JobCommands
from cogs.ui import job_card, offer_card, report_card
from cogs.ui.admin import MANAGERS, ManagerCog


@app_commands.default_permissions(MANAGERS)
class FineTuneCog(
    JobCommands,
    HistoryCommands,
    ManagerCog,
    group_name="finetune",
    group_description="Fine-tune a model of this server's own",
):
    """Runs fine-tuning jobs."""


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS, *HISTORY_BUTTONS, *job_card.BUTTONS, *offer_card.BUTTONS, *report_card.BUTTONS)
    await bot.add_cog(FineTuneCog(bot))
