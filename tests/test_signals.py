"""Signals: what the policy says of a step's tasks, against padded forward passes, exact cases and a killed run."""

from __future__ import annotations

import json
import math
import shutil

import pytest

torch = pytest.importorskip("torch")

from azr_nb.config import make_config  # noqa: E402
from azr_nb.environments.python_programs.environment import PythonPrograms  # noqa: E402
from azr_nb.learning import signals as module  # noqa: E402
from azr_nb.learning.novelty import Novelty  # noqa: E402
from azr_nb.learning.signals import Signals, SignalStep, adapter_as, adapter_of, gold_nll, log_probs  # noqa: E402
from azr_nb.policy.load import load_policy  # noqa: E402
from azr_nb.rewards import RewardError, RewardRecord, check_rewards, proposer_reward, reward_parts, signal  # noqa: E402
from azr_nb.rewards.registry import _REWARDS  # noqa: E402
from azr_nb.rewards.signals import SIGNALS  # noqa: E402
from azr_nb.selfplay import SelfPlay  # noqa: E402
from azr_nb.tasks import Task, Verdict  # noqa: E402

SMALL = dict(proposals_per_type=4, solve_tasks_per_type=1, seed_tasks=2, solve_samples=4, solve_rate_samples=4, seed=3)
PROGRAMS = (
    "def f(a):\n    b = a * 2\n    return b + 1",
    "def f(a):\n    return a[::-1]",
    "def f(a):\n    return a % 4",
)


@pytest.fixture(scope="module")
def environment():
    environment = PythonPrograms()
    yield environment
    environment.close()


@pytest.fixture(scope="module")
def step(environment):
    """A step of three deductions and an abduction, with sampled answers, and a policy whose adapter is not zero."""
    play = SelfPlay(make_config("classroom", **SMALL), load_policy("tiny"), environment)
    play.prepare()
    torch.manual_seed(0)
    for name, p in play.policy.model.named_parameters():
        if ".lora_B" in name:
            p.data.normal_(0, 0.02)
    pairs = ((("3", "7"),), (("'abc'", "'cba'"),), (("9", "1"),))
    tasks = [Task("deduction", program, pair) for program, pair in zip(PROGRAMS, pairs, strict=True)]
    tasks.append(Task("abduction", PROGRAMS[0], pairs[0]))
    return SignalStep(0, tasks, play.roles.solve(tasks, 4, "test"), play.roles)


def padded(roles, rollouts) -> list[list[float]]:
    """Log-probabilities by one forward pass for each text."""
    found = []
    for r in rollouts:
        with torch.no_grad():
            logits = roles.policy.model(input_ids=torch.tensor([r.prompt_ids + r.completion_ids])).logits[0]
        chosen = torch.log_softmax(logits[len(r.prompt_ids) - 1 : -1], -1)
        found.append(chosen.gather(-1, torch.tensor(r.completion_ids)[:, None])[:, 0].tolist())
    return found


def test_scores_are_those_of_plain_forward_passes(step):
    rollouts = [r for group in step.answers for r in group if r.completion_ids]
    for ours, plain in zip(log_probs(step.roles, rollouts), padded(step.roles, rollouts), strict=True):
        assert ours == pytest.approx(plain, abs=1e-4)
    for r, ours in zip(rollouts, module.distributions(step.roles, rollouts), strict=True):
        assert ours.exp().sum(-1) == pytest.approx([1.0] * len(r.completion_ids), abs=1e-4)
        picked = ours.gather(-1, torch.tensor(r.completion_ids)[:, None])[:, 0].tolist()
        assert picked == pytest.approx(padded(step.roles, [r])[0], abs=1e-4)


def test_surprise_at_the_right_output_is_the_mean_over_the_policys_own_scratchpads(step):
    values = gold_nll(step)
    assert values[3] is None and all(value > 0 for value in values[:3])
    prompt_format, policy = step.roles.prompt_format, step.roles.policy
    for task, group, value in list(zip(step.tasks, step.answers, values, strict=True))[:3]:
        chances = []
        for r in group:
            head = prompt_format.before_answer(r.completion)
            if head is None:
                continue
            before = policy.encode([head], special=False)[0]
            gold = [*policy.encode([task.output], special=False)[0], policy.tokenizer.eos_token_id]
            r = type(r)("solve", task.type, r.prompt, "", r.prompt_ids, before + gold)
            chances.append(math.exp(sum(padded(step.roles, [r])[0][len(before) :])))
        assert value == pytest.approx(-math.log(sum(chances) / len(chances)), abs=1e-3)


