"""The update of the trainer against a plain PyTorch step on the same batch, for every advantage estimator and term."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from test_training import gradients_of, play  # noqa: E402

from azr_nb.rewards.baselines import ESTIMATORS, advantages, group_key  # noqa: E402


@pytest.fixture(scope="module")
def collected():
    from azr_nb.environments.python_programs.environment import PythonPrograms

    environment = PythonPrograms()
    one = play(environment, proposals_per_type=4, solve_tasks_per_type=1, seed_tasks=2)
    one.seed()
    rollouts = one.step(train=False).rollouts
    environment.close()
    return one.config, rollouts


def by_hand(estimator: str, rollouts: list) -> list[float]:
    """Each advantage straight from its definition, one rollout at a time."""
    groups: dict = {}
    for r in rollouts:
        per_task = estimator in ("task", "task_unscaled", "leave_one_out") and r.role == "solve"
        key = "all" if estimator == "global" else (r.role, r.type, r.task.id if per_task else None)
        groups.setdefault(key, []).append(r)
    values = {}
    for group in groups.values():
        rewards = torch.tensor([r.reward for r in group], dtype=torch.float64)
        if estimator == "role_type_tokens":
            rewards = rewards.repeat_interleave(torch.tensor([len(r.completion_ids) for r in group]))
        for i, r in enumerate(group):
            if estimator == "leave_one_out":
                others = [other.reward for k, other in enumerate(group) if k != i]
                value = r.reward - sum(others) / len(others) if others else 0.0
            elif len(group) < 2 or float(rewards.max() - rewards.min()) == 0:
                value = 0.0
            else:
                scale = 1.0 if estimator == "task_unscaled" else float(rewards.std())
                value = (r.reward - float(rewards.mean())) / scale
            values[id(r)] = value
    return [values[id(r)] for r in rollouts]


def plain_gradients(model, config, rollouts):
    """One rollout at a time, unpadded: policy gradient, KL (k3) to the model without adapter."""
    model.zero_grad()
    trained = [r for r in rollouts if r.trained]
    tokens = sum(len(r.completion_ids) for r in trained)

    def log_probs(r):
        logits = model(input_ids=torch.tensor([r.prompt_ids + r.completion_ids])).logits[0] / config.temperature
        log_p = torch.log_softmax(logits[len(r.prompt_ids) - 1 : -1], -1)
        return log_p.gather(-1, torch.tensor(r.completion_ids)[:, None])[:, 0]

    for r in trained:
        log_p = log_probs(r)
        ratio = torch.exp(log_p - log_p.detach())
        low, high = 1 - config.clip, 1 + (config.clip_high or config.clip)
        advantage = r.advantage * (torch.arange(len(log_p)) >= r.credit_from)
        loss = -torch.min(ratio * advantage, ratio.clamp(low, high) * advantage)
        if config.kl_weight:
            with torch.no_grad(), model.disable_adapter():
                gap = log_probs(r)
            gap = gap - log_p
            # with the ratio, whose value is 1, the gradient is that of the reverse KL without bias
            loss = loss + config.kl_weight * ratio * (gap.exp() - 1 - gap)
        share = 1 / tokens if config.loss_aggregation == "token" else 1 / (len(r.completion_ids) * len(trained))
        (loss.sum() * share).backward()
    return [p.grad for p in model.parameters() if p.requires_grad]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "settings",
    [
        {"loss_aggregation": "sequence"},
        {"loss_aggregation": "token", "clip_high": 0.28, "dual_clip": 3.0, "kl_weight": 0.2},
    ],
    ids=["paper", "released, with KL"],
)
def test_the_trainer_makes_the_plain_step(collected, estimator, settings, tmp_path):
    base, rollouts = collected
    config = base.model_copy(update={"advantage": estimator, "micro_batch_tokens": 900, **settings})
    trained = [r for r in rollouts if r.trained]
    groups = [group_key(estimator, r.role, r.type, r.task.id if r.task else None) for r in trained]
    lengths = [len(r.completion_ids) for r in trained]
    values = advantages([r.reward for r in trained], groups, estimator, lengths)
    assert values == pytest.approx(by_hand(estimator, trained), abs=2e-5)
    assert any(abs(value) > 0.1 for value in values)
    for r, value in zip(trained, values, strict=True):
        r.advantage = value
    model, found = gradients_of(config, rollouts, tmp_path)
    own = plain_gradients(model, config, rollouts)
    assert max(float(g.abs().max()) for g in own) > 1e-3
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found, own, strict=True))


def test_credit_begins_where_an_answer_goes_wrong(collected, tmp_path):
    base, rollouts = collected
    config = base.model_copy(update={"micro_batch_tokens": 900})
    gradients = []
    for late in (False, True):
        cut = [replace(r, advantage=-1.0, credit_from=late * (len(r.completion_ids) // 2)) for r in rollouts]
        model, found = gradients_of(config, cut, tmp_path / str(late))
        own = plain_gradients(model, config, cut)
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found, own, strict=True))
        gradients.append(torch.cat([g.flatten() for g in found]))
    assert not torch.allclose(*gradients, atol=1e-4)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimators_alone(estimator):
    rewards, lengths = [1.0, -0.5, -0.5, 1.0, 0.25], [3, 5, 2, 7, 1]
    values = advantages(rewards, ["one"] * 5, estimator, lengths)
    mean = sum(rewards) / 5
    if estimator == "role_type_tokens":
        expanded = [r for r, n in zip(rewards, lengths, strict=True) for _ in range(n)]
        mean = sum(expanded) / 18
        deviation = math.sqrt(sum((r - mean) ** 2 for r in expanded) / 17)
        expected = [(r - mean) / deviation for r in rewards]
        assert sum(n * v for n, v in zip(lengths, values, strict=True)) == pytest.approx(0, abs=1e-6)
    elif estimator == "leave_one_out":
        expected = [r - (sum(rewards) - r) / 4 for r in rewards]
    else:
        scale = 1.0 if estimator == "task_unscaled" else math.sqrt(sum((r - mean) ** 2 for r in rewards) / 4)
        expected = [(r - mean) / scale for r in rewards]
    assert values == pytest.approx(expected, abs=1e-5)
    assert advantages([0.5] * 4, ["one"] * 4, estimator, [1, 2, 3, 4]) == [0.0] * 4
    assert advantages([1.0, 0.0], ["one", "two"], estimator, [1, 2]) == [0.0, 0.0]
