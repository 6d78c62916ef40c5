"""What a finished job achieved: its model and the base with examples, asked the same things that neither has seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.datasets.near_copies import spelled
from bot.store.document import Document


@dataclass(frozen=True)
class EvaluationAnswer:
    """What a model said and what the prompt cost; `error` says in plain words why there is no answer, where there is none."""

    text: str = ""
    prompt_tokens: int = 0
    error: str | None = None


@dataclass(frozen=True)
class AnswerPair:
    """One question, answered by both."""

    asked: str
    tuned: EvaluationAnswer
    base: EvaluationAnswer


@dataclass(frozen=True)
class Share:
    """How many of the answers have a property, such as the format."""

    kept: int
    answers: int

    @property
    def part(self) -> float | None:
        """From 0 to 1; None without answers."""
        return self.kept / self.answers if self.answers else None


@dataclass(frozen=True)
class Topic:
    """The mean cosine of question and answer for the tuned model and the base (None: no answer), and the threshold for related texts."""

    tuned: float
    base: float | None
    related_from: float


@dataclass(frozen=True)
class BetterCheckpoint:
    """An earlier checkpoint with a lower validation loss than the final model."""

    step: int
    valid_loss: float


@dataclass(frozen=True)
class Report:
    """`ending` is what the training answers share (None: nothing), `examples` how many the base's prompt held.

    `cost_microdollars` None means unknown, 0 free; `seconds` None means unknown. What has a default was not in the reports of
    earlier versions: its `kind` and whether the dataset's answers are `jokes`, how many of the tuned answers are `novel` (no near-copies of
    training answers), and a scenario that members `asked_before` the job. None means not measured, or that there is none.
    """

    model: str
    base_model: str
    trained_tokens: int | None
    cost_microdollars: int | None
    seconds: float | None
    ending: str | None
    examples: int
    pairs: tuple[AnswerPair, ...]
    jokes: bool = True
    kind: str = "joke"
    novel: Share | None = None
    topic: Topic | None = None
    better_checkpoint: BetterCheckpoint | None = None
    asked_before: AnswerPair | None = None

    @property
    def tuned_texts(self) -> tuple[str, ...]:
        """The tuned model's answers, without failures."""
        return tuple(pair.tuned.text for pair in self.pairs if pair.tuned.error is None)

    @property
    def distinct(self) -> Share:
        """The number of different answers by the tuned model."""
        return Share(len({spelled(text) for text in self.tuned_texts}), len(self.tuned_texts))

    @property
    def tuned_share(self) -> Share:
        """How well the tuned model keeps the format."""
        return self._share(pair.tuned for pair in self.pairs)

    @property
    def base_share(self) -> Share:
        """How well the base keeps it, shown examples."""
        return self._share(pair.base for pair in self.pairs)

    @property
    def score(self) -> float | None:
        """The share of the tuned model's answers that keep the format; None without a format or answers."""
        return self.tuned_share.part if self.ending else None

    @property
    def prompt_tokens(self) -> tuple[float, float] | None:
        """Tokens of an average prompt, tuned and with examples, as measured; None if no question has both."""
        counted = [(pair.tuned.prompt_tokens, pair.base.prompt_tokens) for pair in self.pairs]
        both = [(tuned, base) for tuned, base in counted if tuned and base]
        if not both:
            return None
        return sum(tuned for tuned, _ in both) / len(both), sum(base for _, base in both) / len(both)

    @property
    def words(self) -> tuple[float, float] | None:
        """Mean number of words per answer, of the tuned model and of the base; None if either has no answers."""
        tuned, base = self.tuned_texts, [pair.base.text for pair in self.pairs if pair.base.error is None]
        if not tuned or not base:
            return None
        return _mean_words(tuned), _mean_words(base)

    @property
    def saving(self) -> float | None:
        """The part of the prompt (0 to 1) that the tuned model does not need; negative if it needs more."""
        measured = self.prompt_tokens
        return 1 - measured[0] / measured[1] if measured else None

    def _share(self, answers: Iterable[EvaluationAnswer]) -> Share:
        texts = [answer.text for answer in answers if answer.error is None]
        return Share(sum(self.keeps_format(text) for text in texts), len(texts))

    def keeps_format(self, text: str) -> bool:
        """Whether an answer ends as those it was trained on."""
        return self.ending is not None and text.rstrip().endswith(self.ending.rstrip())


_REPORT, _ANSWER = Document(Report), Document(EvaluationAnswer)


def dump_report(report: Report) -> str:
    """The report as it is stored."""
    return _REPORT.adapter.dump_json(report).decode()


def load_report(stored: str) -> Report:
    """The report that `dump_report` wrote, also by an earlier version of the bot."""
    return _REPORT.adapter.validate_json(stored)


def dump_answer(answer: EvaluationAnswer) -> str:
    """The answer as it is stored while its evaluation is under way."""
    return _ANSWER.adapter.dump_json(answer).decode()


def load_answer(stored: str) -> EvaluationAnswer:
    """The answer that `dump_answer` wrote."""
    return _ANSWER.adapter.validate_json(stored)


def _mean_words(texts: Sequence[str]) -> float:
    return sum(len(text.split()) for text in texts) / len(texts)
