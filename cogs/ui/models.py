"""How models look in lists, answers and autocomplete."""

from collections.abc import Iterable, Sequence

import discord
from discord import app_commands

from bot.jokes.comparison import ComparedModel
from bot.kinds import JOKE, SLOGAN
from bot.registry.service import BASE, GuildModels
from bot.store.models import Activation, RegisteredModel
from bot.texts import cards
from bot.texts import models as texts
from bot.texts.jokes import COMPARE_FOOTER
from bot.texts.template import clip, code, escape, markdown
from cogs.ui.choices import MAX_CHOICE_LENGTH, MAX_CHOICES
from cogs.ui.text import MAX_FIELD, MAX_TITLE, listing, member, typed

PRACTICE = "practice-1"
MAX_ANSWER = 900


def called(model: RegisteredModel | Activation | None, kind: str) -> str:
    """A model in a sentence: its name, else its id; None is the base for this kind."""
    if model is None or model.model is None:
        return str(texts.THE_BASE[kind])
    return f"**{escape(model.name)}**" if model.name else f"`{code(model.model)}`"


def model_choices(
    current: str, models: Iterable[RegisteredModel], *, base: bool = True, archived: Iterable[RegisteredModel] = ()
) -> list[app_commands.Choice[str]]:
    """Models whose name or id contains what was typed, in order, then the base if it is offered, however many there are."""
    offered = [(_label(model), _value(model)) for model in models]
    offered += [
        (clip(texts.ARCHIVED_CHOICE.format(model=_label(model)), MAX_CHOICE_LENGTH), _value(model))
        for model in archived
    ]
    typed_text = current.casefold()
    found = [
        (label, value) for label, value in offered if typed_text in label.casefold() and len(value) <= MAX_CHOICE_LENGTH
    ]
    last = [(BASE, BASE)] if base and typed_text in BASE else []
    return [app_commands.Choice(name=label, value=value) for label, value in [*found[: MAX_CHOICES - len(last)], *last]]


def model_list(models: GuildModels, activations: Sequence[Activation], base: str) -> discord.Embed:
    """The guild's models, which of them is in use, and the last switches."""
    kinds = {JOKE.name, *(model.kind for model in models.models)}
    all_tuned = kinds <= set(models.active)
    first = texts.BASE_LINE.format(mark="▫️" if all_tuned else "▶️", base=escape(base))
    lines = [_line(model, in_use=models.uses(model.model)) for model in models.models]
    embed = discord.Embed(title=cards.MODELS, description=listing([first, *lines]))
    if activations:
        switches = clip("\n".join(map(_switch, activations)), MAX_FIELD)
        embed.add_field(name=cards.LAST_SWITCHES, value=switches, inline=False)
    if PRACTICE in (base, *(model.base_model for model in models.models)):
        embed.add_field(name=cards.ABOUT_PRACTICE, value=texts.PRACTICE, inline=False)
    return embed.set_footer(text=texts.LIST_FOOTER if kinds == {JOKE.name} else texts.LIST_FOOTER_BOTH)


def comparison_card(scenario: str, compared: Sequence[ComparedModel]) -> discord.Embed:
    """Answers side by side; one that failed says why."""
    embed = discord.Embed(title=typed(scenario, MAX_TITLE))
    for one in compared:
        name = one.label or (_label(one.tuned) if one.tuned else f"{BASE}: {one.model}")
        embed.add_field(name=typed(name, MAX_TITLE), value=_answer(one))
    return embed.set_footer(text=COMPARE_FOOTER)


def _answer(compared: ComparedModel) -> str:
    completion = compared.completion
    if compared.error is not None:
        text = f"⚠️ {clip(compared.error.markdown(), MAX_ANSWER)}"
    else:
        text = typed(completion.texts[0] if completion else "", MAX_ANSWER)
    if completion is None:
        return text
    tokens = {"read": completion.prompt_tokens, "written": completion.completion_tokens}
    return f"{text}\n*{texts.TOKENS_AND_LATENCY.format(**tokens, latency=completion.latency_ms)}*"


def _line(model: RegisteredModel, *, in_use: bool) -> str:
    origin = texts.BY_JOB.format(job=model.job_id) if model.job_id else ""
    origin += markdown(texts.ON_DATASET, {"dataset": model.dataset}) if model.dataset else ""
    score = texts.IN_FORMAT.format(share=model.score) if model.score is not None else ""
    name = f"**{escape(model.name)}** " if model.name else ""
    made = discord.utils.format_dt(model.created_at, "d")
    gone = texts.GONE_SINCE.format(when=discord.utils.format_dt(model.lost_at, "d")) if model.lost_at else ""
    base = escape(model.base_model)
    origin += str(texts.OF_SLOGANS) if model.kind == SLOGAN.name else ""
    told = texts.MODEL_LINE.format(
        name=name, model=code(model.model), base=base, origin=origin, score=score, made=made, gone=gone
    )
    return f"{'▶️' if in_use else '▫️'} {told}"


def _switch(activation: Activation) -> str:
    by = activation.activated_by
    switched = str(texts.SWITCHED_BY_JOB) if by is None else texts.SWITCHED_BY.format(member=member(by))
    to = called(activation, activation.kind) if activation.model else f"`{BASE}`"
    to += str(texts.FOR_SLOGANS) if activation.kind == SLOGAN.name else ""
    return texts.SWITCH.format(when=discord.utils.format_dt(activation.activated_at, "f"), model=to, who=switched)


def _label(model: RegisteredModel) -> str:
    return clip(f"{model.name} ({model.model})" if model.name else model.model, MAX_CHOICE_LENGTH)


def _value(model: RegisteredModel) -> str:
    return model.name if model.name and len(model.model) > MAX_CHOICE_LENGTH else model.model
