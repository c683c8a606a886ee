"""How much memory and time a self-play step takes, predicted from a model's shape and a device's peaks.

Formulas of a page, not a simulator: they say what fits and what dominates, and are meant to be right within a factor
of about two in time and a third in memory. Parameters, and activations on a CPU, are exact and tested so; two steps
were measured (`planning_tables.MEASURED`); everything else is a prediction and marked as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.hardware import LARGE
from azr_nb.planning_counts import activation_bytes, kv_bytes, layer_parameters, lora_parameters, parameters, work
from azr_nb.planning_tables import (
    CLASSROOM,
    DEVICES,
    GIB,
    LAPTOP,
    MEASURED,
    SHAPES,
    Batch,
    Device,
    Measured,
    ModelShape,
)

STRATEGIES = ("ddp", "zero2", "zero3", "fsdp")
SHARDED = ("zero3", "fsdp")  # those that spread the weights too
GENERATION = ("colocate", "server", "own")
PRECISIONS = ("float32", "bfloat16", "float16")

COMPUTE = 0.4  # share of a device's peak FLOP/s that large products reach: an assumption
READING = 0.6  # share of its peak bandwidth that decoding reaches: an assumption
USABLE = 0.92  # share of a GPU's memory that can be filled before fragments and spikes make it fail: an assumption
SEQUENCES = 256  # sequences that are decoded at a time (vLLM's own default)
LOGIT_COPIES = 3  # the logits, their log-softmax and its gradient, all in float32
GRADIENT_COPIES = 3  # the gradient, the one before the present group, and the change between, for norms by group
PROGRAMS = 10_000  # programs verified per second on two cores (measured, README)
CUDA = 1.5 * GIB  # context, kernels and the allocator's slack: an assumption
PYTHON = 0.5 * GIB  # a process on a CPU with torch and transformers loaded


@dataclass(frozen=True)
class Plan:
    """A step on some hardware. `generation`: vLLM on the training GPUs, on as many others, or the package's sampler.

    Raises `ConfigError` for what cannot be.
    """

    model: ModelShape
    device: Device
    gpus: int = 1
    strategy: str = "ddp"
    batch: Batch = Batch()
    lora_rank: int = 32
    precision: str = "bfloat16"
    checkpointing: bool = True
    generation: str = "colocate"

    def __post_init__(self) -> None:
        for value, known, name in ((self.strategy, STRATEGIES, "strategy"), (self.precision, PRECISIONS, "precision"),
                                   (self.generation, GENERATION, "generation")):  # fmt: skip
            if value not in known:
                raise ConfigError(f"unknown {name} {value!r}: choose one of {', '.join(known)}")
        if self.gpus < 1 or self.lora_rank < 1:
            raise ConfigError("a plan needs at least one GPU and a LoRA rank of at least 1")

    @property
    def bytes(self) -> int:
        """Bytes of a weight."""
        return 4 if self.precision == "float32" else 2

    @property
    def shards(self) -> int:
        """Parts that the weights are spread over."""
        return self.gpus if self.strategy in SHARDED else 1


# --- memory --------------------------------------------------------------------------------------------------------
def memory(p: Plan) -> dict[str, float]:
    """Bytes on each GPU, by what they are for; `total` is the highest point of a step, not the sum.

    weights = parameters x bytes / shards, and where they are spread two layers and the embedding gathered; adapter =
    LoRA parameters x 4 x (1 + gradients + 2 of AdamW); activations = tokens x bytes per layer, or with checkpointing
    one input per layer and one layer whole; logits = tokens x vocabulary x 4 x copies, or a part of them at a time;
    generation = a second copy of the weights for vLLM, and keys and values. vLLM sleeps while the update runs, so that
    the two share their place.
    """
    m, b, count = p.model, p.batch, parameters(p.model)
    resident = count / p.shards
    gathered = min(2 * layer_parameters(m) + m.vocabulary * m.hidden, count - resident)
    weights = p.bytes * (resident + gathered)
    lora = 4.0 * lora_parameters(m, p.lora_rank)
    spread = p.gpus if p.strategy.startswith("zero") else 1  # our FSDP recipe leaves the adapter whole
    adapter = lora / (spread if p.strategy == "zero3" else 1) + lora * (GRADIENT_COPIES + 2) / spread
    layer = activation_bytes(m, p.lora_rank, p.precision)
    kept = m.layers * m.hidden * p.bytes + layer if p.checkpointing else m.layers * layer
    whole = b.micro_batch_tokens * m.vocabulary
    at_once = b.logits_at_once if p.strategy == "ddp" else None  # under the others the head works whole
    logits = 4.0 * LOGIT_COPIES * min(whole, at_once or whole)
    sequences = min(work(b)["samples"] / p.gpus, SEQUENCES)
    cache = sequences * (b.prompt_tokens + b.completion_tokens) * kv_bytes(m, p.bytes)
    generation = {"colocate": cache + p.bytes * count, "server": 0.0, "own": cache}[p.generation]
    parts = {
        "weights": weights,
        "adapter": adapter,
        "activations": 1.0 * b.micro_batch_tokens * kept,
        "logits": logits,
        "generation": generation,
        "framework": PYTHON if p.device.name == "cpu" else CUDA,
    }
    working = max(parts["activations"] + logits, generation)
    return parts | {"total": weights + adapter + parts["framework"] + working}


def fits(p: Plan) -> bool:
    """Whether the highest point of a step stays below the usable share of the device's memory."""
    return memory(p)["total"] <= USABLE * p.device.memory


