"""Slots: what a request is about, kept out of the network and put back into its answer.

"A company that sells ice cream" has one topic, "ice cream"; "A cat sleeping on a keyboard" has a subject, "cat", and
a topic, "keyboard". Before training, these words in an answer become markers; after sampling, markers become words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SUBJECT, SUBJECT_CAPITAL, TOPIC, TOPIC_CAPITAL = "\ue000", "\ue001", "\ue002", "\ue003"
MARKERS = (SUBJECT, SUBJECT_CAPITAL, TOPIC, TOPIC_CAPITAL)
_LONGEST_SPAN = 3
_WORD = re.compile(r"[^\W\d_][\w'’-]*|\S")
_PLURAL = re.compile(r"[^su]s$")
_VOWELS = "aeiou"


# English words that a request can do without: none of them is put into a slot. Behind the empty line those for companies.
_LISTED = Path(__file__).with_name("fillers.txt").read_text("utf-8").split("\n\n")
_FILLERS, _COMPANY_WORDS = (frozenset(listed.split()) for listed in _LISTED)
# A word between one of these and another word is a verb more often than not.
_VERB_HERALDS = frozenset(["that", "which", "who", "to"])


@dataclass(frozen=True)
class Slots:
    """The words that fill the markers; an empty string where the request has none."""

    subject: str
    topic: str

    @property
    def available(self) -> tuple[bool, bool]:
        return bool(self.subject), bool(self.topic)

    def without_subject(self) -> "Slots":
        return Slots("", self.topic)

    def mark(self, answer: str) -> str:
        """Replace the slots' words in an answer by markers, a plural's s or a possessive left standing."""
        for pattern, plain, capital in self._patterns:
            for found in reversed(list(pattern.finditer(answer))):
                marker = capital if found[0][0].isupper() else plain
                answer = answer[: found.start()] + marker + answer[found.end() :]
        return answer

    def fill(self, pieces: Sequence[str]) -> list[str]:
        """Replace markers among an answer's pieces by the slots' words, and fit the article before each."""
        filled: list[str] = []
        for piece in pieces:
            words = self._fillings.get(piece.strip(" "))
            if words is not None:
                filled[-1:] = [_fit_article(article, words) for article in filled[-1:]]
            filled.append(piece if words is None else piece.replace(piece.strip(" "), words))
        return filled

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str, str]]:
        sides = ((self.topic, TOPIC, TOPIC_CAPITAL), (self.subject, SUBJECT, SUBJECT_CAPITAL))
        phrases = [(words, plain, capital) for words, plain, capital in sides if words]
        heads = [(words.split()[-1], plain, capital) for words, plain, capital in phrases if " " in words]
        return [(_whole_word(words), plain, capital) for words, plain, capital in phrases + heads]

    @cached_property
    def _fillings(self) -> dict[str, str]:
        subject, topic = self.subject or self.topic, self.topic or self.subject
        return {
            SUBJECT: subject,
            SUBJECT_CAPITAL: _capitalised(subject),
            TOPIC: topic,
            TOPIC_CAPITAL: _capitalised(topic),
        }


def find_slots(request: str) -> Slots:
    """The first and the last span of content words. One span alone is the topic."""
    spans = _spans(request)
    if not spans:
        return Slots("", "")
    return Slots(spans[0] if len(spans) > 1 else "", spans[-1])


def _spans(request: str) -> list[str]:
    words = _WORD.findall(request)
    spans: list[list[str]] = [[]]
    for place, word in enumerate(words):
        after_content = bool(spans[-1])
        if _is_filler(word, after_content=after_content) or _is_verb(words, place, after_content=after_content):
            spans.append([])
        else:
            spans[-1].append(word)
    joined = (" ".join(span[-_LONGEST_SPAN:]) for span in spans if span)
    return list(dict.fromkeys(_lowered(span) for span in joined))


def _is_filler(word: str, *, after_content: bool) -> bool:
    """A "firm" says nothing, a "law firm" does."""
    plain = word.lower()
    if not plain[0].isalpha() or plain in _FILLERS or plain.endswith("ly"):
        return True
    return plain in _COMPANY_WORDS and not after_content


def _is_verb(words: list[str], place: int, *, after_content: bool) -> bool:
    """Guess from the form ("cat sleeping") and from the place ("a firm that bottles water", "to play the piano")."""
    if after_content and len(words[place]) > 4 and words[place].lower().endswith(("ing", "ed")):
        return True
    return 0 < place < len(words) - 1 and words[place - 1].lower() in _VERB_HERALDS


def _lowered(span: str) -> str:
    """Drop the capital that opens a sentence, keep those of names such as NASA."""
    return span if span[:2].isupper() else span[:1].lower() + span[1:]


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _whole_word(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(words)}(?=(?:'s|’s|s)?(?!\w))", re.IGNORECASE)


def _fit_article(piece: str, words: str) -> str:
    if piece.strip(" ").lower() not in ("a", "an"):
        return piece
    if _PLURAL.search(words):
        return "" if piece.startswith(" ") else piece
    return piece.rstrip("n") + ("n" if words[:1].lower() in _VOWELS else "")
