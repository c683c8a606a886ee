"""Plans as tables: known models on known devices, numbers for JSON, plain text, and the formulas in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azr_nb.planning import STRATEGIES, Plan, fits, measured, memory, seconds, usual
from azr_nb.planning_counts import parameters
from azr_nb.planning_tables import CLASSROOM, DEVICES, GIB, LAPTOP, SHAPES, Batch


def grid(devices: Iterable[str] = tuple(DEVICES), models: Iterable[str] = tuple(SHAPES), **other: Any) -> list[Plan]:
    """Known models on known devices: one device where that is enough, else the first of 2, 4 and 8 that fits.

    Several have FSDP, or ZeRO-3 where vLLM is asked for. The CPU is left out for models above 200 million parameters.
    """
    plans, spread = [], "fsdp" if other.get("generation", "own") == "own" else "zero3"
    for model in models:
        for device in devices:
            if device == "cpu" and parameters(SHAPES[model]) > 2e8:
                continue
            sizes = ((1, "ddp"),) if device == "cpu" else ((1, "ddp"), *((n, spread) for n in (2, 4, 8)))
            tried = [usual(SHAPES[model], DEVICES[device], *size, **other) for size in sizes]
            plans.append(next(filter(fits, tried), tried[-1]))
    return plans


def page_plans() -> list[Plan]:
    """The plans in the table of `notebooks/teaching/gpus.md`."""
    plans = [usual(SHAPES[model], DEVICES["cpu"], batch=b, lora_rank=16)
             for model, b in (("tiny", CLASSROOM), ("smollm2-135m", LAPTOP))]  # fmt: skip
    whole = Batch(logits_at_once=None)
    plans += [usual(SHAPES["qwen2.5-coder-1.5b"], DEVICES["rtx4090-24"], batch=b) for b in (whole, Batch())]
    plans += grid(("rtx4090-24", "a100-80", "h100-80"), ("smollm2-135m", "qwen2.5-coder-3b", "qwen2.5-coder-7b"))
    seven = SHAPES["qwen2.5-coder-7b"]
    return plans + [usual(seven, DEVICES["a100-80"], 2, strategy) for strategy in STRATEGIES]


def row(p: Plan) -> dict[str, Any]:
    """A plan as numbers for JSON: what was asked, bytes and seconds predicted, whether it fits, what was measured."""
    found = measured(p)
    return {
        "model": p.model.name, "parameters": parameters(p.model), "device": p.device.name, "gpus": p.gpus,
        "strategy": p.strategy, "precision": p.precision, "checkpointing": p.checkpointing,
        "generation": p.generation, "vllm_memory": p.vllm_memory, "lora_rank": p.lora_rank,
        "batch": vars(p.batch) | {"micro_batch_tokens": p.micro_batch_tokens},
        "predicted": {"bytes_per_gpu": memory(p), "seconds_per_step": seconds(p), "fits": fits(p)},
        "measured": vars(found) if found else None,
    }  # fmt: skip


def plan_table(plans: Iterable[Plan]) -> str:
    """The plans as plain text: GiB on each GPU and seconds of a step, all predicted, and what was measured of them."""
    head = ("model", "device", "n", "strategy", "weights", "adapter", "activ.", "logits", "gener.", "peak", "fits",
            "gen s", "update s", "step s", "measured")  # fmt: skip
    cells = [head]
    for p in plans:
        space, time, found = memory(p), seconds(p), measured(p)
        names = ("weights", "adapter", "activations", "logits", "generation", "total")
        cells.append((
            p.model.name, p.device.name, str(p.gpus), p.strategy if p.gpus > 1 else "-",
            *(f"{space[name] / GIB:.1f}" for name in names), "yes" if fits(p) else "no",
            *(f"{time[name]:.1f}" for name in ("generation", "update", "total")),
            f"{found.total:.2f} s" if found else "-",
        ))  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = (0, 1, 3)
    return "\n".join(
        "  ".join(c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in cells
    )


def formula_text() -> str:
    """The formulas in words, one paragraph."""
    return (
        "Memory of a GPU: the frozen weights at two bytes each (divided by the GPUs under ZeRO-3 and FSDP, plus "
        "two layers and the embedding gathered); the LoRA adapter at four bytes for each of its values, its "
        "gradient three times and AdamW's two averages; 1.5 GiB for CUDA; and the larger of two things that take "
        "turns. One is the update: what each layer keeps per token for the backward pass (with checkpointing only "
        "its input, and one layer whole), and logits, which surprise people: tokens of a forward pass x vocabulary "
        "x 4 bytes x 3, 15 GB for 8,192 tokens and Qwen's 151,936 words, unless they are made in parts, as the "
        "packed update does (2**25 at a time). The other is generation: vLLM's share of the GPU, "
        "which holds its own copy of the weights, and for up to 256 samples at a time 2 x layers x KV heads x head "
        "size x 2 bytes per token. Weights are spread when training begins, and whole before, which can be the "
        "highest point. Time of a step: decoding, "
        "where each token of all samples reads the weights and the keys and values once at 60 % of the memory's "
        "peak; prompts, 2 operations per parameter and token at 40 % of peak FLOP/s; the update, 4 per parameter "
        "and token (6 less the 2 for gradients that frozen weights do not need), 2 more with checkpointing, and "
        "attention; gathering spread weights over the link; and 10,000 programs a second."
    )
