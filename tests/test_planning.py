"""Planning: exact counts against built models, laws that memory and time keep, the table on the page, the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from azr_nb import planning, planning_pages
from azr_nb.commands import plan as command
from azr_nb.config import ConfigError
from azr_nb.planning import SHARDED, STRATEGIES, Plan, fits, memory, seconds, usual
from azr_nb.planning_counts import activation_bytes, lora_parameters, parameters, work
from azr_nb.planning_tables import CLASSROOM, DEVICES, LAPTOP, SHAPES, Batch, ModelShape

ROOT = Path(__file__).parents[1]
# parameters as the models' own pages count them
PUBLISHED = {"smollm2-135m": 134_515_008, "qwen2.5-coder-0.5b": 494_032_768, "qwen2.5-coder-1.5b": 1_543_714_304,
             "qwen2.5-coder-3b": 3_085_938_688, "qwen2.5-coder-7b": 7_615_616_512}  # fmt: skip
SMALL = [
    ModelShape("llama", 97, 64, 2, 4, 2, 16, 176, tied=False, biased=False),
    ModelShape("wide heads", 97, 64, 2, 4, 2, 32, 100, tied=True, biased=False),
    ModelShape("qwen2", 101, 96, 3, 6, 2, 16, 200, tied=True, biased=True),
    ModelShape("qwen2, untied", 101, 64, 1, 4, 4, 16, 200, tied=False, biased=True),
]


def build(shape: ModelShape):
    """The transformers model of a shape, on whatever device is set."""
    from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config

    config = (Qwen2Config if shape.biased else LlamaConfig)(
        vocab_size=shape.vocabulary, hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, num_key_value_heads=shape.kv_heads, head_dim=shape.head_dim,
        intermediate_size=shape.intermediate, tie_word_embeddings=shape.tied,
    )  # fmt: skip
    return AutoModelForCausalLM.from_config(config)


def adapted(shape: ModelShape, rank: int):
    from peft import LoraConfig, get_peft_model

    return get_peft_model(build(shape), LoraConfig(r=rank, target_modules="all-linear", task_type="CAUSAL_LM"))


@pytest.mark.parametrize("shape", [*SHAPES.values(), *SMALL], ids=lambda shape: shape.name)
def test_parameters_are_exact(shape):
    import torch

    with torch.device("meta"):
        model = adapted(shape, 8)
    found = {True: 0, False: 0}
    for name, parameter in model.named_parameters():
        found["lora_" in name] += parameter.numel()
    assert found == {True: lora_parameters(shape, 8), False: parameters(shape)}
    assert parameters(shape) == PUBLISHED.get(shape.name, parameters(shape))


def test_the_tiny_shape_is_that_of_the_bundled_policy():
    config = json.loads((ROOT / "azr_nb/assets/tiny/config.json").read_text())
    tiny = SHAPES["tiny"]
    named = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
             "intermediate_size", "tie_word_embeddings", "attention_bias")  # fmt: skip
    assert [config[name] for name in named] == list(vars(tiny).values())[1:]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("shape", [SMALL[0], SMALL[2]], ids=lambda shape: shape.name)
def test_activations_are_what_autograd_keeps(shape, precision):
    """Half the difference between models of one and three layers, less the copies of LoRA that autocast keeps."""
    import torch

    tokens, rank, kept = 256, 8, {}
    for layers in (1, 3):
        model = adapted(replace(shape, layers=layers), rank).train()
        if precision == "bfloat16":
            for name, parameter in model.named_parameters():
                if "lora_" not in name:
                    parameter.data = parameter.data.bfloat16()
        weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
        storages = {}  # with the tensors, so that no address is used twice

        def pack(tensor, storages=storages, weights=weights):
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in weights:
                storages[storage.data_ptr()] = storage.nbytes(), tensor
            return tensor

        ids = torch.randint(0, shape.vocabulary, (1, tokens))
        with (
            torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
            torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"),
        ):
            out = model.get_base_model().model(input_ids=ids, use_cache=False)
        kept[layers] = sum(size for size, _ in storages.values())
        del out
    found = (kept[3] - kept[1]) / 2
    copies = 2 * lora_parameters(replace(shape, layers=1), rank) if precision == "bfloat16" else 0
    assert (found - copies) / tokens == pytest.approx(activation_bytes(shape, rank, precision), rel=0.02)


# --- laws ----------------------------------------------------------------------------------------------------------
batches = st.builds(
    Batch,
    proposals_per_type=st.integers(1, 200),
    solve_rate_samples=st.integers(1, 32),
    solve_tasks_per_type=st.integers(0, 200),
    solve_samples=st.integers(1, 16),
    train_on_solve_rate_samples=st.booleans(),
    valid=st.floats(0, 1),
    prompt_tokens=st.integers(1, 4000),
    completion_tokens=st.integers(1, 4000),
    micro_batch_tokens=st.integers(256, 32_768),
    logits_at_once=st.none() | st.integers(1, 2**31),
)
plans = st.builds(
    Plan,
    model=st.sampled_from([*SHAPES.values(), *SMALL]),
    device=st.sampled_from(list(DEVICES.values())),
    gpus=st.integers(1, 64),
    strategy=st.sampled_from(STRATEGIES),
    batch=batches,
    lora_rank=st.integers(1, 256),
    precision=st.sampled_from(planning.PRECISIONS),
    checkpointing=st.booleans(),
    generation=st.sampled_from(planning.GENERATION),
    vllm_memory=st.floats(0.1, 0.9),
)


@given(plans)
@settings(max_examples=60, deadline=None)
def test_every_part_is_positive_and_the_peak_holds_the_largest(plan):
    space, time = memory(plan), seconds(plan)
    assert all(value >= 0 for value in (*space.values(), *time.values()))
    assert max(value for name, value in space.items() if name != "total") <= space["total"]
    assert time["total"] == pytest.approx(sum(value for name, value in time.items() if name != "total"))


@given(plans, st.integers(1, 64))
@settings(max_examples=60, deadline=None)
def test_more_gpus_never_need_more_memory_on_each(plan, more):
    assert memory(replace(plan, gpus=plan.gpus + more))["total"] <= memory(plan)["total"] * (1 + 1e-12)


@given(plans)
@settings(max_examples=60, deadline=None)
def test_spreading_more_never_needs_more_memory(plan):
    # logits are made in parts under ddp alone, which is left out of the comparison
    plan = replace(plan, batch=replace(plan.batch, logits_at_once=None))
    used = {strategy: memory(replace(plan, strategy=strategy))["total"] for strategy in STRATEGIES}
    assert used["zero3"] <= used["zero2"] <= used["ddp"]
    assert used["zero3"] <= used["fsdp"] <= used["ddp"]


@given(plans)
@settings(max_examples=60, deadline=None)
def test_checkpointing_trades_time_for_memory(plan):
    with_it, without = replace(plan, checkpointing=True), replace(plan, checkpointing=False)
    assert memory(with_it)["activations"] <= memory(without)["activations"] * 1.5  # one layer: its input comes on top
    if plan.model.layers > 1:
        assert memory(with_it)["activations"] <= memory(without)["activations"]
    assert seconds(with_it)["update"] > seconds(without)["update"]


@given(plans, st.integers(1, 16))
@settings(max_examples=60, deadline=None)
def test_more_work_never_takes_less(plan, more):
    for name in ("proposals_per_type", "solve_rate_samples", "completion_tokens", "prompt_tokens"):
        larger = replace(plan.batch, **{name: getattr(plan.batch, name) + more})
        assert seconds(replace(plan, batch=larger))["total"] >= seconds(plan)["total"] * (1 - 1e-9), name
        assert work(larger)["tokens"] >= work(plan.batch)["tokens"]
    whole = replace(plan, batch=replace(plan.batch, logits_at_once=None))
    assert memory(plan)["logits"] <= memory(whole)["logits"]


def test_only_spread_weights_are_divided_and_pay_for_it():
    seven = SHAPES["qwen2.5-coder-7b"]
    whole = usual(seven, DEVICES["a100-80"], 4, batch=Batch(micro_batch_tokens=8192))
    for strategy in STRATEGIES:
        plan = replace(whole, strategy=strategy)
        assert (memory(plan)["weights"] < memory(whole)["weights"]) == (strategy in SHARDED)
        assert (seconds(plan)["update"] > seconds(whole)["update"]) == (strategy in SHARDED)


def test_the_logits_are_what_does_not_fit():
    small, t4 = SHAPES["qwen2.5-coder-0.5b"], DEVICES["t4"]
    whole = usual(small, t4, batch=Batch(logits_at_once=None))
    assert not fits(whole) and fits(usual(small, t4))
    assert memory(whole)["logits"] == 3 * 4 * 8192 * 151_936
    assert whole.precision == "float32"  # which is what a run takes where there is no bfloat16


def test_a_plan_is_of_the_step_that_preset_and_recipe_start():
    from azr_nb.config import make_config
    from azr_nb.recipes import RECIPES

    batch, settings = Batch(), make_config("gpu")
    plan = usual(SHAPES["qwen2.5-coder-1.5b"], DEVICES["a100-80"])
    for name in ("micro_batch_tokens", "lora_rank", "vllm_memory"):
        assert getattr(plan, name) == getattr(settings, name), name
    for name in ("proposals_per_type", "solve_rate_samples", "solve_tasks_per_type", "solve_samples",
                 "train_on_solve_rate_samples"):  # fmt: skip
        assert getattr(batch, name) == getattr(settings, name), name
    for strategy in STRATEGIES[1:]:
        spread = usual(plan.model, plan.device, 2, strategy)
        asked = make_config("gpu", **dict(setting.split("=") for setting in RECIPES[strategy].settings))
        assert spread.micro_batch_tokens == asked.micro_batch_tokens < plan.micro_batch_tokens
        assert (spread.generation == "own") == (asked.generation == "transformers") == (strategy == "fsdp")
    with pytest.raises(ConfigError, match="no vLLM"):
        usual(plan.model, plan.device, 2, "fsdp", generation="colocate")


def test_vllm_has_its_share_for_weights_and_samples():
    three, card = SHAPES["qwen2.5-coder-3b"], DEVICES["rtx4090-24"]
    plan = usual(three, card)
    assert fits(plan) and memory(plan)["generation"] == 0.3 * card.memory
    assert seconds(plan)["generation"] > seconds(usual(three, card, vllm_memory=0.5))["generation"]
    assert not fits(usual(three, card, vllm_memory=0.2))  # its weights alone take more
    with pytest.raises(ConfigError, match="between 0 and 1"):
        usual(three, card, vllm_memory=1.5)


def test_spread_weights_are_whole_before_training():
    plan = usual(SHAPES["qwen2.5-coder-7b"], DEVICES["a100-80"], 64, "zero3")
    space = memory(plan)
    assert space["weights"] < 0.2 * 2 * parameters(plan.model)
    assert space["total"] >= space["framework"] + 2 * parameters(plan.model) + space["generation"]


def test_logits_are_kept_in_parts_as_the_packed_update_makes_them():
    from azr_nb import packing

    assert Batch().logits_at_once == packing.HEAD_NUMBERS


def test_the_measured_steps_are_within_a_factor_of_two():
    for (model, device, batch), found in planning.MEASURED.items():
        plan = usual(SHAPES[model], DEVICES[device], batch=batch, lora_rank=16)
        predicted = seconds(plan)
        assert planning.measured(plan) == found and planning.measured(replace(plan, lora_rank=8)) is None
        assert found.generation + found.update + found.executor <= found.total
        # the parts of SmolLM2's step are further off, as the page says
        for stage in ("generation", "update", "executor", "total") if model == "tiny" else ("update", "total"):
            assert 0.5 < predicted[stage] / getattr(found, stage) < 2, (model, stage)


@pytest.mark.parametrize(
    ("run", "model", "batch"), [("healthy", "tiny", CLASSROOM), ("language", "smollm2-135m", LAPTOP)]
)
def test_the_measured_steps_are_the_recorded_runs(run, model, batch):
    import statistics

    from azr_nb.plots import read_metrics
    from azr_nb.runs.shipped import open_run

    rows = read_metrics(open_run(run) / "metrics.csv")
    mean = lambda name: statistics.mean(float(value) for value in rows[name])  # noqa: E731
    found = planning.MEASURED[(model, "cpu", batch)]
    assert found.total == pytest.approx(mean("seconds_total"), abs=0.01)
    assert found.update == pytest.approx(mean("seconds_update"), abs=0.01)
    assert found.generation == pytest.approx(mean("seconds_propose") + mean("seconds_solve"), abs=0.01)
    generated = work(batch)["samples"] * batch.completion_tokens
    assert generated == pytest.approx(mean("tokens_generated"), rel=0.05)


# --- page and command ----------------------------------------------------------------------------------------------
def test_the_page_holds_the_table():
    page = (ROOT / "notebooks/teaching/gpus.md").read_text(encoding="utf-8")
    table = page.split("<!-- plan:begin -->\n```\n")[1].split("\n```\n<!-- plan:end -->")[0]
    assert table == planning_pages.plan_table(planning_pages.page_plans())
    assert "Nothing on this page was run on a GPU" in page.replace("\n", " ")


def run(*arguments: str):
    app = typer.Typer()
    command.register(app)
    return CliRunner().invoke(app, [*arguments])


def test_the_command_prints_one_plan_or_the_grid():
    one = run("--model", "qwen2.5-coder-7b", "--device", "a100-80", "--gpus", "2", "--strategy", "zero3", "--formula")
    assert one.exit_code == 0 and "zero3" in one.output and "checkpointing" in one.output
    rows = json.loads(run("--device", "t4", "--json").output)
    assert [row["model"] for row in rows] == list(SHAPES)
    assert {"bytes_per_gpu", "seconds_per_step", "fits"} == set(rows[0]["predicted"])
    assert {row["strategy"] for row in json.loads(run("--generation", "colocate", "--json").output)} == {"ddp", "zero3"}
    grid = run().output.splitlines()
    assert len(grid) == 2 + 2 * len(DEVICES) + 4 * (len(DEVICES) - 1)


@pytest.mark.parametrize(
    "arguments",
    [("--model", "gpt"), ("--device", "abacus"), ("--gpus", "2"), ("--recipe", "cake"),
     ("--model", "tiny", "--device", "t4", "--strategy", "zero9"),
     ("--model", "tiny", "--device", "t4", "--precision", "int1")],
)  # fmt: skip
def test_what_cannot_be_is_one_line(arguments):
    error = run(*arguments).exception
    assert isinstance(error, ConfigError) and "\n" not in str(error)