# --- time ----------------------------------------------------------------------------------------------------------
def training_flops(p: Plan) -> float:
    """Floating-point operations of an update, over all GPUs.

    Per token 6 x parameters, less 2 for the gradients of frozen weights, more 2 if the forward pass is done again; 6
    for each of the adapter's; attention's two products with the context, three times or four. The embedding is looked
    up and not multiplied, unless it is the head too.
    """
    m, b, again = p.model, p.batch, int(p.checkpointing)
    multiplied = parameters(m) - (0 if m.tied else m.vocabulary * m.hidden)
    attention = 4 * m.layers * m.heads * m.head_dim * (b.prompt_tokens + b.completion_tokens)
    per_token = (4 + 2 * again) * multiplied + (6 + 2 * again) * lora_parameters(m, p.lora_rank)
    return work(b)["tokens"] * (per_token + (3 + again) * attention)


def seconds(p: Plan) -> dict[str, float]:
    """Seconds of a step, by stage, with their `total`.

    generation: every sample's tokens one after the other, up to 256 samples at a time; each such pass reads the weights
    and the keys and values so far, or computes 2 x parameters per sample, whichever takes longer; and prompts are read
    at 2 x parameters per token. update: `training_flops`, kernel launches, and for spread weights their gathering, two
    or three times per forward pass. executor: two runs per proposal and one per answer.
    """
    m, b, d, count, todo = p.model, p.batch, p.device, parameters(p.model), work(p.batch)
    flops = COMPUTE * (d.single_flops if p.precision == "float32" else d.half_flops)
    samples = todo["samples"] / p.gpus
    together = max(1.0, min(samples, SEQUENCES))
    context = b.prompt_tokens + b.completion_tokens / 2
    reading = (p.bytes * count + together * context * kv_bytes(m, p.bytes)) / (READING * d.bandwidth)
    launches = m.layers * d.launch * (1.0 if p.generation == "own" else 0.1)  # vLLM replays recorded launches
    token = max(reading, together * 2 * count / flops) + launches
    decode = max(1.0, samples / together) * b.completion_tokens * token
    prefill = todo["prompts"] / p.gpus * b.prompt_tokens * 2 * count / flops
    passes = max(1.0, todo["tokens"] / p.gpus / b.micro_batch_tokens)
    again = int(p.checkpointing)
    update = training_flops(p) / p.gpus / flops + passes * m.layers * d.launch * (3 + again)
    if p.strategy in SHARDED:
        update += passes * (2 + again) * p.bytes * count * (1 - 1 / p.gpus) / d.link
    programs = 2 * b.task_types * b.proposals_per_type + todo["samples"]
    stages = {"generation": decode + prefill, "update": update, "executor": programs / PROGRAMS}
    return stages | {"total": sum(stages.values())}


def measured(p: Plan) -> Measured | None:
    """The measurement of exactly this step, if there is one."""
    if p != usual(p.model, p.device, batch=p.batch, lora_rank=16):
        return None
    return MEASURED.get((p.model.name, p.device.name, p.batch))


# --- to be read ----------------------------------------------------------------------------------------------------
def usual(model: ModelShape, device: Device, gpus: int = 1, strategy: str = "ddp", **other: Any) -> Plan:
    """A plan with what the device needs: half precision, or on a CPU our sampler and float32 for small models."""
    if device.name == "cpu":
        precision = "bfloat16" if parameters(model) >= LARGE else "float32"
        other = {"precision": precision, "checkpointing": False, "generation": "own"} | other
    return Plan(model, device, gpus, strategy, **({"precision": device.half} | other))


def grid(devices: Iterable[str] = tuple(DEVICES), models: Iterable[str] = tuple(SHAPES), **other: Any) -> list[Plan]:
    """Known models on known devices: one device where that is enough, else 2, 4 or 8 with FSDP, the first that fits.

    The CPU is left out for models above 200 million parameters.
    """
    plans = []
    for model in models:
        for device in devices:
            if device == "cpu" and parameters(SHAPES[model]) > 2e8:
                continue
            sizes = ((1, "ddp"),) if device == "cpu" else ((1, "ddp"), (2, "fsdp"), (4, "fsdp"), (8, "fsdp"))
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
        "generation": p.generation, "lora_rank": p.lora_rank, "batch": vars(p.batch),
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
        "packed update does (2**25 at a time). The other is generation: vLLM's own copy of the weights, and for up "
        "to 256 samples at a time 2 x layers x KV heads x head size x 2 bytes per token. Time of a step: decoding, "
        "where each token of all samples reads the weights and the keys and values once at 60 % of the memory's "
        "peak; prompts, 2 operations per parameter and token at 40 % of peak FLOP/s; the update, 4 per parameter "
        "and token (6 less the 2 for gradients that frozen weights do not need), 2 more with checkpointing, and "
        "attention; gathering spread weights over the link; and 10,000 programs a second."
    )
