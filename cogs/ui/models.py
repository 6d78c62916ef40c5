"""How models look in lists, answers and autocomplete."""

from collections.abc import Iterable, Sequence

import discord
from discord import app_commands

from bot.registry.lineup import Answer
from bot.registry.service import BASE, Shelf
from bot.store.models import Activation, RegisteredModel
from cogs.ui.choices import LIMIT, LIMIT_TEXT
from cogs.ui.text import LIMIT_FIELD, LIMIT_TITLE, clip, listing

PRACTICE = "practice-1"
WHAT_PRACTICE_IS = (
    "practice-1 is the engine's practice model: a small neural network that learns by retrieval with slots. "
    "It shows the whole loop without a download; it is not a language model."
)
LIMIT_ANSWER = 900


def called(model: RegisteredModel | Activation | None) -> str:
    """A model in a sentence, by its name too where it has one; None is the base."""
    if model is None or model.model is None:
        return "the base model, with examples in the prompt"
    return f"**{discord.utils.escape_markdown(model.name)}** (`{model.model}`)" if model.name else f"`{model.model}`"


def model_choices(
    current: str, models: Iterable[RegisteredModel], *, base: bool = True, retired: Iterable[RegisteredModel] = ()
) -> list[app_commands.Choice[str]]:
    """Models whose name or id contains what was typed, in order, then the base if it is offered, however many there are."""
    offered = [(_label(model), _value(model)) for model in models]
    offered += [(clip(f"{_label(model)} (retired)", LIMIT_TEXT), _value(model)) for model in retired]
    typed = current.casefold()
    found = [(label, value) for label, value in offered if typed in label.casefold() and len(value) <= LIMIT_TEXT]
    last = [(BASE, BASE)] if base and typed in BASE else []
    return [app_commands.Choice(name=label, value=value) for label, value in [*found[: LIMIT - len(last)], *last]]


def model_list(shelf: Shelf, switches: Sequence[Activation], base: str) -> discord.Embed:
    """The server's models, which of them is in use, and the last switches."""
    mark = "▫️" if shelf.active else "▶️"
    first = f"{mark} `{BASE}`: {base} with examples in the prompt"
    lines = [_line(model, in_use=shelf.active is not None and shelf.active.id == model.id) for model in shelf.models]
    embed = discord.Embed(title="Models", description=listing([first, *lines]))
    if switches:
        embed.add_field(name="Last switches", value=clip("\n".join(map(_switch, switches)), LIMIT_FIELD), inline=False)
    if PRACTICE in (base, *(model.base_model for model in shelf.models)):
        embed.add_field(name="About practice-1", value=WHAT_PRACTICE_IS, inline=False)
    return embed.set_footer(text="▶️ tells this server's jokes. /models use switches.")


def lineup_card(scenario: str, answers: Sequence[Answer]) -> discord.Embed:
    """Answers side by side; one that failed says why."""
    embed = discord.Embed(title=clip(scenario, LIMIT_TITLE))
    for answer in answers:
        name = _label(answer.tuned) if answer.tuned else f"{BASE}: {answer.model}"
        embed.add_field(name=clip(name, LIMIT_TITLE), value=_said(answer))
    return embed.set_footer(text="Tokens: prompt + answer.")


def _said(answer: Answer) -> str:
    text = ("⚠️ " if answer.failed else "") + clip(answer.text, LIMIT_ANSWER)
    if not answer.latency_ms:
        return text
    return f"{text}\n*{answer.prompt_tokens} + {answer.completion_tokens} tokens, {answer.latency_ms:.0f} ms*"


def _line(model: RegisteredModel, *, in_use: bool) -> str:
    origin = f" by job {model.job_id}" if model.job_id else ""
    origin += f" on “{model.dataset}”" if model.dataset else ""
    score = f", {model.score:.0%} in format" if model.score is not None else ""
    name = f"**{discord.utils.escape_markdown(model.name)}** " if model.name else ""
    made = discord.utils.format_dt(model.created_at, "d")
    gone = f", ⚠️ gone since {discord.utils.format_dt(model.lost_at, 'd')}" if model.lost_at else ""
    return f"{'▶️' if in_use else '▫️'} {name}`{model.model}`, tuned from {model.base_model}{origin}{score}, {made}{gone}"


def _switch(switch: Activation) -> str:
    who = f"by <@{switch.activated_by}>" if switch.activated_by else "when its job was done"
    to = called(switch) if switch.model else f"`{BASE}`"
    return f"{discord.utils.format_dt(switch.activated_at, 'f')} {to} {who}"


def _label(model: RegisteredModel) -> str:
    return clip(f"{model.name} ({model.model})" if model.name else model.model, LIMIT_TEXT)


def _value(model: RegisteredModel) -> str:
    return model.name if model.name and len(model.model) > LIMIT_TEXT else model.model
