"""How the report on a finished job looks, and the buttons under it."""

from collections.abc import Iterator, Sequence

import discord

from bot.app import App
from bot.errors import NotFoundError
from bot.kinds import SLOGAN
from bot.reports.losses import LossPoint, number, validation
from bot.reports.report import AnswerPair, EvaluationAnswer, Report, Share
from bot.reports.verdict import verdict
from bot.store.jobs import Job
from bot.store.models import RegisteredModel
from bot.store.outbox import Delivery
from bot.texts import cards as texts
from bot.texts.template import Text, code
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.message import Rendered
from cogs.ui.model_buttons import (
    NameModelButton,
    RollBackButton,
    TellJokeButton,
    UseCheckpointButton,
    UseModelButton,
    WriteSloganButton,
)
from cogs.ui.text import MAX_FIELD, MAX_TITLE, cost, duration, typed

MAX_ANSWER, MAX_SCENARIO = 300, 200
SHOWN_PAIRS = 3


async def report_message(app: App, delivery: Delivery) -> Rendered | None:
    """The message with a job's report; None if the job or its report is gone."""
    try:
        job = await app.finetunes.get(delivery.guild_id, int(delivery.subject))
        return await report_card(app, job)
    except NotFoundError:
        return None


async def report_card(app: App, job: Job) -> Rendered:
    """What the model achieved, with the loss chart, and buttons for what comes next. Raises `NotFoundError`."""
    report = await app.history.report(job)
    models = await app.registry.models(job.guild_id)
    model = next((one for one in (*models.models, *models.archived) if one.model == report.model), None)
    in_use = models.uses(report.model)
    _, chart = await app.history.losses(job.id)
    view = row_of(*_buttons(job, report, model, in_use=in_use))
    return Rendered(_embed(job, report, in_use=in_use), view=view, picture=chart)


def _buttons(job: Job, report: Report, model: RegisteredModel | None, *, in_use: bool) -> Iterator[RowButton]:
    if model is not None:
        yield WriteSloganButton(model.id) if model.kind == SLOGAN.name else TellJokeButton(model.id)
        yield RollBackButton(model.id) if in_use else UseModelButton(model.id)
        yield NameModelButton(model.id)
    if better := report.better_checkpoint:
        yield UseCheckpointButton(job.id, better.step, label=texts.USE_STEP.format(step=better.step))
    yield ReportDetailsButton(job.id)


def _embed(job: Job, report: Report, *, in_use: bool) -> discord.Embed:
    judged = verdict(report)
    lines = [f"**{judged}**"] if judged else []
    lines.append(str(texts.REPORT_READY_IN_USE[job.kind] if in_use else texts.REPORT_READY))
    if report.pairs:
        count = len(report.pairs)
        questions = texts.QUESTIONS.of(count)
        asked = texts.REPORT_ASKED if report.examples else texts.REPORT_ASKED_BOTH
        lines.append(asked.format(examples=report.examples, questions=questions))
    else:
        lines.append(str(texts.REPORT_UNANSWERED))
    if report.better_checkpoint:
        lines.append(texts.BETTER_CHECKPOINT.format(step=report.better_checkpoint.step))
    embed = discord.Embed(title=texts.REPORT.format(job=job.id), description="\n".join(lines))
    embed.add_field(name=texts.COST, value=cost(report.cost_microdollars))
    embed.add_field(name=texts.TIME, value=texts.UNKNOWN if report.seconds is None else duration(report.seconds))
    if report.ending:
        name = texts.ENDS_IN.format(ending=typed(report.ending.strip(), 50))
        value = texts.FORMAT.format(tuned=_of(report.tuned_share), base=_of(report.base_share))
        embed.add_field(name=name, value=value, inline=False)
    if report.prompt_tokens and report.examples:
        embed.add_field(name=texts.PROMPT, value=_saving(report), inline=False)
    if before := report.asked_before:
        name = texts.ASKED_BEFORE.format(scenario=typed(before.asked, MAX_SCENARIO))
        value = f"**{texts.BEFORE}:** {_told(before.base)}\n**{texts.AFTER}:** {_told(before.tuned)}"
        embed.add_field(name=name, value=value, inline=False)
    for pair in report.pairs[:SHOWN_PAIRS]:
        embed.add_field(name=typed(pair.asked, MAX_TITLE) or "–", value=_side_by_side(pair), inline=False)
    return embed


def _of(share: Share) -> str:
    return texts.KEPT_OF.format(kept=share.kept, answers=share.answers) if share.answers else str(texts.KEPT_NONE)


def _saving(report: Report) -> str:
    tuned, base = report.prompt_tokens or (0, 0)
    saved = report.saving or 0
    words = texts.SAVED.format(share=f"{saved:.0%}") if saved >= 0 else texts.MORE.format(share=f"{-saved:.0%}")
    return texts.SAVING.format(tuned=f"{tuned:.0f}", base=f"{base:.0f}", words=words)


def _side_by_side(pair: AnswerPair) -> str:
    return f"**{texts.TUNED}:** {_told(pair.tuned)}\n**{texts.BASE}:** {_told(pair.base)}"


def _told(answer: EvaluationAnswer) -> str:
    return typed(answer.text, MAX_ANSWER) if answer.error is None else f"⚠️ {typed(answer.error, MAX_ANSWER)}"


class ReportDetailsButton(RowButton, custom_id="report-details"):
    """Shows ids, tokens and figures."""

    label, emoji = texts.DETAILS, "🔍"

    async def press(self, interaction: Interaction) -> None:
        app, guild = interaction.client.app, guild_id(interaction)
        job = await app.finetunes.get(guild, self.row_id)
        report = await app.history.report(job)
        embed = discord.Embed(title=texts.DETAILS)
        embed.add_field(name=texts.MODEL, value=f"`{code(report.model)}`", inline=False)
        embed.add_field(name=texts.BASE_MODEL, value=typed(report.base_model, MAX_FIELD))
        embed.add_field(name=texts.DATASET, value=typed(job.dataset, MAX_FIELD))
        tokens = texts.UNKNOWN if report.trained_tokens is None else f"{report.trained_tokens:,}"
        embed.add_field(name=texts.TRAINED_TOKENS, value=tokens)
        for name, value in _figures(report, await app.history.points(job.id)):
            embed.add_field(name=name, value=value)
        await interaction.response.send_message(embed=embed, ephemeral=True)


def _figures(report: Report, points: Sequence[LossPoint]) -> Iterator[tuple[Text, str]]:
    if report.novel:
        yield texts.NOVEL, _of(report.novel)
        yield texts.DISTINCT, _of(report.distinct)
    if topic := report.topic:
        template = texts.TOPIC_OF if topic.base is None else texts.TOPIC_OF_BOTH
        yield texts.TOPIC, template.format(tuned=topic.tuned, base=topic.base)
    if words := report.words:
        tuned, base = words
        yield texts.WORDS, texts.WORDS_OF.format(tuned=tuned, base=base)
    if curve := validation(points):
        step, lowest = min(curve, key=lambda point: point[1])
        yield texts.VALIDATION_LOSS, texts.LOSSES.format(last=number(curve[-1][1]), lowest=number(lowest), step=step)


BUTTONS = (ReportDetailsButton,)
