"""The Unicode bidirectional algorithm (UAX 9) for text without control characters, which `bot.characters.visible` has taken out.

Pillow sets one run of one font at a time; who mixes fonts must know the order of the runs.
"""

import unicodedata
from collections.abc import Sequence

# Pairs that take the direction of what they enclose (N0).
OPENING = {"(": ")", "[": "]", "{": "}", "«": "»", "‹": "›", "⟨": "⟩", "⟦": "⟧", "（": "）", "［": "］", "「": "」"}
STRONG, NUMBERS, NEUTRAL = ("L", "R"), ("EN", "AN"), ("ON", "WS", "B", "S")


def is_rtl(text: str) -> bool:
    """Whether the first letter with a direction is written from right to left (P2, P3)."""
    for one in text:
        kind = unicodedata.bidirectional(one)
        if kind in {"L", "R", "AL"}:
            return kind != "L"
    return False


def levels(text: str, *, rtl: bool) -> list[int]:
    """The embedding level of each code point of a paragraph: odd ones run from right to left."""
    base = "R" if rtl else "L"
    kinds = [unicodedata.bidirectional(one) or "L" for one in text]
    _resolve_weak(kinds, base)
    _resolve_brackets(text, kinds, base)
    _resolve_neutral(kinds, base)
    if rtl:
        return [1 if kind == "R" else 2 for kind in kinds]
    return [0 if kind == "L" else 1 if kind == "R" else 2 for kind in kinds]


def _resolve_weak(kinds: list[str], base: str) -> None:
    """W1 to W7."""
    for place, kind in enumerate(kinds):
        if kind in {"NSM", "BN"}:
            kinds[place] = kinds[place - 1] if place else base
    _resolve_numbers(kinds, base, after="AL", become="AN")
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]
    for place in range(1, len(kinds) - 1):
        before, kind, after = kinds[place - 1 : place + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in NUMBERS)):
            kinds[place] = before
    _spread_to_terminators(kinds)
    kinds[:] = ["ON" if kind in {"ES", "ET", "CS"} else kind for kind in kinds]
    _resolve_numbers(kinds, base, after="L", become="L")


def _resolve_numbers(kinds: list[str], base: str, *, after: str, become: str) -> None:
    """W2 and W7: what a European number becomes after a letter of that kind."""
    strong = base
    for place, kind in enumerate(kinds):
        if kind in {"L", "R", "AL"}:
            strong = kind
        elif kind == "EN" and strong == after:
            kinds[place] = become


def _spread_to_terminators(kinds: list[str]) -> None:
    for order in (range(1, len(kinds)), range(len(kinds) - 2, -1, -1)):
        for place in order:
            if kinds[place] == "ET" and kinds[place - order.step] == "EN":
                kinds[place] = "EN"


def _resolve_brackets(text: str, kinds: list[str], base: str) -> None:
    """N0."""
    for start, end in sorted(_pairs(text, kinds)):
        inside = {_direction(kind) for kind in kinds[start + 1 : end]} - {""}
        if base in inside:
            kinds[start] = kinds[end] = base
        elif inside:
            before = next((found for kind in reversed(kinds[:start]) if (found := _direction(kind))), base)
            kinds[start] = kinds[end] = before if before in inside else base


def _pairs(text: str, kinds: Sequence[str]) -> list[tuple[int, int]]:
    found, waiting = [], list[tuple[str, int]]()
    for place, one in enumerate(text):
        if kinds[place] != "ON":
            continue
        if one in OPENING:
            waiting.append((OPENING[one], place))
        elif one in (closing := [closer for closer, _ in waiting]):
            depth = len(closing) - 1 - closing[::-1].index(one)
            found.append((waiting[depth][1], place))
            del waiting[depth:]
    return found


def _direction(kind: str) -> str:
    return "R" if kind in NUMBERS else kind if kind in STRONG else ""


def _resolve_neutral(kinds: list[str], base: str) -> None:
    """N1 and N2."""
    place = 0
    while place < len(kinds):
        end = place
        while end < len(kinds) and not _direction(kinds[end]):
            end += 1
        if end > place:
            before = _direction(kinds[place - 1]) if place else base
            after = _direction(kinds[end]) if end < len(kinds) else base
            kinds[place:end] = [before if before == after else base] * (end - place)
        place = end + 1


def visual_order(of_runs: Sequence[int]) -> list[int]:
    """The places of a line's runs from left to right, given their levels (L2)."""
    order = list(range(len(of_runs)))
    for level in range(max(of_runs, default=0), 0, -1):
        place = 0
        while place < len(order):
            end = place
            while end < len(order) and of_runs[order[end]] >= level:
                end += 1
            order[place:end] = order[place:end][::-1]
            place = end + 1
    return order
