"""A prompt's second step: the model picks the best draft, or polishes each (prompt chaining)."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.errors import UserError
from bot.model_server.chat import Message
from bot.model_server.completion import Completion
from bot.store.prompts import Prompt
from bot.writing.prompts import PICK, POLISH

log = logging.getLogger(__name__)

MORE_DRAFTS = 2  # beyond what is wanted, to pick from
BEST = "Which is the best?"
TO_PICK = (
    "These are answers to: {question}\n\n{drafts}\n\n{instruction}\nAnswer with their numbers alone, the best first."
)

# Asks the model with these messages, and records the cost.
AskOnce = Callable[[Sequence[Message]], Awaitable[Completion]]


def drafts_wanted(prompt: Prompt, answers: int) -> int:
    """The number of drafts to write for so many answers."""
    return answers + MORE_DRAFTS if prompt.step == PICK else answers


async def second_step(prompt: Prompt, turns: Sequence[Message], drafts: Completion, ask: AskOnce) -> Completion:
    """The drafts, best first or polished. If the step fails, the drafts unchanged, because they are already paid for.

    `turns` are what the drafts answer, without the system message and the examples.
    """
    if prompt.step == PICK:
        return await _picked(prompt, turns, drafts, ask)
    if prompt.step == POLISH:
        return await _polished(prompt, turns, drafts, ask)
    return drafts


async def _picked(prompt: Prompt, turns: Sequence[Message], drafts: Completion, ask: AskOnce) -> Completion:
    texts = [text for text in drafts.texts if text]
    if len(texts) < 2:
        return drafts
    numbered = "\n".join(f"{number}. {' '.join(text.split())}" for number, text in enumerate(texts, 1))
    asked = TO_PICK.format(question=turns[-1].content, drafts=numbered, instruction=prompt.instruction or BEST)
    answer = await _asked(ask, [Message("system", prompt.system), Message("user", asked)])
    if answer is None:
        return drafts
    chosen = [int(number) - 1 for number in re.findall(r"\d{1,3}", answer)]
    order = dict.fromkeys(place for place in (*chosen, *range(len(texts))) if 0 <= place < len(texts))
    return _with(drafts, [texts[place] for place in order])


async def _polished(prompt: Prompt, turns: Sequence[Message], drafts: Completion, ask: AskOnce) -> Completion:
    async def polish(draft: str) -> str:
        chat = [Message("system", prompt.system), *turns, Message("assistant", draft)]
        return await _asked(ask, [*chat, Message("user", prompt.instruction or "")]) or draft

    texts = [text for text in drafts.texts if text]
    return _with(drafts, await asyncio.gather(*map(polish, texts))) if texts else drafts


async def _asked(ask: AskOnce, messages: Sequence[Message]) -> str | None:
    try:
        return (await ask(messages)).texts[0]
    except UserError as error:  # also where a budget has no room for it: the draft is paid for
        log.warning("A prompt's second step failed, so its draft is used: %s", error)
        return None


def _with(drafts: Completion, texts: Sequence[str]) -> Completion:
    """These answers in this order, without the drafts' probabilities, which no longer apply."""
    return replace(drafts, texts=tuple(texts), likelihoods=(None,) * len(texts), cut=(False,) * len(texts))
