"""Prompts that begin alike: every prompt in one group, and what a group shares is shared indeed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from azr_nb.policy.prefixes import common, shared_prefixes

PROMPTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), max_size=12)


@given(PROMPTS, st.integers(1, 5))
def test_groups_hold_every_prompt_once_and_share_what_they_say(prompts, at_least):
    groups = shared_prefixes(prompts, at_least)
    assert sorted(i for _, members in groups for i in members) == list(range(len(prompts)))
    for size, members in groups:
        assert (size == 0) == (len(members) == 1)
        assert size == 0 or size >= at_least
        first = prompts[members[0]]
        for i in members:
            assert prompts[i][:size] == first[:size] and (size == 0 or len(prompts[i]) > size)


@given(st.lists(st.integers(0, 1)), st.lists(st.integers(0, 1)))
def test_the_common_beginning_is_the_longest(a, b):
    n = common(a, b)
    assert a[:n] == b[:n] and a[: n + 1] != b[: n + 1] or n == min(len(a), len(b))


def test_few_shot_prompts_of_two_kinds_make_two_groups():
    heads = [[1] * 100, [2] * 100]
    prompts = [heads[i % 2] + [5 + i, 6] for i in range(6)] + [[9, 9]]
    sizes = sorted((size, len(members)) for size, members in shared_prefixes(prompts))
    assert sizes == [(0, 1), (100, 3), (100, 3)]
