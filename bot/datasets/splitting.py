"""Which examples are held back: whole groups of the same example, drawn such that their share is as near to the wish as groups allow."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence


def draw(keys: Iterable[int], share: int, seed: int, least_left: int) -> frozenset[int]:
    """The keys of about `share` percent of all examples, the same ones for the same seed; equal keys are one group.

    At least one group is drawn and one is left, with `least_left` examples or more; nothing is drawn where that cannot be.
    """
    groups = list(Counter(keys).items())
    random.Random(seed).shuffle(groups)  # noqa: S311  # repeatable, not secret
    sizes = [size for _, size in groups]
    total = sum(sizes)
    chosen = nearest_sum(sizes, max(1, round(total * share / 100)), min(total - least_left, total - 1))
    return frozenset(groups[index][0] for index in chosen)


def nearest_sum(sizes: Sequence[int], wanted: int, most: int) -> list[int]:
    """Indices of sizes whose sum, from 1 to `most`, is nearest to what is wanted; of two, the smaller. Early sizes come first."""
    limit = min(most, max(2 * wanted, min(sizes, default=0)))
    within = (1 << max(0, limit) + 1) - 1
    reached, last = 1, dict[int, int]()  # a bit for every sum that can be made, and the index that first made it
    for index, size in enumerate(sizes):
        fresh = (reached << size) & ~reached & within
        reached |= fresh
        while fresh:
            total = fresh.bit_length() - 1
            last[total] = index
            fresh ^= 1 << total
        if wanted in last:
            break
    left = min(last, key=lambda total: (abs(total - wanted), total), default=0)
    chosen = []
    while left:
        chosen.append(last[left])
        left -= sizes[last[left]]
    return chosen
