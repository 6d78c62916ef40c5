"""A server's prompts for the base model, in versions that never change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.characters import is_name, mended, name_key, tidy
from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError
from bot.store.database import Database
from bot.store.prompts import USES_TOPIC, NewPrompt, Prompt, PromptStore, PromptUse
from bot.store.remembered import Remembered
from bot.texts import prompts as texts

NONE, PICK, POLISH = STEPS = ("none", "pick", "polish")
MARK = "=>"
MAX_SYSTEM, MAX_EXAMPLES, MAX_EXAMPLES_CHARACTERS, MAX_INSTRUCTION = 2000, 20, 4000, 500
SHIPPED = texts.SHIPPED
RESERVED = (SHIPPED, "base")
SHOWN_LINE = 60


@dataclass(frozen=True)
class PromptText:
    """The form's fields. `examples` has a question and its answer per line."""

    system: str
    examples: str = ""
    step: str = NONE
    instruction: str = ""


@dataclass(frozen=True)
class GuildPrompts:
    """A guild's prompts, newest first; the ones in use by kind (absent: the shipped one); and the last switches."""

    prompts: tuple[Prompt, ...]
    in_use: Mapping[str, Prompt]
    uses: tuple[PromptUse, ...]


class PromptService:
    """Finds versions by name and number (“dry v2”), or the newest version by name alone."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._store = PromptStore(database)
        self._in_use = Remembered(database, self._store.in_use, USES_TOPIC)
        self._clock = clock

    def checked_name(self, name: str) -> str:
        """The name with normalized spaces. Raises `InvalidInputError` if it is not valid."""
        chosen = tidy(name)
        if not is_name(chosen):
            raise InvalidInputError(texts.BAD_NAME)
        if name_key(chosen) in RESERVED:
            raise InvalidInputError(texts.RESERVED, name=chosen)
        return chosen

    async def add(self, guild_id: int, user_id: int, kind: str, name: str, text: PromptText) -> Prompt:
        """Save the next version of that name. Raises `InvalidInputError`, and then saves nothing."""
        chosen, system = self.checked_name(name), mended(text.system).strip()
        if not system:
            raise InvalidInputError(texts.NO_SYSTEM)
        if len(system) > MAX_SYSTEM:
            raise InvalidInputError(texts.SYSTEM_TOO_LONG, most=MAX_SYSTEM, count=len(system))
        examples, instruction = read_examples(mended(text.examples)), _instruction(text)
        new = NewPrompt(
            guild_id, kind, chosen, system, examples, text.step, instruction, user_id, created_at=self._clock()
        )
        return await self._store.add(new)

    async def list(self, guild_id: int, uses: int = 5) -> GuildPrompts:
        """All prompts of the guild."""
        return GuildPrompts(
            await self._store.list(guild_id), await self._store.in_use(guild_id), await self._store.uses(guild_id, uses)
        )

    async def named(self, guild_id: int, kind: str, wanted: str) -> Prompt | None:
        """The version of that name and number, else the newest of that name, if there is one."""
        key = name_key(wanted)
        prompts = [one for one in await self._store.list(guild_id) if one.kind == kind]
        numbered = [one for one in prompts if name_key(one.label) == key]
        return next((one for one in (*numbered, *prompts) if key in (name_key(one.label), name_key(one.name))), None)

    async def choose(self, guild_id: int, kind: str, wanted: str) -> Prompt | None:
        """The wanted version, or None for the shipped prompt. Raises `NotFoundError`."""
        if name_key(wanted) == SHIPPED:
            return None
        found = await self.named(guild_id, kind, wanted)
        if found is None:
            raise NotFoundError(texts.UNKNOWN[kind], name=mended(wanted))
        return found

    async def numbered(self, guild_id: int, prompt_id: int) -> Prompt:
        """The version of that row. Raises `NotFoundError`."""
        found = await self._store.get(guild_id, prompt_id)
        if found is None:
            raise NotFoundError(texts.GONE)
        return found

    async def in_use(self, guild_id: int, kind: str) -> Prompt | None:
        """The prompt in use for this kind; None is the shipped one."""
        return (await self._in_use.get(guild_id)).get(kind)

    async def use(
        self, guild_id: int, user_id: int, kind: str, prompt: Prompt | None, evidence: str | None = None
    ) -> None:
        """Use this version (None: the shipped prompt); `evidence` says why if the arena promoted it."""
        prompt_id = prompt.id if prompt else None
        await self._store.use(guild_id, kind, prompt_id, used_by=user_id, now=self._clock(), evidence=evidence)


def read_examples(text: str) -> tuple[tuple[str, str], ...]:
    """The examples in these lines. Raises `InvalidInputError` that names the first faulty line."""
    found = [_example(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(found) > MAX_EXAMPLES:
        raise InvalidInputError(texts.TOO_MANY_EXAMPLES, most=MAX_EXAMPLES, count=len(found))
    length = len(as_lines(found))
    if length > MAX_EXAMPLES_CHARACTERS:
        raise InvalidInputError(texts.EXAMPLES_TOO_LONG, most=MAX_EXAMPLES_CHARACTERS, count=length)
    return tuple(found)


def as_lines(examples: Sequence[tuple[str, str]]) -> str:
    """The examples as lines for the form."""
    return "\n".join(f"{question} {MARK} {answer}" for question, answer in examples)


def _example(number: int, line: str) -> tuple[str, str]:
    question, parted, answer = (part.strip() for part in line.partition(MARK))
    shown = line.strip()[:SHOWN_LINE]
    if not parted:
        raise InvalidInputError(texts.NO_MARK, line=number, text=shown)
    if not question or not answer:
        raise InvalidInputError(texts.HALF_AN_EXAMPLE, line=number, text=shown)
    return question, answer


def _instruction(text: PromptText) -> str | None:
    instruction = mended(text.instruction).strip()
    if text.step not in STEPS:
        raise InvalidInputError(texts.UNKNOWN_STEP)
    if text.step == POLISH and not instruction:
        raise InvalidInputError(texts.NO_INSTRUCTION)
    if text.step == NONE and instruction:
        raise InvalidInputError(texts.NO_STEP)
    if len(instruction) > MAX_INSTRUCTION:
        raise InvalidInputError(texts.INSTRUCTION_TOO_LONG, most=MAX_INSTRUCTION, count=len(instruction))
    return instruction or None
