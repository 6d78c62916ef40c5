"""What the tests of contributions share: a server that takes them, and members who give."""

from simcord import InteractionResult, MemberActor, ResponseMessage

from bot.app import App
from tests.cogs.conftest import Place
from tests.cogs.seen import answer

DRAFT = "ducks"
CONSENT = (
    "What you write here becomes a training example for **this server's joke model**, in the dataset “ducks”. Server managers read "
    "it first and may edit it. It is sent to the operator's own model server (127.0.0.1). Your Discord ID is stored with it in the bot's "
    "database, but never in a training file. You can withdraw it at any time with `/contributions`. Models that were already trained on "
    "it stay as they are."
)


async def opened(app: App, place: Place, examples: int = 10) -> int:
    """The number of a new draft with so many examples, for which the server takes contributions."""
    draft = await app.drafts.create(place.guild.id, place.admin.id, DRAFT)
    for number in range(1, examples + 1):
        await app.drafts.add(place.guild.id, draft.id, f"Duck {number}", f"Quack {number}. Haha")
    await place.admin.slash(place.channel, "settings contributions", draft=DRAFT)
    return draft.id


async def give(
    place: Place, member: MemberActor, scenario: str, punchline: str = "It quacked. Haha"
) -> InteractionResult:
    """What the form is answered with, filled in and ticked."""
    form = await member.slash(place.channel, "contribute")
    return await member.submit_modal(form, {"scenario": scenario, "punchline": punchline, "consent": ["yes"]})


async def given(app: App, place: Place, member: MemberActor, *scenarios: str) -> list[int]:
    """The numbers of examples that a member gave."""
    numbers = []
    for scenario in scenarios:
        terms = await app.contributions.terms(place.guild.id)
        pair = scenario, "It quacked. Haha"
        one = await app.contributions.give(place.guild.id, member.id, terms, *pair, agreed=True)
        numbers.append(one.id)
    return numbers


async def queue(place: Place) -> ResponseMessage:
    """The page with the first example that waits."""
    return answer(await place.admin.slash(place.channel, "dataset queue"))
