"""Best of n: chooses among several jokes of a small model."""

import asyncio
import logging
from collections.abc import Sequence

from bot.datasets.near_copies import KnownAnswers, spelled
from bot.datasets.training_answers import TrainingAnswers
from bot.errors import StorageError
from bot.generations import GenerationService
from bot.kinds import JOKE
from bot.model_server.completion import Completion
from bot.similarity.service import SimilarityService
from bot.writing.teller import Told

log = logging.getLogger(__name__)

ANSWERS_TIMEOUT_SECONDS = 5.0  # for a file that may lie in a bucket
TOPIC_TIMEOUT_SECONDS = 5.0  # the joke is ready: do not wait longer for embeddings


class JokeFilters:
    """Drops jokes that the guild was shown before, then near-copies of training answers, then jokes off topic. Skips a filter that
    fails or would leave nothing: the joke is paid for."""

    def __init__(
        self, generations: GenerationService, training_answers: TrainingAnswers, similarity: SimilarityService
    ) -> None:
        self._generations = generations
        self._training_answers = training_answers
        self._similarity = similarity

    async def narrow(
        self, guild_id: int, user_id: int, scenario: str, told: Told, jokes: Sequence[str]
    ) -> Sequence[str]:
        """The jokes that pass, in order; at least one if there is any."""
        try:
            if len(jokes) > 1:
                shown = await self.shown(guild_id, scenario)
                jokes = [joke for joke in jokes if spelled(joke) not in shown] or jokes
            if len(jokes) > 1:
                try:
                    jokes = await self._not_copied(told, jokes) or jokes
                except (StorageError, TimeoutError) as error:
                    log.warning("The training answers could not be read: %r", error)
            if len(jokes) > 1:
                jokes = await self._on_topic(guild_id, user_id, scenario, jokes) or jokes
        except Exception as error:  # noqa: BLE001  # a filter must never cost the joke
            log.warning("The answers about a joke's scenario could not all be judged: %r", error)
        return jokes

    async def shown(self, guild_id: int, scenario: str) -> set[str]:
        """The jokes on this scenario that the guild was shown, as `spelled` spells them."""
        return {spelled(text) for text in await self._generations.shown(guild_id, JOKE.name, scenario)}

    async def _not_copied(self, told: Told, jokes: Sequence[str]) -> Sequence[str]:
        if told.tuned:
            async with asyncio.timeout(ANSWERS_TIMEOUT_SECONDS):
                known = await self._training_answers.of_job(told.tuned.job_id)
        else:  # the base tends to repeat what it was shown
            known = KnownAnswers(turn.content for turn in told.shown if turn.role == "assistant")
        return [joke for joke in jokes if not known.has_copy_of(joke)]

    async def _on_topic(self, guild_id: int, user_id: int, scenario: str, jokes: Sequence[str]) -> Sequence[str]:
        async with asyncio.timeout(TOPIC_TIMEOUT_SECONDS):
            found = await self._similarity.likenesses(guild_id, user_id, [(scenario, joke) for joke in jokes])
        return [joke for joke, cosine in zip(jokes, found.cosines, strict=True) if cosine >= found.related_from]


def likeliest(completion: Completion) -> list[str]:
    """The answers that are not empty: likeliest first if the server returns log probabilities, else in its order.

    Answers that met the token limit are left out if there are others: text that repeats itself is the likeliest of all.
    """
    drawn = list(zip(completion.texts, completion.likelihoods, strict=True))
    whole = [one for one, cut in zip(drawn, completion.cut, strict=True) if one[0] and not cut]
    drawn = whole or drawn
    if all(likelihood is not None for _, likelihood in drawn):
        drawn.sort(key=lambda one: -(one[1] or 0.0))
    return [text for text, _ in drawn if text]
