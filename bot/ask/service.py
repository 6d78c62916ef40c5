"""Answers a question: the model calls functions, and the bot runs them."""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from bot.ask.examples import examples_of
from bot.ask.sentences import ToolResult
from bot.ask.tools import Asker, Call, Tool
from bot.catalogue import Catalogue
from bot.errors import BlockedError, InvalidInputError, NotFoundError, ServerNonsenseError, ToolsRefusedError, UserError
from bot.in_flight import InFlight
from bot.limits.access import CommandAccess
from bot.metering.ledger import Charge
from bot.metering.meter import Meter
from bot.model_server.chat import ChatRequest, Message
from bot.model_server.completion import Completion
from bot.model_server.sampling import MAX_CALL_TOKENS, MAX_LINE_TOKENS, RECIPE, SMALL_CHOICE, Sampling
from bot.model_server.tool_calls import ToolCall, ToolChoice
from bot.moderation.guard import Guard
from bot.request import current_request
from bot.store.usage import Usage
from bot.texts import ask as texts
from bot.texts import server as server_texts
from bot.texts.language import ENGLISH, speaking
from bot.texts.moderation import BLOCKED_OUT
from bot.texts.template import clip

log = logging.getLogger(__name__)

KIND = "ask"
MAX_CALLS = 4
# As most chat templates write calls and results; a small model imitates them.
MARKUP = re.compile(r"<(tool_call|tool_response)>.*?(</\1>|$)", re.DOTALL)
MAX_PROBLEMS, MAX_SHOWN_NAME = 3, 40


@dataclass(frozen=True)
class UsedTool:
    """A call that the bot ran: its result, or why it failed."""

    name: str
    outcome: ToolResult | UserError


@dataclass(frozen=True)
class Answer:
    """The model's `words` (may be empty) and the tools it used, in order. At least one of the two is there.

    `usage_ids` are the usage rows of the model's own requests. `unfinished`: the model server failed before the answer was complete.
    """

    question: str
    words: str
    used: tuple[UsedTool, ...]
    usage_ids: tuple[int, ...]
    private: bool
    unfinished: bool

    @property
    def saved(self) -> tuple[tuple[str, int], ...]:
        """The tools that saved something, with its generation id."""
        results = [(one.name, one.outcome) for one in self.used if isinstance(one.outcome, ToolResult)]
        return tuple((name, made.generation_id) for name, made in results if made.generation_id is not None)


@dataclass
class _Chat:
    """The state of one question."""

    asker: Asker
    question: str
    model: str
    tools: tuple[Tool, ...]
    messages: list[Message]
    small: bool
    calls_left: int = MAX_CALLS
    used: list[UsedTool] = field(default_factory=list)
    usage_ids: list[int] = field(default_factory=list)

    @property
    def tool_choice(self) -> ToolChoice:
        """A small model has to call a function; otherwise it makes up results."""
        if not self.calls_left:
            return "none"
        return "required" if self.small else "auto"

    @property
    def sampling(self) -> Sampling:
        """A small model chooses at temperature 0."""
        return SMALL_CHOICE if self.small else RECIPE

    @property
    def max_tokens(self) -> int | None:
        """The limit for the next answer. Small models do not stop by themselves."""
        if not self.small:
            return None
        return MAX_CALL_TOKENS if self.calls_left else MAX_LINE_TOKENS

    def answer(self, words: str, *, unfinished: bool = False) -> Answer:
        """Raises `ServerNonsenseError` if there is nothing to show."""
        if not words and not self.used:
            raise ServerNonsenseError(texts.NO_ANSWER)
        used, usage_ids = tuple(self.used), tuple(self.usage_ids)
        return Answer(self.question, words, used, usage_ids, self.asker.private, unfinished)


class _RefusedCallError(Exception):
    """A refused call; the text is for the model."""


