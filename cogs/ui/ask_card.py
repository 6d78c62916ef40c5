"""How an answer to `/ask` looks, and the buttons under it."""

from collections.abc import Sequence

import discord

from bot.ask.sentences import ToolResult
from bot.ask.service import Answer, UsedTool
from bot.store.usage import Usage, total_cost
from bot.texts import ask as texts
from bot.texts import buttons, cards, common, jokes
from bot.texts.template import clip, plain
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.message import Rendered
from cogs.ui.text import MAX_FIELD, MAX_FOOTER, MAX_TITLE, answer_cost, typed

# With four fields, the title and the footer these stay below Discord's 6,000 characters of an embed.
MAX_WORDS, MAX_NAME, MAX_VALUE = 1500, 150, 800


def ask_card(answer: Answer) -> Rendered:
    """The model's words, what its tools returned, and which they were."""
    words = [typed(answer.words, MAX_WORDS)] if answer.words else []
    note = [str(texts.NO_CLOSING_WORDS)] if answer.unfinished else []
    embed = discord.Embed(title=typed(answer.question, MAX_TITLE), description="\n".join([*words, *note]) or None)
    for used in answer.used:
        name, value = _field(used)
        embed.add_field(name=clip(name, MAX_NAME), value=clip(value, MAX_VALUE), inline=False)
    embed.set_footer(text=clip(_abilities(answer), MAX_FOOTER))
    buttons = _buttons(answer)
    return Rendered(embed, view=row_of(*buttons) if buttons else None)


def _field(used: UsedTool) -> tuple[str, str]:
    if isinstance(used.outcome, ToolResult):
        lines = "\n".join(line.markdown() for line in used.outcome.lines)
        return used.outcome.title.markdown(), lines
    return str(texts.ABILITY[used.name]), f"⚠️ {used.outcome.markdown()}"


def _abilities(answer: Answer) -> str:
    names = dict.fromkeys(str(texts.ABILITY[one.name]) for one in answer.used if isinstance(one.outcome, ToolResult))
    used = plain(texts.USED, {"abilities": str(common.BETWEEN_NAMES).join(names)}) if names else str(texts.NOTHING_USED)
    return jokes.NOTED.format(told=used, note=texts.NOT_SAVED) if answer.private else used


def _buttons(answer: Answer) -> list[RowButton]:
    """One button for the question, and one for each saved joke or set of slogans."""
    own = [AskDetailsButton(*answer.usage_ids)] if answer.usage_ids else []
    names = [str(texts.ABILITY[name]) for name, _ in answer.saved]
    labels = [
        name if names.count(name) == 1 else f"{name} {names[:place].count(name) + 1}"
        for place, name in enumerate(names)
    ]
    saved = [DetailsButton(number, label=label) for label, (_, number) in zip(labels, answer.saved, strict=True)]
    return [*own, *saved]


class AskDetailsButton(RowButton, custom_id="ask-details"):
    """Shows the model and the cost of its requests. The numbers are usage rows."""

    label, emoji = buttons.DETAILS, "🔍"

    async def press(self, interaction: Interaction) -> None:
        app = interaction.client.app
        requests = await app.ask.requests(guild_id(interaction), self.numbers)
        await interaction.response.send_message(embed=_facts(requests), ephemeral=True)


def _facts(requests: Sequence[Usage]) -> discord.Embed:
    embed = discord.Embed(title=cards.DETAILS, timestamp=requests[-1].created_at)
    embed.add_field(name=cards.MODEL, value=typed(requests[-1].model, MAX_FIELD), inline=False)
    read, written = sum(one.prompt_tokens for one in requests), sum(one.completion_tokens for one in requests)
    embed.add_field(name=texts.REQUESTS, value=str(len(requests)))
    embed.add_field(name=cards.TOKENS, value=cards.TOKENS_OF_ALL.format(read=read, written=written))
    embed.add_field(name=cards.COST, value=answer_cost(total_cost(requests)))
    embed.add_field(name=cards.LATENCY, value=f"{sum(one.latency_ms for one in requests):.0f} ms")
    return embed


BUTTONS = (AskDetailsButton, DetailsButton)
