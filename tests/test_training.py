"""One step of self-play in the glass box: the trace is complete, the update is TRL's, packed equals plain."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from azr_nb.config import make_config  # noqa: E402
from azr_nb.learning.learner import Learner  # noqa: E402
from azr_nb.learning.packing import Row, micro_batches, rows_of  # noqa: E402
from azr_nb.policy.load import load_policy  # noqa: E402
from azr_nb.rewards.baselines import advantages  # noqa: E402
from azr_nb.selfplay import SeedingError, SelfPlay  # noqa: E402
from azr_nb.tasks import ROLES, TASK_TYPES, Rollout  # noqa: E402

SMALL = dict(proposals_per_type=6, solve_tasks_per_type=3, solve_samples=4, solve_rate_samples=4, seed_tasks=8)


def play(environment, preset="classroom", **settings) -> SelfPlay:
    return SelfPlay(make_config(preset, **{**SMALL, **settings}), load_policy("tiny"), environment)


@pytest.fixture(scope="module")
def stepped():
    from azr_nb.environments.python_programs.environment import PythonPrograms

    environment = PythonPrograms()
    one = play(environment)
    before = {name: p.clone() for name, p in one.policy.model.named_parameters()}
    trace = one.step()
    yield one, trace, before
    environment.close()


def test_a_trace_holds_everything(stepped):
    one, trace, _ = stepped
    assert len(trace.of("propose")) == 18
    for kind in TASK_TYPES:
        assert len(trace.of("propose", kind)) == 6 and trace.of("solve", kind)
        assert f"grad_norm/solve/{kind}" in trace.metrics
    for rollout in trace.rollouts:
        assert rollout.prompt.startswith(f"# {rollout.role} {rollout.type}\n") and rollout.prompt_ids
        assert rollout.completion_ids and rollout.reward == sum(rollout.reward_parts.values())
        assert rollout.verdict.ok or rollout.verdict.reason
        if rollout.role == "propose":
            assert (rollout.task is not None) == rollout.verdict.ok == (rollout.solve_rate is not None)
            assert (rollout.reward_parts == {"repeat": -0.5}) == (rollout.verdict.status == "repeat")
        else:
            wrong = {"ok": 1.0, "unparsable": one.config.format_penalty}
            assert rollout.reward == wrong.get(rollout.verdict.status, one.config.wrong_penalty)
    valid = [r for r in trace.of("propose") if r.task]
    for proposal in valid:
        group = [r for r in trace.of("solve") if r.task.id == proposal.task.id][:4]
        assert proposal.solve_rate == sum(r.verdict.ok for r in group) / 4
        assert proposal.task.parents == proposal.references and proposal.task.step == 0
        assert proposal.task in one.buffer.of_type(proposal.type)
    assert one.step_number == 1 and abs(trace.metrics["loss"]) < 1e-3


def test_advantages_in_the_trace_are_those_of_its_rewards(stepped):
    one, trace, _ = stepped
    trained = [r for r in trace.rollouts if r.trained]
    values = advantages([r.reward for r in trained], [r.group for r in trained])
    weights = {"propose": one.config.propose_weight, "solve": 1.0}
    expected = [value * weights[r.role] for r, value in zip(trained, values, strict=True)]
    assert [r.advantage for r in trained] == pytest.approx(expected)


def test_only_the_adapter_moves(stepped):
    one, trace, before = stepped
    assert trace.metrics["grad_norm"] > 0
    for name, parameter in one.policy.model.named_parameters():
        if "lora_" not in name:
            old = before[name.replace("base_model.model.", "").replace(".base_layer", "")]
            assert torch.equal(parameter, old)
    moved = [p for n, p in one.policy.model.named_parameters() if "lora_B" in n]
    assert any(p.abs().sum() > 0 for p in moved)


def test_group_norms_bound_the_whole_norm(stepped):
    metrics = stepped[1].metrics
    parts = [metrics[f"grad_norm/{role}/{kind}"] for role in ROLES for kind in TASK_TYPES]
    assert metrics["grad_norm"] <= sum(parts) + 1e-6
    assert math.isfinite(metrics["entropy"]) and metrics["entropy"] > 0


def some_rollouts(environment, count: int = 3) -> tuple[SelfPlay, list[Rollout]]:
    one = play(environment, advantage="role_type", preset="classroom")
    one.seed()
    return one, one.step(train=False).rollouts


def gradients_of(config, rollouts, folder, packed: bool = True):
    policy = load_policy("tiny")
    torch.manual_seed(0)
    trainer = Learner(policy, config, folder, packed).trainer
    for name, parameter in trainer.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.02, generator=torch.Generator().manual_seed(1))
    trainer.gradients(trainer.model, rollouts)
    return trainer.model, [p.grad.clone() for p in trainer.model.parameters() if p.requires_grad]


@pytest.mark.parametrize("aggregation", ["sequence", "token"])
def test_the_gradient_does_not_depend_on_the_micro_batches(environment, aggregation, tmp_path):
    one, rollouts = some_rollouts(environment)
    both = []
    for tokens in (500, 100_000):
        changes = {"loss_aggregation": aggregation, "micro_batch_tokens": tokens, "entropy_weight": 0.01}
        both.append(gradients_of(one.config.model_copy(update=changes), rollouts, tmp_path)[1])
    assert max(float(g.abs().max()) for g in both[0]) > 1e-3
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(*both, strict=True))


@pytest.mark.parametrize("aggregation", ["sequence", "token"])
def test_packed_gradients_equal_trl_padded_ones_and_our_own_formula(environment, aggregation, tmp_path):
    one, rollouts = some_rollouts(environment)
    config = one.config.model_copy(update={"loss_aggregation": aggregation, "micro_batch_tokens": 700})
    gradients = []
    for packed in (True, False):
        model, found = gradients_of(config, rollouts, tmp_path, packed)
        gradients.append(found)
    model.zero_grad()
    trained = [r for r in rollouts if r.trained]
    tokens = sum(len(r.completion_ids) for r in trained)
    for r in trained:
        if abs(r.advantage) < 1e-9:
            continue
        logits = model(input_ids=torch.tensor([r.prompt_ids + r.completion_ids])).logits[0]
        log_p = torch.log_softmax(logits[len(r.prompt_ids) - 1 : -1], -1)
        log_p = log_p.gather(-1, torch.tensor(r.completion_ids)[:, None]).sum()
        weight = 1 / tokens if aggregation == "token" else 1 / (len(r.completion_ids) * len(trained))
        (-r.advantage * weight * log_p).backward()
    own = [p.grad for p in model.parameters() if p.requires_grad]
    for a, b, c in zip(*gradients, own, strict=True):
        assert torch.allclose(a, b, atol=1e-5) and torch.allclose(a, c, atol=1e-5)
    assert max(float(g.abs().max()) for g in own) > 1e-4


def test_micro_batches_hold_every_row_once_within_the_limit():
    rows = [Rollout("solve", "deduction", "", "", [i % 5] * (10 + i % 5), [1] * (1 + i % 7)) for i in range(60)]
    for packed in (True, False):
        parts = micro_batches(rows, 200, packed)
        assert sorted(id(r) for part in parts for r in part) == sorted(map(id, rows))
        for part in parts:
            read = rows_of(part, 200) if packed else [Row(0, [[r]]) for r in part]
            assert max(row.size for row in read) * len(read) <= 200
    assert micro_batches([], 100, True) == []


def test_paper_preset_discards_solve_rate_samples(environment):
    one = play(environment, preset="paper", solve_tasks_per_type=4, references=2)
    one.seed()
    trace = one.step(train=False)
    solve = trace.of("solve")
    assert {r.trained for r in solve} == {True, False}
    assert all(r.advantage == 0 for r in solve if not r.trained)
    assert {r.group for r in trace.rollouts if r.trained} <= {f"{role}/{kind}" for role in ROLES for kind in TASK_TYPES}


def test_fixed_tasks_propose_nothing(environment):
    one = play(environment, fixed_tasks=True)
    one.seed()
    size = len(one.buffer)
    trace = one.step(train=False)
    assert not trace.of("propose") and len(one.buffer) == size


def test_seeding_that_cannot_succeed_says_so(environment):
    one = play(environment)
    one.roles.sample = lambda prompts, n, *purpose, **options: [
        [Rollout("", "", p, "no", [3], [4], True)] for p in prompts
    ]
    with pytest.raises(SeedingError, match="1 deduction"):
        one.seed()


@pytest.mark.parametrize("text", ["", "x" * 100_000, "\x00\x1b[2J", "\ud800\udfff", "=> \n=> ", "f(" * 3000])
def test_no_completion_raises_out_of_the_loop(environment, text):
    one = play(environment)
    one.seed()
    one.roles.sample = lambda prompts, n, *purpose, **options: [
        [Rollout("", "", p, text, [3], [4], True) for _ in range(n)] for p in prompts
    ]
    trace = one.step(train=False)
    assert all(not r.verdict.ok for r in trace.rollouts)


def test_a_step_samples_from_the_weights_of_the_update_before(environment):
    one = play(environment)
    one.seed()
    one.prepare()
    weights = lambda: {name: w.clone() for name, w in one.learner.adapter().items()}  # noqa: E731
    sampled_from, sample = [], one.roles.sample

    def watched(*arguments, **options):
        sampled_from.append(weights())
        return sample(*arguments, **options)

    one.roles.sample = watched
    left = None
    for _ in one.steps(3):
        assert len(sampled_from) >= 2  # proposals, and answers
        for seen in sampled_from:
            assert left is None or all(torch.equal(seen[name], left[name]) for name in left)
        before, left = sampled_from[-1], weights()
        assert any(not torch.equal(before[name], left[name]) for name in left)
        sampled_from.clear()
