"""What weighs how much in the loss, how far the sampler is from the trainer, and numbers that are not finite."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from test_reference_update import collected  # noqa: E402, F401
from test_training import gradients_of, play  # noqa: E402

from azr_nb.learning.learner import Learner  # noqa: E402
from azr_nb.policy.load import load_policy  # noqa: E402
from azr_nb.rewards.baselines import group_weights  # noqa: E402
from azr_nb.tasks import ROLES, TASK_TYPES, BrokenRun, Rollout  # noqa: E402

ROWS = st.lists(
    st.tuples(st.sampled_from(ROLES), st.sampled_from(TASK_TYPES), st.integers(1, 9)), min_size=1, max_size=40
)


# --- balance ---------------------------------------------------------------------------------------------------------
@given(ROWS, st.sampled_from(["rows", "roles", "groups"]), st.booleans())
def test_weights_have_the_mean_one_and_equal_parts(rows, balance, by_tokens):
    rollouts = [Rollout(role, kind, "", "", completion_ids=[1] * size) for role, kind, size in rows]
    weights = group_weights(rollouts, balance, by_tokens)
    parts: dict[str, float] = {}
    for r in rollouts:
        share = weights[f"{r.role}/{r.type}"] * (len(r.completion_ids) if by_tokens else 1)
        key = {"rows": "all", "roles": r.role, "groups": f"{r.role}/{r.type}"}[balance]
        parts[key] = parts.get(key, 0.0) + share
    total = sum(len(r.completion_ids) for r in rollouts) if by_tokens else len(rollouts)
    assert sum(parts.values()) == pytest.approx(total)
    assert max(parts.values()) == pytest.approx(min(parts.values()))


def test_worse_answers_weigh_what_they_are_told_to(environment):
    """With weight 0 only answers above their baseline are learned from; the proposer's advantages stay."""
    rows = [
        Rollout(role, "deduction", "", "", completion_ids=[1], trained=True, reward=reward)
        for role in ROLES
        for reward in (0.0, 1.0, 1.0)
    ]
    one, seen = play(environment), {}
    for weight in (1.0, 0.25, 0.0):
        one.config = one.config.model_copy(update={"wrong_weight": weight, "advantage": "role_type"})
        one._set_advantages(rows, 0)
        seen[weight] = [row.advantage for row in rows]
    for weight in (0.25, 0.0):
        for row, plain, found in zip(rows, seen[1.0], seen[weight], strict=True):
            assert found == pytest.approx(plain * (weight if row.role == "solve" and plain < 0 else 1.0))
    assert min(seen[0.0][len(rows) // 2 :]) == 0.0 or min(seen[0.0][: len(rows) // 2]) == 0.0


@pytest.mark.parametrize("aggregation", ["sequence", "token"])
@pytest.mark.parametrize("balance, part_of", [("roles", lambda r: r.role), ("groups", lambda r: (r.role, r.type))])
def test_a_balanced_gradient_is_the_mean_of_the_gradients_of_its_parts(
    collected,  # noqa: F811
    aggregation,
    balance,
    part_of,
    tmp_path,  # noqa: F811
):
    base, rollouts = collected
    settings = {"loss_aggregation": aggregation, "role_balance": balance, "micro_batch_tokens": 900}
    config = base.model_copy(update=settings)
    trained = [r for r in rollouts if r.trained]
    for i, r in enumerate(trained):
        r.advantage = math.sin(3 * i)
    _, whole = gradients_of(config, trained, tmp_path)
    parts = {part_of(r) for r in trained}
    alone = config.model_copy(update={"role_balance": "rows"})
    each = [gradients_of(alone, [r for r in trained if part_of(r) == part], tmp_path)[1] for part in parts]
    mean = [sum(gradients) / len(parts) for gradients in zip(*each, strict=True)]
    assert len(parts) > 1 and max(float(g.abs().max()) for g in whole) > 1e-3
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(whole, mean, strict=True))


def test_a_step_tells_whose_advantages_and_gradients_there_are(environment):
    shares = {}
    for balance in ("rows", "groups"):
        one = play(environment, preset="classroom", role_balance=balance)
        row = one.step().metrics
        assert 0 <= row["gradient_share/propose"] <= 1
        shares[balance] = row["advantage_share/propose"]
    assert 0 < shares["rows"] < shares["groups"] < 1  # there are fewer proposals than answers


# --- entropy and the sampler -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("fast", [True, False])
def test_samplers_tell_log_probabilities_and_the_entropy_at_temperature_one(temperature, fast):
    from azr_nb.policy.generate import plain_generate
    from azr_nb.policy.sampler import Sampler

    policy = load_policy("tiny")
    prompts = policy.encode(["# solve deduction\ndef f(a):\n    return a\nf(3)\n#>", "# propose deduction\n"])
    generator = torch.Generator().manual_seed(5)
    draw = Sampler(policy.model).sample if fast else lambda *args: plain_generate(policy, *args)
    for prompt, samples in zip(prompts, draw(prompts, 3, 24, temperature, generator), strict=True):
        for sample in samples:
            with torch.no_grad():
                logits = policy.model(torch.tensor([prompt + sample.ids])).logits[0, len(prompt) - 1 : -1].float()
            chosen = torch.log_softmax(logits / temperature, -1).gather(-1, torch.tensor(sample.ids)[:, None])[:, 0]
            assert torch.allclose(torch.tensor(sample.log_probs), chosen, atol=1e-4)
            entropy = torch.distributions.Categorical(logits=logits).entropy().mean()
            assert sample.entropy == pytest.approx(float(entropy), abs=1e-4)


def test_entropy_is_that_of_all_samples_and_of_each_role(environment):
    one = play(environment, preset="classroom")
    trace = one.step()
    row, rollouts = trace.metrics, trace.rollouts
    for name, part in (("entropy", rollouts), *((f"entropy/{role}", trace.of(role)) for role in ROLES)):
        tokens = sum(len(r.completion_ids) for r in part)
        assert row[name] == pytest.approx(sum(r.entropy * len(r.completion_ids) for r in part) / tokens)
    assert row["sampler_gap"] < 1e-4 and "sampler_masked" not in row  # one program in float32


@pytest.mark.parametrize("aggregation", ["sequence", "token"])
def test_the_importance_correction_is_trls(collected, aggregation, tmp_path):  # noqa: F811
    """Each completion's gradient is multiplied by trainer / sampler, and left out where that is above TRL's bound."""
    base, rollouts = collected
    config = base.model_copy(update={"loss_aggregation": aggregation, "micro_batch_tokens": 900})
    trained = [r for r in rollouts if r.trained][:12]
    exact = [list(r.log_probs) for r in trained]
    model = load_policy("tiny").model
    for i, r in enumerate(trained):
        r.advantage = math.sin(3 * i) + 0.1
    # the policy of `gradients_of` has an adapter, so that its log-probabilities are not the sampler's
    probe = trainer_with_adapter(config, tmp_path)
    ratios = [
        math.exp(sum(log_probs_of(probe.model, r, config.temperature)) - sum(old))
        for r, old in zip(trained, exact, strict=True)
    ]
    trained[0].log_probs = [p - 2.0 for p in exact[0]]  # the trainer finds it far likelier: left out
    ratios[0] = math.inf
    _, found = gradients_of(config.model_copy(update={"importance_correction": "on"}), trained, tmp_path)
    trained[0].log_probs = exact[0]
    for r, ratio in zip(trained, ratios, strict=True):
        r.advantage *= ratio if ratio <= 3.0 else 0.0
    _, wanted = gradients_of(config.model_copy(update={"importance_correction": "off"}), trained, tmp_path)
    assert model is not None and max(float(g.abs().max()) for g in wanted) > 1e-3
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found, wanted, strict=True))