def test_another_adapter_stands_in_for_a_while(step):
    model = step.roles.policy.model
    now, before = adapter_of(model), gold_nll(step)
    with adapter_as(model, {name: torch.zeros_like(value) for name, value in now.items()}):
        assert gold_nll(step)[0] != pytest.approx(before[0], abs=1e-3)
    assert gold_nll(step) == before and all(torch.equal(now[name], value) for name, value in adapter_of(model).items())


def test_snapshots_agree_with_themselves_and_progress_is_a_difference(step):
    names = ("gold_nll", "gold_nll_before", "disagreement", "input_nll", "novelty")
    signals = Signals(names, step.roles)
    first = signals.measure(0, step.answers)
    one = first[step.tasks[0].id]
    assert one["disagreement"] == pytest.approx(0, abs=1e-6) and one["gold_nll"] == pytest.approx(
        one["gold_nll_before"]
    )
    assert set(first[step.tasks[3].id]) == {"novelty", "novelty/scaled"} and 0 < one["input_nll"]
    assert all(-1 <= value <= 1 for row in first.values() for name, value in row.items() if name.endswith("/scaled"))
    model = step.roles.policy.model
    kept = adapter_of(model)
    moved = {name: value + 0.02 * torch.randn_like(value) for name, value in kept.items()}
    with adapter_as(model, moved):
        later = signals.measure(5, step.answers)[step.tasks[0].id]
    assert later["disagreement"] > 1e-6 and later["gold_nll_before"] == pytest.approx(one["gold_nll"], abs=1e-5)
    assert later["novelty"] < one["novelty"], "the same tasks again are less new"
    again = Signals(names, step.roles)
    again.load({name: value.clone() for name, value in signals.state().items()})
    assert again.measure(6, step.answers) == signals.measure(6, step.answers)


def test_a_network_learns_what_it_sees_and_goes_on_from_its_state():
    torch.manual_seed(0)
    seen, other = torch.randn(32, 8), torch.randn(8, 8) * 2 + 3
    one = Novelty(8)
    for _ in range(150):
        last = one.measure(seen)
    again = Novelty(8)
    again.load({name: value.clone() for name, value in one.state().items()})
    assert again.measure(other) == one.measure(other)
    assert sum(last) / 32 < 0.2 * sum(one.measure(other)) / 8
    assert one.measure(torch.zeros(0, 8)) == []


def record(**given) -> RewardRecord:
    return RewardRecord("propose", "deduction", Verdict("ok"), **{"solve_rate": 0.5} | given)


@pytest.mark.parametrize(
    "name, given, reward",
    [
        ("surprise", {"solve_rate": 0.0}, -math.log(0.5 / 9)),
        ("surprise", {"solve_rate": 1.0}, -math.log(8.5 / 9)),
        ("surprise_nll", {"signals": {"gold_nll/scaled": 0.4}}, 0.4),
        ("surprise_nll", {}, -math.log(0.5) / 3),
        ("progress", {"signals": {"gold_nll": 2.0, "gold_nll_before": 2.5}}, 0.5),
        ("progress", {"signals": {"gold_nll": 9.0, "gold_nll_before": 2.5}}, -1.0),
        ("progress", {}, 0.0),
        ("novelty", {"signals": {"novelty/scaled": 0.7}}, 0.7),
        ("disagreement", {}, 0.0),
        ("controllable", {"signals": {"gold_nll/scaled": 0.5, "input_nll": math.log(2)}}, 0.25),
        ("spread", {"answers": ("1", "1", "2", None)}, 0.5),
        ("spread", {"answers": ("1", "1")}, 0.0),
    ],
)
def test_rewards_of_curiosity(name, given, reward):
    config = make_config("classroom", proposer_reward=name)
    assert sum(reward_parts(record(config=config, **given)).values()) == pytest.approx(reward)


