"""What a reward may look at, and the registry of rewards by name."""

from __future__ import annotations

import difflib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azr_nb.config import SelfPlayConfig
from azr_nb.rewards.history import AnswerHistory
from azr_nb.tasks import Task, Verdict


class RewardError(ValueError):
    """A reward that is unknown or broken; the message is one line that says which, where and what to do."""


@dataclass(frozen=True)
class RewardRecord:
    """Everything that a reward may look at for one rollout.

    `role` is propose or solve, `type` the task type, `completion` the model's text. `solve_rate` (0 to 1) is the
    share of the task's n solver samples that were right, None where a proposal made no task. `answers` are the
    texts of those samples, None for one that was malformed, and `answer` is a solver's own. `program`, `pairs` of
    (input, output) and `message` are those of the task, or, where there is none, what could be read of the
    proposal. `references` are the tasks the proposer saw, as far as the buffer still holds them. `history` counts
    the answers of all tasks made before this step. `index` is the place of the rollout in its step. `signals` has
    what the reward `needs` (see `signals`), by name; a signal that says nothing of this rollout is not in it.
    """

    role: str
    type: str
    verdict: Verdict
    solve_rate: float | None = None
    answers: tuple[str | None, ...] = ()
    program: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    message: str = ""
    references: tuple[Task, ...] = ()
    completion: str = ""
    step: int = 0
    index: int = 0
    answer: str | None = None
    config: SelfPlayConfig = field(default_factory=SelfPlayConfig, repr=False)
    history: AnswerHistory = field(default_factory=AnswerHistory, repr=False)
    signals: Mapping[str, float] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether a proposal made a task that was tried, or an answer is well-formed: else it gets a penalty."""
        if self.role == "solve":
            return self.verdict.status != "unparsable"
        return self.verdict.ok and self.solve_rate is not None

    def rng(self) -> random.Random:
        """Random numbers that depend on the run's seed, the step and the rollout only: the same when resumed."""
        return random.Random(f"{self.config.seed}/reward/{self.step}/{self.index}")


RewardFunction = Callable[[RewardRecord], Any]


@dataclass(frozen=True)
class Reward:
    """A registered reward: `kind` is proposer, solver or intrinsic; see the decorators for `every_rollout`.

    `needs` are the names of signals that it looks at.
    """

    kind: str
    name: str
    function: RewardFunction
    cite: str = ""
    every_rollout: bool = False
    needs: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return ((self.function.__doc__ or "").strip().splitlines() or [""])[0]

    @property
    def origin(self) -> tuple[str, str]:
        return self.function.__module__, getattr(self.function, "__qualname__", repr(self.function))


_REWARDS: dict[tuple[str, str], Reward] = {}


def _register(kind: str, name: str, cite: str, every_rollout: bool = False, needs: Sequence[str] = ()):
    if not isinstance(name, str) or not name.isidentifier():
        raise RewardError(f"{name!r} cannot name a reward: use letters, digits and _, as in 'mine'")

    def decorate(function: RewardFunction) -> RewardFunction:
        new = Reward(kind, name, function, cite, every_rollout, tuple(needs))
        old = _REWARDS.get((kind, name))
        if old is not None and old.origin != new.origin:
            raise RewardError(
                f"the {kind} reward {name!r} exists already, made by {'.'.join(old.origin)}: choose another name"
            )
        _REWARDS[kind, name] = new
        return function

    return decorate


def proposer_reward(name: str, cite: str = "", every_rollout: bool = False, needs: Sequence[str] = ()):
    """Register a function of a `RewardRecord` as a proposer reward; it gives a number, or a dict of named parts.

    It is called for valid proposals only, where `solve_rate` is a number: what is malformed or invalid gets
    `format_penalty`, a known program `repeat_reward`. With `every_rollout` it is called for all of these too, and
    decides about them itself. `needs` names the signals that it reads from the record. Running a notebook cell again
    replaces the function; another function of that name is a `RewardError`.
    """
    return _register("proposer", name, cite, every_rollout, needs)


def solver_reward(name: str, cite: str = "", every_rollout: bool = False, needs: Sequence[str] = ()):
    """Register a function of a `RewardRecord` as a solver reward; it gives a number, or a dict of named parts.

    It is called for answers that are well-formed; the others get `format_penalty`, unless `every_rollout` is set.
    """
    return _register("solver", name, cite, every_rollout, needs)


def intrinsic_term(name: str, cite: str = "", needs: Sequence[str] = ()):
    """Register a function of a `RewardRecord` as an intrinsic proposer term: a number, or None if it does not apply."""
    return _register("intrinsic", name, cite, needs=needs)


def registered(kind: str | None = None) -> list[Reward]:
    """All rewards in the order they were registered, or those of one kind."""
    return [reward for reward in _REWARDS.values() if kind in (None, reward.kind)]


def get_reward(kind: str, name: str) -> Reward:
    """The reward of that kind and name. Raises `RewardError` with the names there are."""
    if (kind, name) in _REWARDS:
        return _REWARDS[kind, name]
    names = [reward.name for reward in registered(kind)]
    close = difflib.get_close_matches(str(name), names, n=1)
    hint = f"did you mean {close[0]}? There are" if close else "choose one of"
    what = "intrinsic term" if kind == "intrinsic" else f"{kind} reward"
    raise RewardError(f"unknown {what} {name!r}: {hint} {', '.join(names)}")
