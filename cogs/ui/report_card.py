"""How the report on a finished job looks."""

import io

import discord

from bot.drawing import Chart
from bot.reports.report import Answer, Pair, Report, Share
from bot.store.jobs import Job
from cogs.ui.text import LIMIT_TITLE, clip, dollars

PICTURE = "loss.png"
LIMIT_ALT = 1024
LIMIT_ANSWER = 300
SHOWN_PAIRS = 3
IN_USE = (
    "It tells this server's jokes now; `/models rollback` goes back to what did before, `/models use` to any other."
)
SWITCH = "`/models use` switches to it, and `/models rollback` back again."


def report_card(job: Job, report: Report, *, in_use: bool, picture: bool) -> discord.Embed:
    """What the model achieved; `picture` says that the chart comes with it."""
    embed = discord.Embed(title=f"📋 Job {job.id}: what the model learnt", description=_summary(report, in_use=in_use))
    tokens = "unknown" if report.trained_tokens is None else f"{report.trained_tokens:,}"
    embed.add_field(name="Trained tokens", value=tokens)
    embed.add_field(name="Cost", value=_cost(report.cost_microdollars))
    embed.add_field(name="Time", value=_time(report.seconds))
    if report.ending:
        embed.add_field(name=f"Ends in “{clip(report.ending.strip(), 50)}”", value=_format(report), inline=False)
    if report.prompt_tokens:
        embed.add_field(name="Prompt", value=_saving(report), inline=False)
    for pair in report.pairs[:SHOWN_PAIRS]:
        embed.add_field(name=clip(pair.asked, LIMIT_TITLE) or "–", value=_side_by_side(pair), inline=False)
    return embed.set_image(url=f"attachment://{PICTURE}") if picture else embed


def picture(chart: Chart) -> discord.File:
    """The chart as an attachment that screen readers can tell."""
    return discord.File(io.BytesIO(chart.png), PICTURE, description=clip(chart.alt, LIMIT_ALT))


def _summary(report: Report, *, in_use: bool) -> str:
    switch = IN_USE if in_use else SWITCH
    if not report.pairs:
        return f"`{report.model}` is ready. {switch}\nIt could not be compared: the model server did not answer."
    count = f"{len(report.pairs)} questions" if len(report.pairs) > 1 else "one question"
    return (
        f"`{report.model}` is ready. {switch}\n"
        f"It was asked {count} that it was not trained on, and so was {report.base_model} with "
        f"{report.examples} examples in the prompt."
    )


def _cost(microdollars: int | None) -> str:
    if microdollars is None:
        return "unknown"
    return f"about {dollars(microdollars)}" if microdollars else "no charge"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 else "under a second"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _format(report: Report) -> str:
    return f"**{_of(report.tuned_share)}** of the model's answers, {_of(report.base_share)} of the base's"


def _of(share: Share) -> str:
    return f"{share.kept} of {share.answers}" if share.answers else "none"


def _saving(report: Report) -> str:
    tuned, base = report.prompt_tokens or (0, 0)
    saved = report.saving or 0
    words = f"{saved:.0%} saved" if saved >= 0 else f"{-saved:.0%} more"
    return f"**{tuned:.0f} tokens** instead of {base:.0f} with examples: {words}"


def _side_by_side(pair: Pair) -> str:
    return f"**Tuned:** {_told(pair.tuned)}\n**Base:** {_told(pair.base)}"


def _told(answer: Answer) -> str:
    return clip(answer.text, LIMIT_ANSWER) if answer.error is None else f"⚠️ {clip(answer.error, LIMIT_ANSWER)}"
