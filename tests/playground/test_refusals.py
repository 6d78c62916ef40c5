"""What a member is told because of what they asked is an answer, not a failure of the playground."""

from playground.club import open_club


async def test_a_refusal_is_an_answer_and_no_error_of_the_simulation(engine_url: str) -> None:
    async with open_club(engine_url) as club:
        result = await club.members[0].slash(club.channel, "similarity map")
        assert result.followups[-1].ephemeral
        assert club.env.errors == []
