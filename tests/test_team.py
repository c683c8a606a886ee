"""Sharing work over processes, with the gathering of results played; real processes are in test_two_processes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.config import ConfigError, make_config
from azr_nb.policy.hardware import Placement
from azr_nb.policy.processes import Team, weights_sharded


class _Enough(Exception):
    pass


def played(size: int, items: list, equal: bool, monkeypatch) -> tuple[list[list], list[list]]:
    """What each process worked on, and what each got from `Team.map` of a function that doubles."""
    import accelerate.utils

    worked: list[list] = []
    parts: list[list] = []

    def double(mine):
        worked.append(list(mine))
        return [2 * item for item in mine]

    def keep(part):
        parts.extend(part)
        raise _Enough

    with monkeypatch.context() as patch:
        patch.setattr(accelerate.utils, "gather_object", keep)
        for rank in range(size):
            with pytest.raises(_Enough):
                Team(rank, size).map(items, double, equal)
        patch.setattr(accelerate.utils, "gather_object", lambda part: parts)
        return worked[:size], [Team(rank, size).map(items, double, equal) for rank in range(size)]


@given(size=st.integers(2, 5), items=st.lists(st.integers(), max_size=12), equal=st.booleans())
def test_every_process_gets_every_result_in_order(size, items, equal):
    with pytest.MonkeyPatch.context() as patch:
        worked, results = played(size, items, equal, patch)
    assert all(result == [2 * item for item in items] for result in results)
    lengths = {len(mine) for mine in worked}
    if equal:
        assert lengths == {-(-len(items) // size)}  # none waits for a pass that another does not make
    else:
        assert sum(map(len, worked)) == len(items) and max(lengths) - min(lengths) <= 1
    assert {item for mine in worked for item in mine} == set(items)


@pytest.mark.parametrize(
    ("variables", "spread"),
    [
        ({}, False),
        ({"ACCELERATE_USE_FSDP": "true"}, True),
        ({"ACCELERATE_USE_DEEPSPEED": "true", "ACCELERATE_DEEPSPEED_ZERO_STAGE": "2"}, False),
        ({"ACCELERATE_USE_DEEPSPEED": "true", "ACCELERATE_DEEPSPEED_ZERO_STAGE": "3"}, True),
    ],
)
def test_the_sampler_that_needs_whole_weights_is_not_taken_where_they_are_spread(monkeypatch, variables, spread):
    from azr_nb.environments.python_programs.environment import PythonPrograms
    from azr_nb.policy.load import load_policy
    from azr_nb.selfplay import SelfPlay

    policy = load_policy("tiny")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert weights_sharded() is spread
    environment = PythonPrograms()  # starts nothing before it is asked to run something
    assert SelfPlay(make_config("classroom"), policy, environment).roles.fast is not spread
    if "ACCELERATE_USE_FSDP" in variables:
        policy.placement = Placement("cuda", "bfloat16", False)  # as far as the settings are concerned
        with pytest.raises(ConfigError, match="choose transformers, or the recipe zero3"):
            SelfPlay(make_config("classroom", generation="vllm"), policy, environment)
    if spread:
        with pytest.raises(ConfigError, match="needs whole weights"):
            SelfPlay(make_config("classroom", generation="shared_prefix"), policy, environment)