def test_controls_of_the_solver():
    for status, form, inverted in (("ok", 1.0, -0.5), ("wrong", 1.0, 1.0), ("unparsable", -1.0, -1.0)):
        for name, reward in (("form", form), ("inverted", inverted)):
            one = RewardRecord("solve", "deduction", Verdict(status), config=make_config("paper", solver_reward=name))
            assert sum(reward_parts(one).values()) == reward


@pytest.fixture
def own():
    """Rewards and signals that a test registers are forgotten after it."""
    kept = dict(_REWARDS), dict(SIGNALS)
    yield
    for one, old in zip((_REWARDS, SIGNALS), kept, strict=True):
        one.clear()
        one.update(old)


def test_a_signal_of_ones_own(own, environment):
    @signal("longest")
    def longest(step):
        return [max(len(r.completion_ids) for r in answers) for answers in step.answers]

    @proposer_reward("by_length", needs=("longest",))
    def by_length(record):
        return record.signals["longest"] / 100

    config = make_config("classroom", **SMALL, proposer_reward="by_length")
    check_rewards(config)
    trace = SelfPlay(config, load_policy("tiny"), environment).step(train=False)
    tried = [r for r in trace.of("propose") if r.task is not None]
    answers = {r.task.id: [] for r in tried}
    for r in trace.of("solve"):
        answers.setdefault(r.task.id, []).append(len(r.completion_ids))
    assert tried and all(r.reward == pytest.approx(max(answers[r.task.id][:4]) / 100) for r in tried)
    with pytest.raises(RewardError, match="exists already"):
        signal("novelty")(longest)


@pytest.mark.parametrize(
    "values, says", [([1.0] * 99, "99 values for"), ([math.nan], "not finite"), (None, "TypeError")]
)
def test_a_broken_signal_is_named(own, step, values, says):
    signal("broken")(lambda step: values and (values * len(step.tasks) if len(values) == 1 else values))
    with pytest.raises(RewardError, match=f"signal 'broken', step 7, failed: .*{says}"):
        Signals(("broken",), step.roles).measure(7, step.answers)


def test_what_cannot_be_had_is_refused_before_the_run(own, step, monkeypatch):
    proposer_reward("lost", needs=("nowhere",))(lambda record: 0.0)
    with pytest.raises(RewardError, match="proposer reward 'lost' needs the signal 'nowhere': there are gold_nll"):
        check_rewards(make_config("classroom", proposer_reward="lost"))
    monkeypatch.setattr(type(step.roles.prompt_format), "before_answer", lambda self, text: None)
    with pytest.raises(RewardError, match="prompt format compact has none"):
        Signals(("gold_nll",), step.roles)


def test_a_killed_run_goes_on_to_the_same_result(tmp_path):
    from azr_nb.runs.train import train

    config = make_config(
        "classroom",
        **SMALL,
        steps=7,
        save_every=2,
        proposer_reward="progress",
        eval_tasks=1,
        eval_samples=1,
        intrinsic={"seldom": 0.5},
    )

    proposer = _REWARDS["proposer", "novelty"]
    _REWARDS["intrinsic", "seldom"] = type(proposer)("intrinsic", "seldom", proposer.function, "", False, ("novelty",))
    try:
        whole = train(config, tmp_path / "whole", progress=False, report=False).folder
        cut = shutil.copytree(whole, tmp_path / "cut")
        shutil.rmtree(cut / "checkpoints/checkpoint-7")
        kept = json.loads((cut / "summary.json").read_text())
        (cut / "summary.json").write_text(json.dumps({name: v for name, v in kept.items() if name != "after"}))
        assert (cut / "checkpoints/checkpoint-6/signals.safetensors").is_file()
        train(None, cut, resume=True, progress=False, report=False)
    finally:
        del _REWARDS["intrinsic", "seldom"]
    rows = [(folder / "metrics.csv").read_text().splitlines() for folder in (whole, cut)]
    assert len(rows[0]) == 8
    names = rows[0][0].split(",")
    skip = {i for i, name in enumerate(names) if name.startswith("seconds_") or name == "minutes"}
    for a, b in zip(*rows, strict=True):
        parts = [[v for i, v in enumerate(line.split(",")) if i not in skip] for line in (a, b)]
        assert parts[0] == parts[1]
    after = [json.loads((folder / "summary.json").read_text())["after"] for folder in (whole, cut)]
    assert after[0] == after[1]
