"""`azr-nb plan`: predict memory and time of a self-play step on GPUs, and show how to start one there."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def plan(
    model: Annotated[str | None, typer.Option(help="a known model, such as qwen2.5-coder-1.5b")] = None,
    device: Annotated[str | None, typer.Option(help="a known device, such as a100-80")] = None,
    gpus: Annotated[int, typer.Option(min=1, max=10**9, help="number of GPUs")] = 1,
    strategy: Annotated[str, typer.Option(help="ddp, zero2, zero3 or fsdp")] = "ddp",
    proposals: Annotated[int, typer.Option(min=1, max=10**9, help="proposals per task type and step")] = 64,
    samples: Annotated[
        int, typer.Option(min=1, max=10**9, help="solver samples per valid proposal for its solve rate")
    ] = 8,
    solve_tasks: Annotated[int, typer.Option(min=0, max=10**9, help="tasks per type in the solver's own batch")] = 64,
    prompt_tokens: Annotated[int, typer.Option(min=1, max=10**9, help="mean tokens of a prompt")] = 600,
    completion_tokens: Annotated[int, typer.Option(min=1, max=10**9, help="mean tokens of a completion")] = 300,
    micro_batch_tokens: Annotated[
        int | None,
        typer.Option(min=1, max=10**9,
                     help="tokens of one forward pass on one GPU; 8,192, or 4,096 if anything is spread"),
    ] = None,
    lora_rank: Annotated[int, typer.Option(min=1, max=10**9, help="rank of the LoRA adapter")] = 64,
    precision: Annotated[
        str | None, typer.Option(help="float32 or bfloat16; by default what a run takes on the device")
    ] = None,
    checkpointing: Annotated[
        bool | None,
        typer.Option("--checkpointing/--no-checkpointing", help="recompute activations; by default on GPUs"),
    ] = None,
    generation: Annotated[
        str | None, typer.Option(help="colocate (vLLM on the same GPUs), server (on others) or own (no vLLM)")
    ] = None,
    vllm_memory: Annotated[
        float, typer.Option(help="share of the GPU for vLLM with its copy of the weights, between 0 and 1")
    ] = 0.3,
    formula: Annotated[bool, typer.Option("--formula", help="say how the numbers are made")] = False,
    recipe: Annotated[
        str | None,
        typer.Option(help="print the accelerate file and command of a kind of machine, for --model; list: all"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Predict memory per GPU and seconds per self-play step; without a model or device, for all that are known.

    Example: azr-nb plan --model qwen2.5-coder-7b --device a100-80 --gpus 2 --strategy fsdp
    """
    from azr_nb.config import ConfigError
    from azr_nb.planning import usual
    from azr_nb.planning_pages import formula_text, grid, plan_table, row
    from azr_nb.planning_tables import DEVICES, SHAPES, Batch
    from azr_nb.recipes import RECIPES, recipe_text

    if recipe is not None:
        names = tuple(RECIPES) if recipe == "list" else (recipe,)
        print("\n\n".join(recipe_text(name, model) for name in names))
        return
    for name, known, what in ((model, SHAPES, "model"), (device, DEVICES, "device")):
        if name is not None and name not in known:
            raise ConfigError(f"nothing is known about {what} {name!r}: choose one of {', '.join(known)}")
    batch = Batch(proposals, samples, solve_tasks, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens,
                  micro_batch_tokens=micro_batch_tokens)  # fmt: skip
    asked = {"precision": precision, "checkpointing": checkpointing, "generation": generation}
    other = {"batch": batch, "lora_rank": lora_rank, "vllm_memory": vllm_memory}
    other |= {name: value for name, value in asked.items() if value is not None}
    if model is None or device is None:
        if gpus > 1 or strategy != "ddp":
            raise ConfigError("--gpus and --strategy need a --model and a --device; without, the smallest that fits")
        plans = grid(tuple(DEVICES) if device is None else (device,), tuple(SHAPES) if model is None else (model,),
                     **other)  # fmt: skip
    else:
        plans = [usual(SHAPES[model], DEVICES[device], gpus, strategy, **other)]
    if as_json:
        print(json.dumps([row(p) for p in plans], indent=1))
        return
    print(plan_table(plans))
    print("GiB on each GPU and seconds of a step: predictions, but for the column measured.")
    if formula:
        print("\n" + formula_text())


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(plan)
