"""A conversation as the model reads it, and which of its tokens are to be learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2.exceptions import TemplateError as JinjaError

from engine.training.training_file import Message

IGNORED = -100
_QUESTION, _REPLY = "What is this?", "It is a probe."
_ROLES = {"developer": "system", "function": "tool"}


class TemplateError(Exception):
    """A chat template that is missing, or refuses a conversation; the text says which."""


@dataclass(frozen=True)
class Span:
    """Some text of a conversation, and whether the model is to learn to write it."""

    text: str
    learned: bool


@dataclass(frozen=True)
class Sample:
    """Token ids, and beside each what is expected there: the same id where it is learned, else IGNORED."""

    ids: list[int]
    labels: list[int]

    @property
    def samples(self) -> tuple["Sample"]:
        """Itself: all that supervised training reads of an example."""
        return (self,)

    @property
    def learned(self) -> int:
        """How many tokens it teaches. The first one has nothing before it to foresee it from."""
        return sum(label != IGNORED for label in self.labels[1:])

    def cut(self, tokens: int) -> "Sample":
        return Sample(self.ids[:tokens], self.labels[:tokens])


class ChatTemplate:
    """A tokenizer with a chat template, checked on a small conversation."""

    def __init__(self, tokenizer: Any) -> None:
        """Raises TemplateError where there is no template, or turns cannot be told apart in what it writes."""
        if not getattr(tokenizer, "chat_template", None):
            raise TemplateError("its tokenizer has no chat template; use the instruct or chat version of the model")
        if not tokenizer.is_fast or tokenizer.eos_token_id is None:
            raise TemplateError("its tokenizer must be a fast one (tokenizer.json) with an end-of-sequence token")
        self.tokenizer = tokenizer
        self._folds_system = not self._takes_system()
        self._closing, self._stop = self._probe()
        self.stop_ids: set[int] = set(self._ids(self._stop))
        self.add_stops(tokenizer.eos_token_id)

    def add_stops(self, more: int | Sequence[int] | None) -> None:
        self.stop_ids |= {more} if isinstance(more, int) else set(more or ())

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Token ids of a conversation up to where the assistant is to speak. Raises TemplateError."""
        return self._ids(self._render(messages, opened=True))

    def samples(self, messages: Sequence[Message]) -> list[Sample]:
        """What an example teaches: one sequence, or one a trained turn where the template rewrites earlier turns."""
        turns = [place for place, message in enumerate(messages) if message.role == "assistant" and message.trained]
        cuts = [(self._render(messages[:at], opened=True), self._render(messages[: at + 1])) for at in turns]
        if not all(after.startswith(before) for before, after in cuts):
            raise TemplateError("the model's chat template does not begin an answered turn as it opens one")
        whole = cuts[-1][1]
        if all(whole.startswith(after) for _, after in cuts):
            return [self._encode(self._spans(cuts))]
        return [self._encode(self._spans([cut])) for cut in cuts]

    def _spans(self, cuts: Sequence[tuple[str, str]]) -> list[Span]:
        spans, done = [], 0
        for before, after in cuts:
            answer, closing = self._parted(after[len(before) :])
            spans += [Span(before[done:], learned=False), Span(answer, learned=True), Span(closing, learned=False)]
            done = len(after)
        return [span for span in spans if span.text]

    def _parted(self, turn: str) -> tuple[str, str]:
        """An answered turn as the answer with the token that ends it, and what the template writes behind that."""
        body = turn.removesuffix(self._closing)
        before, stop, behind = self._closing.partition(self._stop)
        return (body + before + stop, behind) if stop else (body + self._stop, self._closing)

    def _encode(self, spans: Sequence[Span]) -> Sample:
        """Tokens of the whole text where they split at the spans' borders, as they do at the prompt's when it answers."""
        whole = self._ids("".join(span.text for span in spans))
        text, labels = "", list[int]()
        for span in spans:
            text += span.text
            upto = self._ids(text)
            if whole[: len(upto)] != upto:
                return self._encode_apart(spans)
            labels += upto[len(labels) :] if span.learned else [IGNORED] * (len(upto) - len(labels))
        return Sample(whole, labels)

    def _encode_apart(self, spans: Sequence[Span]) -> Sample:
        parts = [(self._ids(span.text), span.learned) for span in spans]
        labels = [token if learned else IGNORED for ids, learned in parts for token in ids]
        return Sample([token for ids, _ in parts for token in ids], labels)

    def _takes_system(self) -> bool:
        try:
            self._chat([{"role": "system", "content": _QUESTION}, {"role": "user", "content": _QUESTION}], opened=True)
        except TemplateError:
            return False
        return True

    def _probe(self) -> tuple[str, str]:
        """What the template writes behind an answer, and the token in it that ends one (else the tokenizer's own)."""
        asked = Message("user", _QUESTION, trained=False)
        whole = self._render([asked, Message("assistant", _REPLY, trained=True)])
        if not whole.startswith(self._render([asked], opened=True)) or _REPLY not in whole:
            raise TemplateError("its chat template does not begin an answered turn as it opens one")
        closing = whole.rpartition(_REPLY)[2]
        special = set(self.tokenizer.all_special_ids)
        added = self.tokenizer.added_tokens_decoder
        ends = [token for token in self._ids(closing) if token in special or token in added]
        return closing, self.tokenizer.convert_ids_to_tokens(ends[0]) if ends else self.tokenizer.eos_token

    def _render(self, messages: Sequence[Message], *, opened: bool = False) -> str:
        plain = [{"role": _ROLES.get(turn.role, turn.role), "content": turn.text} for turn in messages]
        return self._chat(_folded(plain) if self._folds_system else plain, opened=opened)

    def _chat(self, plain: Sequence[dict[str, str]], *, opened: bool) -> str:
        """Models that can think aloud are asked not to, in training and in answering alike."""
        try:
            how = {"tokenize": False, "add_generation_prompt": opened, "enable_thinking": False}
            text: str = self.tokenizer.apply_chat_template(plain, **how)
        except (JinjaError, TypeError, ValueError) as error:
            raise TemplateError(f"the model's chat template refuses the conversation: {error}") from error
        return text

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])


def _folded(plain: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """System messages put before the user's next words, for templates that know no system role."""
    folded: list[dict[str, str]] = []
    waiting = ""
    for turn in plain:
        if turn["role"] == "system":
            waiting += turn["content"] + "\n\n"
        else:
            takes = turn["role"] == "user"
            folded.append({**turn, "content": waiting + turn["content"]} if takes else turn)
            waiting = "" if takes else waiting
    return folded
