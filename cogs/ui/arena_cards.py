"""How a round and the ranking look, and the buttons of a round."""

from typing import ClassVar

import discord

from bot.app import App
from bot.arena.promotion import Table, name_of
from bot.arena.ranking import Ranking, Standing, votes_to_part
from bot.arena.ranking_chart import sketch
from bot.arena.service import SKIP, Seen
from bot.drawing import Sketch
from bot.errors import NotFoundError
from bot.store.arena import CHOICES
from bot.store.outbox import Delivery
from bot.texts import arena as texts
from bot.texts import buttons
from bot.texts.language import ENGLISH, speaking
from bot.texts.template import clip, markdown, plain
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.message import Rendered
from cogs.ui.text import MAX_ALT, MAX_FIELD, MAX_FOOTER, MAX_TITLE, listing, typed


async def round_message(app: App, delivery: Delivery) -> Rendered | None:
    """The message that follows a round; None if the round is gone."""
    try:
        return round_card(await app.arena.see(delivery.guild_id, int(delivery.subject)))
    except NotFoundError:
        return None


def round_card(seen: Seen) -> Rendered:
    """Two answers without names; once the round is closed, with names and votes, and without buttons."""
    closed = seen.round.closed_at is not None
    if not seen.round.scenario:
        return Rendered(discord.Embed(description=texts.FORGOTTEN), view=row_of())
    embed = discord.Embed(title=typed(seen.round.scenario, MAX_TITLE))
    seats = ((texts.LEFT, seen.left, seen.round.left_text), (texts.RIGHT, seen.right, seen.round.right_text))
    for seat, contestant, text in seats:
        name = markdown(texts.SAT, {"seat": seat, "name": name_of(contestant)}) if closed else str(seat)
        embed.add_field(name=clip(name, MAX_TITLE), value=typed(text, MAX_FIELD), inline=False)
    votes = seen.votes
    if closed:
        embed.description = plain(texts.RESULT, {choice: seen.tally.get(choice, 0) for choice in CHOICES})
        template = texts.ROUND_CLOSED_FOOTER if seen.gone is None else texts.ROUND_CLOSED_GONE
        values = {"votes": counted_votes(votes), "name": name_of(seen.gone) if seen.gone else ""}
        embed.set_footer(text=clip(plain(template, values), MAX_FOOTER))
        return Rendered(embed, view=row_of())
    so_far = f" {plain(texts.VOTES_SO_FAR, {'votes': counted_votes(votes)})}." if votes else ""
    embed.set_footer(text=f"{texts.ROUND_FOOTER[seen.left.kind]}{so_far}")
    return Rendered(embed, view=row_of(*(button(seen.round.id) for button in BUTTONS)))


def counted_votes(count: int) -> str:
    """A number of votes in words."""
    return str(texts.VOTES.of(count))


def ranking_card(table: Table) -> discord.Embed:
    """The ranking in words."""
    ranking = table.ranking
    lines = [standing_line(table, one) for one in ranking.standings]
    lines += ["", plain(texts.RANKED_BY, {"votes": counted_votes(ranking.votes)}), *_remarks(ranking)]
    return discord.Embed(title=texts.RANKING_TITLE[table.kind], description=listing(lines))


def standing_line(table: Table, one: Standing) -> str:
    """A contestant's rank, its chance against an average one, and its votes."""
    values = {
        "rank": one.rank,
        "name": name_of(table.contestants[one.contestant]),
        "chance": 100 * one.chance,
        "low": 100 * one.low,
        "high": 100 * one.high,
        "votes": counted_votes(one.votes),
    }
    return markdown(texts.STANDING, values)


def ranking_sketch(table: Table) -> Sketch:
    """The same as a picture."""
    standings = table.ranking.standings
    with speaking(ENGLISH):  # the chart's font has no other script
        names = [name_of(table.contestants[one.contestant]) for one in standings]
    bars = [(name, one.chance, one.low, one.high) for name, one in zip(names, standings, strict=True)]
    told = ", ".join(
        plain(texts.CHART_ALT_ONE, {"name": name, "chance": 100 * chance, "low": 100 * low, "high": 100 * high})
        for name, chance, low, high in bars
    )
    return sketch(bars, clip(plain(texts.CHART_ALT, {"standings": told}), MAX_ALT))


def _remarks(ranking: Ranking) -> list[str]:
    found = []
    if len(ranking.standings) > 1:
        first, second = ranking.standings[:2]
        if first.surely_beats(second):
            found.append(str(texts.PARTED))
        elif more := votes_to_part(first, second, ranking.votes):
            found.append(str(texts.TO_PART.of(more)))
    if ranking.left_share is not None:
        numbers = {"share": 100 * ranking.left_share, "low": 100 * ranking.left_low, "high": 100 * ranking.left_high}
        found.append(plain(texts.SEAT, numbers) + str(texts.FAVOURS if ranking.favours_a_side else ""))
    if ranking.capped:
        members = texts.MEMBERS.of(ranking.capped)
        found.append(plain(texts.CAPPED, {"members": members}))
    return found


class ChoiceButton(RowButton, custom_id="arena-choice"):
    """A member's one vote on a round; whose answers they were is told afterwards, to that member alone."""

    choice: ClassVar[str]

    async def press(self, interaction: Interaction) -> None:
        arena, guild = interaction.client.app.arena, guild_id(interaction)
        if interaction.message is not None:  # the bot may have ended before it wrote down where the message is
            await arena.shown(guild, self.row_id, interaction.channel_id or 0, interaction.message.id)
        seen = await arena.vote(guild, interaction.user.id, self.row_id, self.choice)
        template = texts.SKIPPED if self.choice == SKIP else texts.THANKS
        names = {"left": name_of(seen.left), "right": name_of(seen.right), "choice": texts.CHOICES[self.choice]}
        await interaction.response.send_message(markdown(template, names), ephemeral=True)


class LeftButton(ChoiceButton, custom_id="arena-left"):
    """The left answer is better."""

    label, choice, style = texts.LEFT, "left", discord.ButtonStyle.primary


class RightButton(ChoiceButton, custom_id="arena-right"):
    """The right answer is better."""

    label, choice, style = texts.RIGHT, "right", discord.ButtonStyle.primary


class BothGoodButton(ChoiceButton, custom_id="arena-both-good"):
    """Both are good."""

    label, emoji, choice = buttons.BOTH_GOOD, "😂", "both_good"


class BothBadButton(ChoiceButton, custom_id="arena-both-bad"):
    """Neither is."""

    label, emoji, choice = buttons.BOTH_BAD, "😐", "both_bad"


class SkipButton(ChoiceButton, custom_id="arena-skip"):
    """No opinion; the names are told all the same."""

    label, choice = buttons.SKIP, SKIP


BUTTONS = (LeftButton, RightButton, BothGoodButton, BothBadButton, SkipButton)
