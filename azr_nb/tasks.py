"""The records that flow through self-play: tasks, proposals, verdicts, rollouts, reports of updates.

They know nothing of models or of how programs are run. Paper section 3.2 defines the three task types; the names
`code_o`, `code_i` and `code_f` of the released code are deduction, abduction and induction here. Its `code_e`, error
prediction (paper appendix D.1), is an optional fourth type, off by default as it is there.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

TASK_TYPES = ("deduction", "abduction", "induction")
ERROR = "error"
DIFFERENCE = "difference"  # a movement that tells two scenes apart, in the environment of things
ALL_TASK_TYPES = (*TASK_TYPES, ERROR)
# by environment
TYPES_OF = {"python": ALL_TASK_TYPES, "things": ("deduction",), "scenes": (*TASK_TYPES, DIFFERENCE)}
NO_ERROR = "NoError"  # the answer to an error task whose program returns
ROLES = ("propose", "solve")
STATUSES = (
    "ok",
    "repeat",
    "unparsable",
    "error",
    "timeout",
    "memory",
    "too_big",
    "not_plain",
    "nondeterministic",
    "forbidden",
    "unsupported",
    "wrong",
)


class BrokenRun(RuntimeError):
    """A number of a run is not finite; the message names the step, the group and the task that it came from."""


@dataclass(frozen=True)
class Verdict:
    """What the verifier says of a proposal or an answer: one of `STATUSES`, with a reason a learner can read."""

    status: str
    reason: str = ""
    share: float | None = None  # of an induction answer that runs: pairs it gets right, 0 to 1

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    @property
    def valid(self) -> bool:
        """Whether a proposal is valid. A "repeat" is, too, but its program is known, so that it makes no new task."""
        return self.status in ("ok", "repeat")


@dataclass(frozen=True)
class Proposal:
    """What a proposer wrote, parsed but not yet believed.

    Deduction, abduction and error: a program and one input. Induction: a given program, several inputs and a message.
    A composite program (paper D.2) begins with `helpers` earlier programs, named g_0, g_1, ..., which `f` has to call.
    """

    type: str
    program: str
    inputs: tuple[str, ...]
    message: str = ""
    helpers: int = 0

    @property
    def input(self) -> str:
        """The first input, empty where there is none."""
        return self.inputs[0] if self.inputs else ""


@dataclass(frozen=True)
class Task:
    """A verified task: the program with its (input, output) pairs.

    Deduction, abduction and error tasks have one pair; the output of an error task is the name of the exception
    class, or `NO_ERROR`. An induction task has several pairs; the first `visible` are shown to the solver and the rest
    are hidden. `parents` are the ids of the references the proposer saw; `step` is the
    step that made the task, with -1 for the seed. `helpers` counts the earlier programs inside a composite one.
    """

    type: str
    program: str
    pairs: tuple[tuple[str, str], ...]
    visible: int = 0
    message: str = ""
    parents: tuple[str, ...] = ()
    step: int = -1
    id: str = ""
    helpers: int = 0

    def __post_init__(self) -> None:
        if not self.id:
            text = json.dumps([self.type, self.program, self.pairs, self.message])
            object.__setattr__(self, "id", hashlib.sha256(text.encode()).hexdigest()[:12])

    @property
    def input(self) -> str:
        return self.pairs[0][0]

    @property
    def output(self) -> str:
        return self.pairs[0][1]

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        return self.pairs[self.visible :]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Task:
        row = dict(row, pairs=tuple(tuple(pair) for pair in row["pairs"]), parents=tuple(row.get("parents", ())))
        return cls(**row)


@dataclass
class Rollout:
    """One completion with everything that became of it, from prompt text to advantage.

    `finished` says that the model ended the text itself (end-of-text token) within the length limit.
    `reward_parts` holds the named terms that sum to `reward`. `group` names the tasks or role-type group whose
    rewards form the baseline. `trained` is False for samples used only to estimate a solve rate. `log_probs` are the
    sampler's, one for each completion token, after the temperature (empty if it does not tell); `entropy` is the mean
    over these tokens of the policy's at temperature 1, in nats (None if the sampler does not tell). The advantage
    counts from token `credit_from` of the completion on.
    """

    role: str
    type: str
    prompt: str
    completion: str
    prompt_ids: list[int] = field(default_factory=list, repr=False)
    completion_ids: list[int] = field(default_factory=list, repr=False)
    finished: bool = True
    task: Task | None = None
    proposal: Proposal | None = None
    answer: str | None = None
    verdict: Verdict = Verdict("unparsable")
    solve_rate: float | None = None
    reward: float = 0.0
    reward_parts: dict[str, float] = field(default_factory=dict)
    advantage: float = 0.0
    credit_from: int = 0
    group: str = ""
    trained: bool = True
    references: tuple[str, ...] = ()
    log_probs: list[float] = field(default_factory=list, repr=False)
    entropy: float | None = None

    def to_row(self, step: int) -> dict[str, Any]:
        """A JSON-ready row for rollouts.jsonl.gz: all text and numbers, without the token ids."""
        return {
            "step": step,
            "role": self.role,
            "type": self.type,
            "prompt": self.prompt,
            "completion": self.completion,
            "completion_tokens": len(self.completion_ids),
            "finished": self.finished,
            "task": self.task.id if self.task else None,
            "references": list(self.references),
            "status": self.verdict.status,
            "reason": self.verdict.reason,
            "solve_rate": self.solve_rate,
            "reward": round(self.reward, 6),
            "reward_parts": self.reward_parts,
            "advantage": round(self.advantage, 6),
            "trained": self.trained,
        }


@dataclass
class UpdateReport:
    """What one update did: the loss (near zero by construction), gradient norms, entropy and token counts.

    `grad_norm` is before clipping, and so are those of each group and of each role. `entropy` is the mean per token, in
    nats, over the completions that had an advantage, at the run's temperature; nan if none had. `kl` is the mean per
    token of the k3 estimate to the policy without its adapter; nan unless the run has a KL term. `gap` is the mean over
    trained tokens of the distance between the sampler's log-probability and the trainer's, in nats; `masked` the share
    of trained completions that the correction left out; both nan where the sampler told no log-probabilities.
    """

    loss: float
    grad_norm: float
    group_grad_norms: dict[str, float]
    role_grad_norms: dict[str, float]
    entropy: float
    tokens: int
    kl: float = math.nan
    gap: float = math.nan
    masked: float = math.nan
