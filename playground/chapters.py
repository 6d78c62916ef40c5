"""The recipe's story, chapter by chapter, told through the real bot."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.club import Club
from playground.member import Answer, ask, completion, picture, press
from playground.prose import clip, heading, line, plain, row, say
from playground.recipe import DESCRIPTION, FEW_SHOT_TOKENS, LAUGH, PAIRS, SCENARIO, TUNED_TOKENS, saved
from playground.watch import Watch

DATA = Path(__file__).parents[1] / "data"
TRAINING_FILE = DATA / "jokes.jsonl"
RECORDING = Path(__file__).with_name("voice.ogg")  # espeak-ng says the recipe's scenario
SCENARIOS = tuple((DATA / "scenarios.txt").read_text("utf-8").splitlines())


@dataclass(frozen=True)
class Told:
    """The answers of one model to the held-out scenarios, and what they cost."""

    jokes: tuple[str, ...]
    prompt_tokens: float

    @property
    def laughs(self) -> int:
        """How many jokes end as the recipe's do."""
        return sum(joke.endswith(LAUGH) for joke in self.jokes)


async def slogan(club: Club, pictures: Path) -> None:
    """A completion as JSON first, as the recipe shows it, then its content, and that as a poster in the folder of pictures."""
    heading("1. A slogan")
    line(f"> /slogan {DESCRIPTION}")
    answer = await ask(club.members[0], club.channel, "slogan", description=DESCRIPTION)
    whole = await completion(club.members[0], answer)
    print(json.dumps(_shortened(whole), indent=2, ensure_ascii=False))
    say("Of all that, people want the message's content:")
    say(answer.text, 4)
    await _save(club, answer, "Poster", pictures / "poster.png")


async def similarity(club: Club) -> None:
    """The recipe's pairs, beside the recipe's numbers."""
    heading("2. How alike two texts are in meaning")
    line("> /similarity compare")
    widths = (17, 35, 8, 6)
    row(("first", "second", "here", "recipe"), widths)
    here: list[float] = []
    models: set[str] = set()
    for pair in PAIRS:
        answer = await ask(club.members[1], club.channel, "similarity compare", first=pair.base, second=pair.compared)
        here.append(float(answer.title.split()[0]))
        models.add(answer.footer)
        row((pair.base, pair.compared, f"{here[-1]:.2f}", pair.cosine), widths)
    line(*models)
    say("Every model has a scale of its own; the recipe's (text-embedding-ada-002) puts all texts near the top.")
    if here[2] < here[3]:
        say(
            "Small models such as this one take the two kinds of “fly” for kin, and order the last two the other way round."
        )


async def before(club: Club) -> Answer:
    """The joke by the untuned model."""
    heading("3. A joke before fine-tuning")
    return await _joke(club)


async def fine_tune(club: Club) -> None:
    """Upload, quote, launch, and the live message until the end."""
    heading("4. Fine-tuning, in the chat")
    line("> /dataset upload jokes.jsonl")
    file = (TRAINING_FILE.name, TRAINING_FILE.read_bytes())
    stored = await ask(club.admin, club.channel, "dataset upload", file=file)
    _tell(stored)
    line("> /finetune launch jokes")
    quote = await ask(club.admin, club.channel, "finetune launch", dataset="jokes")
    _tell(quote)
    line("> [Launch]")
    watch = Watch(club, quote.message.id)
    await press(club.admin, quote, "Launch")
    await watch.end()


async def after(club: Club, pictures: Path) -> None:
    """The same joke by the tuned model, with no example in the prompt, and that as a card to share."""
    heading("5. The same joke after it")
    await _save(club, await _joke(club), "Share card", pictures / "share-card.png")


async def report(club: Club) -> tuple[Told, Told]:
    """All held-out scenarios, by the base and by the tuned model."""
    heading(f"6. {len(SCENARIOS)} scenarios that no joke was written for")
    base, tuned = await _tell_all(club, model="base"), await _tell_all(club)
    for scenario, joke in zip(SCENARIOS, tuned.jokes, strict=True):
        line(f"  {scenario}")
        say(joke, 6)
    line("")
    line(f"Ends in “{LAUGH}”:  base {base.laughs} of {len(SCENARIOS)},  tuned {tuned.laughs} of {len(SCENARIOS)}")
    line("The base sees ten examples with each scenario, the tuned model none.")
    return base, tuned


def saving(base: Told, tuned: Told) -> None:
    """The recipe's point: the examples are no longer paid for with every joke."""
    heading("7. Prompt tokens a joke")
    widths = (8, 22, 8, 6)
    row(("", "ten examples in prompt", "tuned", "saved"), widths)
    here = saved(base.prompt_tokens, tuned.prompt_tokens)
    row(("here", f"{base.prompt_tokens:.0f}", f"{tuned.prompt_tokens:.0f}", f"{here} %"), widths)
    there = saved(FEW_SHOT_TOKENS, TUNED_TOKENS)
    row(("recipe", f"about {FEW_SHOT_TOKENS}", f"about {TUNED_TOKENS}", f"{there} %"), widths)


async def spoken(club: Club) -> None:
    """A joke about what somebody says, where the model server transcribes."""
    heading("8. Said, not typed")
    line(f"> /joke voice:{RECORDING.name}")
    recording = (RECORDING.name, RECORDING.read_bytes())
    answer = await ask(club.members[0], club.channel, "joke", voice=recording)
    for text in plain(answer.text):
        say(text, 4)
    say("What was heard stands above the joke; its member can correct it. The recording is kept nowhere.")


async def _joke(club: Club) -> Answer:
    line(f"> /joke {SCENARIO}")
    answer = await ask(club.members[0], club.channel, "joke", scenario=SCENARIO)
    say(answer.text, 4)
    line(f"    ({answer.footer})")
    return answer


async def _save(club: Club, answer: Answer, button: str, path: Path) -> None:
    line(f"> [{button}]")
    content, alt = await picture(club.members[0], answer, button)
    await asyncio.to_thread(_write, path, content)
    say(f"{path.name}: {alt}", 4)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def _tell_all(club: Club, **model: str) -> Told:
    jokes: list[str] = []
    tokens = 0
    for scenario in SCENARIOS:
        answer = await ask(club.members[1], club.channel, "joke", scenario=scenario, **model)
        jokes.append(answer.text)
        tokens += (await completion(club.members[1], answer))["usage"]["prompt_tokens"]
    return Told(tuple(jokes), tokens / len(SCENARIOS))


def _tell(answer: Answer) -> None:
    line(f"    {answer.title}")
    for text in plain(answer.text):
        say(text, 4)


def _shortened(value: Any) -> Any:
    """A completion without what is empty, and its long texts cut: the rest fits a screen."""
    if isinstance(value, Mapping):
        return {key: _shortened(part) for key, part in value.items() if part not in (None, [], {})}
    if isinstance(value, str):
        return clip(value, 60)
    return [_shortened(part) for part in value] if isinstance(value, Sequence) else value
