"""Which prompts begin alike: few-shot prompts of one role and task type share their examples, token for token.

What is shared is read once, by the sampler and by the packed update.
"""

from __future__ import annotations

from collections.abc import Sequence

SHARE_FROM = 96  # tokens; below that, reading a beginning on its own costs more than it saves


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """The number of tokens with which both begin."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def shared_prefixes(prompts: Sequence[Sequence[int]], at_least: int = SHARE_FROM) -> list[tuple[int, list[int]]]:
    """Groups of prompts with the length of their common beginning: `(length, indices)`, every index in one group.

    A group of several shares at least `at_least` tokens, and its every prompt has one token more; a group of one has
    length 0. A prompt joins a group only if that leaves four fifths of what the others share.
    """
    groups: list[tuple[int, list[int]]] = []
    for i in sorted(range(len(prompts)), key=lambda i: tuple(prompts[i])):
        prompt = prompts[i]
        if groups:
            length, members = groups[-1]
            first = prompts[members[0]]
            have = length or len(first) - 1
            both = min(common(first, prompt), have, len(prompt) - 1)
            if both >= at_least and (len(members) == 1 or both >= 0.8 * have):
                groups[-1] = (both, [*members, i])
                continue
        groups.append((0, [i]))
    return groups
