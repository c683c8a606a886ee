"""The built-in signals: what the policy says of the tasks that were tried in a step, before the weights change.

`gold_nll` is -log of the mean over the policy's own scratchpads of the probability of the right output behind them: an
output that is forced without a scratchpad would be improbable for its form alone. It measures deductions, since
abductions and inductions have more right answers than one. `SCALED` signals come a second time as `NAME/scaled`:
divided by their running standard deviation over the tasks of their type, cut to [-3, 3] and divided by 3, as the
large-scale study of curiosity scales rewards (arXiv 1808.04355; over one step, since an episode here is one).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from azr_nb.policy.roles import Roles
from azr_nb.rewards.registry import RewardError
from azr_nb.rewards.signals import BUILT_IN, SIGNALS
from azr_nb.tasks import Rollout, Task

if TYPE_CHECKING:
    import torch

SCRATCHPADS = 4  # of a task's sampled answers, behind which the right output is scored
EVERY, KEPT = 5, 4  # steps between snapshots of the adapter, and how many are kept
SCALED = ("gold_nll", "novelty", "disagreement")
LIMIT = 3.0  # standard deviations

Values = list[float | None]
Weights = dict[str, "torch.Tensor"]


@dataclass(frozen=True)
class SignalStep:
    """What a signal measures: the tasks that were tried in a step, and the sampled answers to each."""

    number: int
    tasks: list[Task]
    answers: list[list[Rollout]]
    roles: Roles


class Signals:
    """The signals that a run's rewards need, with what they keep from step to step.

    Raises `RewardError` for a signal that cannot be had in this run.
    """

    def __init__(self, names: Sequence[str], roles: Roles) -> None:
        self.names, self.roles = tuple(names), roles
        self.snapshots: list[tuple[int, Weights]] = []
        self.moments: dict[str, tuple[float, float, float]] = {}  # count, mean and squared distances by signal and type
        self.novelty: Any = None
        scored = set(names) & {"gold_nll", "gold_nll_before", "input_nll", "disagreement"}
        if scored and roles.prompt_format.before_answer(roles.prompt_format.answer_text("deduction", "1")) is None:
            raise RewardError(
                f"the signal {min(scored)!r} reads scratchpads, and the prompt format {roles.prompt_format.name} has "
                "none: choose another reward, or the prompt format compact"
            )
        if scored and not roles.policy.packs:
            raise RewardError(
                f"the signal {min(scored)!r} cannot be read from the architecture of {roles.policy.name!r}: choose "
                "another reward"
            )
        if set(names) - {"answer_nll"} and (roles.sharded or roles.team.size > 1):
            raise RewardError(f"the signal {names[0]!r} is measured in one process: run without accelerate launch")

    def measure(self, step: int, tried: Sequence[Sequence[Rollout]]) -> dict[str, dict[str, float]]:
        """By task id, the signals of the tasks whose sampled answers are given; those that say nothing are left out."""
        at = SignalStep(step, [group[0].task for group in tried], [list(group) for group in tried], self.roles)
        if {"gold_nll_before", "disagreement"} & set(self.names) and step % EVERY == 0:
            self.snapshots = [*self.snapshots, (step, adapter_of(self.roles.policy.model))][-KEPT:]
        found: dict[str, dict[str, float]] = {task.id: {} for task in at.tasks}
        for name in self.names:
            if name == "answer_nll":  # of single answers, which `answer_signals` gives
                continue
            values = _MEASURES[name](self, at) if name in BUILT_IN else self._of_plugin(name, at)
            for task, value in zip(at.tasks, values, strict=True):
                if value is not None:
                    found[task.id][name] = value
            if name in SCALED:
                self._scale(name, at.tasks, values, found)
        return found

    def _of_plugin(self, name: str, at: SignalStep) -> Values:
        try:
            values = list(SIGNALS[name].function(at))
            if len(values) != len(at.tasks):
                raise ValueError(f"{len(values)} values for {len(at.tasks)} tasks")
            numbers = [None if value is None else float(value) for value in values]
            if not all(value is None or math.isfinite(value) for value in numbers):
                raise ValueError("a value is not finite")
            return numbers
        except Exception as error:
            text = " ".join(str(error).split())[:200]
            raise RewardError(
                f"the signal {name!r}, step {at.number}, failed: {type(error).__name__}: {text}"
            ) from error

    def _scale(self, name: str, tasks: Sequence[Task], values: Values, found: Mapping[str, dict[str, float]]) -> None:
        """Add the scaled values, by running moments of each type (Welford), which count this step first."""
        told = [(task, value) for task, value in zip(tasks, values, strict=True) if value is not None]
        for task, value in told:
            count, mean, square = self.moments.get(f"{name}/{task.type}", (0.0, 0.0, 0.0))
            off = value - mean
            mean += off / (count + 1)
            self.moments[f"{name}/{task.type}"] = (count + 1, mean, square + off * (value - mean))
        for task, value in told:
            count, _, square = self.moments[f"{name}/{task.type}"]
            deviation = math.sqrt(square / count)
            scaled = value / deviation if deviation > 1e-9 else 0.0
            found[task.id][f"{name}/scaled"] = max(-LIMIT, min(LIMIT, scaled)) / LIMIT

    # --- what a checkpoint keeps -----------------------------------------------------------------------------------
    def state(self) -> Weights:
        """All that signals keep, as tensors by name."""
        import torch

        found = {f"snapshot/{step}/{name}": w for step, weights in self.snapshots for name, w in weights.items()}
        found |= {f"moments/{name}": torch.tensor(m, dtype=torch.float64) for name, m in self.moments.items()}
        if self.novelty is not None:
            found |= {f"novelty/{name}": value for name, value in self.novelty.state().items()}
        return found

    def load(self, state: Weights) -> None:
        """Go on from what `state` gave."""
        steps: dict[int, Weights] = {}
        networks: Weights = {}
        for key, value in state.items():
            what, _, name = key.partition("/")
            if what == "snapshot":
                step, _, name = name.partition("/")
                steps.setdefault(int(step), {})[name] = value
            elif what == "moments":
                self.moments[name] = tuple(value.tolist())
            else:
                networks[name] = value
        self.snapshots = sorted(steps.items())
        if networks:
            self.novelty = self._new_novelty()
            self.novelty.load(networks)

    def _new_novelty(self):
        from azr_nb.learning.novelty import Novelty

        return Novelty(self.roles.policy.model.config.hidden_size, self.roles.config.seed)


def answer_signals(rollout: Rollout) -> dict[str, float]:
    """The signal of a solver's answer, where its sampler told log-probabilities."""
    told = rollout.log_probs
    return {"answer_nll": -math.fsum(told) / len(told)} if told else {}


