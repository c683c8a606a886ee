"""Signals: numbers about the tasks of a step that rewards may need, and that only the policy itself can give.

A reward names them in `needs`. They are computed once a step, in a batch, and only if a reward of the run needs them;
the built-in ones stand in `learning.signals`. A plugin adds its own:

    from azr_nb.rewards import proposer_reward, signal

    @signal("longest")
    def longest(step): return [max(len(r.completion_ids) for r in answers) for answers in step.answers]

    @proposer_reward("mine", needs=("longest",))
    def mine(record): return record.signals["longest"] / 100
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from azr_nb.rewards.registry import RewardError, get_reward

# those of `learning.signals`: name, what it is, and who measures so
BUILT_IN = {
    "gold_nll": "surprise at the right output: its negative log-probability behind the policy's own scratchpads, nats",
    "gold_nll_before": "the same for the weights of at least five steps ago, nats",
    "input_nll": "the input's negative log-probability given program and output, nats per token",
    "novelty": "error of a network that learns what a random one says of the task (random network distillation)",
    "disagreement": "how far the last four snapshots of the policy disagree on the right output, nats",
    "answer_nll": "of a solver's answer: its negative log-probability when it was drawn, nats per token",
}


@dataclass(frozen=True)
class Signal:
    """A plugin's signal: a function of a `learning.signals.SignalStep` that gives a number, or None, for each task."""

    name: str
    function: Callable[[Any], Sequence[float | None]]
    cite: str = ""

    @property
    def origin(self) -> tuple[str, str]:
        return self.function.__module__, getattr(self.function, "__qualname__", repr(self.function))


SIGNALS: dict[str, Signal] = {}


def signal(name: str, cite: str = ""):
    """Register a function that measures the tried tasks of a step; a number or None for each, in their order."""
    if not isinstance(name, str) or not name.isidentifier():
        raise RewardError(f"{name!r} cannot name a signal: use letters, digits and _, as in 'mine'")

    def decorate(function: Callable[[Any], Sequence[float | None]]):
        new, old = Signal(name, function, cite), SIGNALS.get(name)
        if name in BUILT_IN or (old is not None and old.origin != new.origin):
            raise RewardError(f"the signal {name!r} exists already: choose another name")
        SIGNALS[name] = new
        return function

    return decorate


def needed(config) -> tuple[str, ...]:
    """The signals that the rewards of a run need. Raises `RewardError` for one that there is not."""
    rewards = [("proposer", config.proposer_reward), ("solver", config.solver_reward)]
    rewards += [("intrinsic", name) for name in config.intrinsic]
    found: dict[str, None] = {}
    for kind, name in rewards:
        for need in get_reward(kind, name).needs:
            if need not in BUILT_IN and need not in SIGNALS:
                known = ", ".join([*BUILT_IN, *SIGNALS])
                raise RewardError(f"the {kind} reward {name!r} needs the signal {need!r}: there are {known}")
            found[need] = None
    return tuple(found)