def trainer_with_adapter(config, folder):
    policy = load_policy("tiny")
    torch.manual_seed(0)
    trainer = Learner(policy, config, folder).trainer
    for name, parameter in trainer.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.02, generator=torch.Generator().manual_seed(1))
    return trainer


def log_probs_of(model, rollout, temperature):
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([rollout.prompt_ids + rollout.completion_ids])).logits[0] / temperature
    log_p = torch.log_softmax(logits[len(rollout.prompt_ids) - 1 : -1], -1)
    return log_p.gather(-1, torch.tensor(rollout.completion_ids)[:, None])[:, 0].tolist()


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({}, False),
        ({"importance_correction": "on"}, True),
        ({"precision": "bfloat16"}, True),
        ({"precision": "bfloat16", "importance_correction": "off"}, False),
    ],
)
def test_the_correction_is_on_where_sampler_and_trainer_are_not_one_program(collected, settings, expected, tmp_path):  # noqa: F811
    base, rollouts = collected
    config = base.model_copy(update=settings)
    policy = load_policy("tiny", precision=config.precision)
    assert Learner(policy, config, tmp_path).trainer.corrects is expected


# --- numbers that are not finite -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "harm, words",
    [
        (lambda rows: setattr(rows[3], "advantage", math.nan), "the loss of .* is nan"),
        (lambda rows: setattr(rows[3], "advantage", 3e38), "(the loss|the gradient) of .* is -?(nan|inf)"),
    ],
)
def test_an_update_that_is_no_number_is_not_made(collected, harm, words, tmp_path):  # noqa: F811
    base, rollouts = collected
    config = base.model_copy(update={"micro_batch_tokens": 900})
    trained = [r for r in rollouts if r.trained]
    kept = [r.advantage for r in trained]
    harm(trained)
    try:
        with pytest.raises(BrokenRun, match=f"step 0: {words}.*task.*no update"):
            gradients_of(config, trained, tmp_path)
    finally:
        for r, value in zip(trained, kept, strict=True):
            r.advantage = value


def test_weights_that_are_no_numbers_are_found(collected, tmp_path):  # noqa: F811
    base, rollouts = collected
    trainer = trainer_with_adapter(base, tmp_path)
    trainer.check_weights()
    name, weight = next((n, p) for n, p in trainer.model.named_parameters() if p.requires_grad)
    with torch.no_grad():
        weight[0, 0] = math.nan
    with pytest.raises(BrokenRun, match="1 trained weights are not finite"):
        trainer.check_weights()


@pytest.mark.parametrize("size", [1e300, 3e38])
def test_rewards_too_large_to_compare_end_the_step(environment, size):
    from azr_nb.rewards import solver_reward

    @solver_reward("giant")
    def giant(record):
        return size if record.index % 2 else -size

    one = play(environment, solver_reward="giant", advantage="task_unscaled" if size < 1e300 else "role_type")
    one.seed()
    with pytest.raises(BrokenRun, match="step 0"):
        one.step()


def test_a_policy_without_an_adapter_has_log_probabilities():
    from azr_nb.learning.packing import Packed

    policy = load_policy("tiny")
    row = Rollout("solve", "deduction", "", "", [5, 6, 7], [8, 9])
    found, _ = Packed([row], 2, "cpu").log_probs(policy.model, 1.0, False)
    assert torch.allclose(found[0], torch.tensor(log_probs_of(policy.model, row, 1.0)), atol=1e-5)