# --- the measures ----------------------------------------------------------------------------------------------------
def _gold_nll(signals: Signals, at: SignalStep) -> Values:
    return gold_nll(at)


def _gold_nll_before(signals: Signals, at: SignalStep) -> Values:
    old = [weights for step, weights in signals.snapshots if step <= at.number - EVERY] or [
        weights for _, weights in signals.snapshots[:1]
    ]
    with adapter_as(at.roles.policy.model, old[-1]):
        return gold_nll(at)


def gold_nll(at: SignalStep) -> Values:
    """-log of the mean probability of the right output behind up to `SCRATCHPADS` of the sampled scratchpads, nats.

    None for tasks that are not deductions, and where no answer has a scratchpad.
    """
    texts, spans = _gold_rollouts(at, SCRATCHPADS)
    sums = [math.fsum(row[start:]) for row, (_, start) in zip(log_probs(at.roles, texts), spans, strict=True)]
    by_task: dict[int, list[float]] = {}
    for total, (i, _) in zip(sums, spans, strict=True):
        by_task.setdefault(i, []).append(total)
    return [_mean_nll(by_task[i]) if i in by_task else None for i in range(len(at.tasks))]


def _mean_nll(totals: Sequence[float]) -> float:
    """-log of the mean of exp(total)."""
    top = max(totals)
    return -(top + math.log(math.fsum(math.exp(total - top) for total in totals) / len(totals)))


def _gold_rollouts(at: SignalStep, most: int) -> tuple[list[Rollout], list[tuple[int, int]]]:
    """The right output of each deduction behind sampled scratchpads, and for each text its task and where it begins."""
    policy, prompt_format = at.roles.policy, at.roles.prompt_format
    end = policy.tokenizer.eos_token_id
    texts, spans = [], []
    for i, (task, group) in enumerate(zip(at.tasks, at.answers, strict=True)):
        if task.type != "deduction":
            continue
        heads = [head for r in group if (head := prompt_format.before_answer(r.completion)) is not None][:most]
        rows = policy.encode([*heads, task.output], special=False) if heads else []
        for ids in rows[:-1]:
            texts.append(replace(group[0], completion_ids=[*ids, *rows[-1], end]))
            spans.append((i, len(ids)))
    return texts, spans


def _input_nll(signals: Signals, at: SignalStep) -> Values:
    """The input of each deduction as an abduction answer, behind the environment's own scratchpad; nats per token."""
    roles, values = at.roles, [None] * len(at.tasks)
    places = [i for i, task in enumerate(at.tasks) if task.type == "deduction"]
    asked = [Task("abduction", at.tasks[i].program, at.tasks[i].pairs) for i in places]
    texts, starts = [], []
    end = roles.policy.tokenizer.eos_token_id
    for task, (answer, lines) in zip(asked, roles.environment.solutions(asked), strict=True):
        whole = roles.prompt_format.answer_text(task.type, answer, lines)
        head = roles.prompt_format.before_answer(whole)
        prompt = roles.prompt_format.solve_prompt(task)
        rows = roles.policy.encode([head, answer], special=False)
        prompt_ids = roles.policy.encode([prompt], not roles.prompt_format.templated)[0]
        texts.append(Rollout("solve", task.type, prompt, whole, prompt_ids, [*rows[0], *rows[1], end], task=task))
        starts.append(len(rows[0]))
    for i, row, start in zip(places, log_probs(roles, texts), starts, strict=True):
        values[i] = -math.fsum(row[start:]) / len(row[start:])
    return values