class AskService:
    """Asks the chat model and runs its calls: at most four, none of which changes anything."""

    def __init__(
        self,
        meter: Meter,
        catalogue: Catalogue,
        tools: Sequence[Tool],
        access: CommandAccess,
        guard: Guard,
        in_flight: InFlight,
    ) -> None:
        self._meter = meter
        self._catalogue = catalogue
        self.tools = tuple(tools)
        self._access = access
        self._guard = guard
        self._in_flight = in_flight

    async def ask(self, asker: Asker, question: str) -> Answer:
        """The answer, or the results so far if the model server fails after a tool was used.

        Raises `ToolsRefusedError` if the chat model calls no functions, and `ModelServerError`.
        """
        if not question.strip():
            raise InvalidInputError(texts.NO_QUESTION)
        with self._in_flight.joined(asker.guild_id, asker.user_id):
            model = await self._catalogue.chat_model()
            if await self._catalogue.calls_tools(model) is False:
                raise ToolsRefusedError(server_texts.NO_TOOLS)
            small = await self._catalogue.is_small(model)
            await self._guard.admit(asker.guild_id, (question,))
            forbidden = await self._access.forbidden(current_request())
            tools = tuple(tool for tool in self.tools if tool.is_for(asker) and tool.command not in forbidden)
            shown = examples_of([tool.name for tool in tools]) if small else ()
            messages = [Message("system", texts.SYSTEM), *shown, Message("user", question)]
            return await self._converse(_Chat(asker, question, model, tools, messages, small))

    async def requests(self, guild_id: int, usage_ids: Sequence[int]) -> tuple[Usage, ...]:
        """The cost of the model's own requests. Raises `NotFoundError` if it is no longer stored."""
        found = await self._meter.ledger.list(guild_id, KIND, usage_ids)
        if not found:
            raise NotFoundError(texts.GONE)
        return found

    async def _converse(self, chat: _Chat) -> Answer:
        while True:
            try:
                completion = await self._request(chat)
            except UserError as error:
                if not chat.used:
                    raise
                log.warning("The model server failed before the closing words: %s", error)
                return chat.answer("", unfinished=True)
            calls = completion.tool_calls[: chat.calls_left]
            if not calls:
                return chat.answer(await self._let_through(chat, _words(completion.texts[0])))
            chat.messages.append(Message("assistant", completion.texts[0], calls))
            for call in calls:
                chat.messages.append(Message("tool", await self._serve(chat, call), tool_call_id=call.id))
            if chat.small:
                chat.calls_left = 0  # it would go on calling
                if chat.used:  # closing words would take longer than the results and add nothing
                    return chat.answer("")

    async def _let_through(self, chat: _Chat, words: str) -> str:
        """The words, or none where moderation does not let them through and there are results to show."""
        if not words or all(await self._guard.sift(chat.asker.guild_id, (words,))):
            return words
        if not chat.used:
            raise BlockedError(BLOCKED_OUT)
        return ""

    async def _request(self, chat: _Chat) -> Completion:
        request = ChatRequest(
            chat.model,
            tuple(chat.messages),
            sampling=chat.sampling,
            max_tokens=chat.max_tokens,
            functions=[tool.function for tool in chat.tools],
            tool_choice=chat.tool_choice,
        )
        metered = await self._meter.complete(Charge(chat.asker.guild_id, chat.asker.user_id, KIND), request)
        chat.usage_ids.append(metered.usage_id)
        return metered.completion

    async def _serve(self, chat: _Chat, call: ToolCall) -> str:
        """Run a call; returns what the model gets back. Every call counts."""
        chat.calls_left -= 1
        try:
            run = self._let_in(chat, call)
        except _RefusedCallError as refusal:
            log.debug("Refused a call of %s: %s", call.name, refusal)
            return texts.REFUSED.format(why=refusal)
        outcome = await _outcome(run, chat.asker)
        chat.used.append(UsedTool(call.name, outcome))
        with speaking(ENGLISH):
            return outcome.content() if isinstance(outcome, ToolResult) else str(outcome)

    def _let_in(self, chat: _Chat, call: ToolCall) -> Call:
        tool = next((one for one in self.tools if one.name == call.name), None)
        if tool is None:
            names = ", ".join(one.name for one in chat.tools)
            raise _RefusedCallError(texts.UNKNOWN_FUNCTION.format(name=clip(call.name, MAX_SHOWN_NAME), names=names))
        if tool not in chat.tools:
            refusal = texts.NOT_HERE if tool.is_for(chat.asker) else texts.MANAGERS_ONLY
            chat.used.append(UsedTool(tool.name, UserError(refusal)))
            raise _RefusedCallError(refusal.english)
        try:
            return tool.prepare(call.arguments)
        except ValidationError as error:
            raise _RefusedCallError(texts.BAD_ARGUMENTS.format(problems=_problems(error))) from error


async def _outcome(run: Call, asker: Asker) -> ToolResult | UserError:
    try:
        return await run(asker)
    except UserError as error:
        return error
    except Exception:
        log.exception("A tool failed.")
        return UserError(texts.TOOL_FAILED)


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_PROBLEMS]
    return "; ".join(": ".join([*map(str, one["loc"]), one["msg"]]) for one in found)


def _words(text: str) -> str:
    """The model's text without calls or results that it wrote as text."""
    words = MARKUP.sub("", text).strip()
    try:
        return "" if isinstance(json.loads(words), dict | list) else words
    except (ValueError, RecursionError):
        return words