def _novelty(signals: Signals, at: SignalStep) -> Values:
    if signals.novelty is None:
        signals.novelty = signals._new_novelty()
    return signals.novelty.measure(features(at.roles, [at.roles.prompt_format.solve_prompt(task) for task in at.tasks]))


def _disagreement(signals: Signals, at: SignalStep) -> Values:
    """Sum over the right output's tokens of the entropy of the snapshots' mean minus the mean of their entropies."""
    import torch

    texts, spans = _gold_rollouts(at, 1)
    if not texts:
        return [None] * len(at.tasks)
    found = []
    for _, weights in signals.snapshots:
        with adapter_as(at.roles.policy.model, weights):
            found.append(distributions(at.roles, texts))
    values: Values = [None] * len(at.tasks)
    for number, (i, start) in enumerate(spans):
        probabilities = torch.stack([one[number][start:] for one in found]).exp().double()
        entropy = lambda p: -(p * p.clamp(min=1e-30).log()).sum(-1)  # noqa: E731
        values[i] = max(0.0, float((entropy(probabilities.mean(0)) - entropy(probabilities).mean(0)).sum()))
    return values


_MEASURES: dict[str, Callable[[Signals, SignalStep], Values]] = {
    "gold_nll": _gold_nll,
    "gold_nll_before": _gold_nll_before,
    "input_nll": _input_nll,
    "novelty": _novelty,
    "disagreement": _disagreement,
}


# --- reading texts with the policy -----------------------------------------------------------------------------------
def log_probs(roles: Roles, rollouts: Sequence[Rollout]) -> list[list[float]]:
    """The log-probability of each token of given completions, at the run's temperature."""
    found: dict[int, list[float]] = {}
    for part, pack in _packs(roles, rollouts):
        values, _ = pack.log_probs(roles.policy.model, roles.config.temperature, False)
        found |= {id(r): row[: len(r.completion_ids)].tolist() for r, row in zip(part, values, strict=True)}
    return [found[id(r)] for r in rollouts]


def distributions(roles: Roles, rollouts: Sequence[Rollout]) -> list[torch.Tensor]:
    """The log-probabilities of the whole vocabulary at each token of given completions: (tokens, vocabulary) each."""
    import torch

    found: dict[int, torch.Tensor] = {}
    for part, pack in _packs(roles, rollouts):
        values = torch.log_softmax(pack.logits(roles.policy.model).float() / roles.config.temperature, -1)
        # the pack lists its tokens row by row, in the order in which it put the rollouts there
        places = pack.target // pack.shape[1]
        found |= {id(r): values[places == i] for i, r in enumerate(part)}
    return [found[id(r)] for r in rollouts]


def features(roles: Roles, prompts: Sequence[str]) -> torch.Tensor:
    """The mean last hidden state of the policy without its adapter over each prompt: (prompts, hidden size)."""
    import torch

    model = roles.policy.model
    if not prompts:
        return torch.zeros(0, model.config.hidden_size)
    rows = roles.policy.encode(list(prompts), not roles.prompt_format.templated)
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
    with torch.no_grad(), model.disable_adapter() if hasattr(model, "peft_config") else nullcontext():
        hidden = model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-1].float()
    return ((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)).cpu()


def _packs(roles: Roles, rollouts: Sequence[Rollout]) -> Iterator[tuple[list[Rollout], Any]]:
    """The rollouts in parts that fit into memory, each read in one pass without gradients."""
    import torch

    from azr_nb.learning.packing import Packed, micro_batches

    model = roles.policy.model
    most, dtype = roles.config.micro_batch_tokens, model.get_input_embeddings().weight.dtype
    with torch.no_grad():
        for part in micro_batches(list(rollouts), most, packed=True):
            width = max(len(r.completion_ids) for r in part)
            yield part, Packed(part, width, model.device, dtype, most=most)


def adapter_of(model) -> Weights:
    """A copy of the adapter's weights by name."""
    return {name: p.detach().clone() for name, p in model.named_parameters() if ".lora_" in name}


@contextmanager
def adapter_as(model, weights: Mapping[str, torch.Tensor]):
    """The model with another adapter's weights for a while."""
    now = adapter_of(model)
    _put(model, weights)
    try:
        yield
    finally:
        _put(model, now)


def _put(model, weights: Mapping[str, torch.Tensor]) -> None:
    import torch

    with torch.no_grad():
        for name, p in model.named_parameters():
            if name in weights:
                p.copy_(weights[name])
