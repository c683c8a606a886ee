"""What planning knows: shapes of models, devices, and the steps that were measured.

Shapes are the models' published configurations; a test counts their parameters. Peaks are the vendors' for dense
products in half precision with sums in float32, memory bandwidth and memory; those of `cpu` were measured.
"""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1024**3


@dataclass(frozen=True)
class ModelShape:
    """A decoder like Llama or Qwen2. `tied`: embedding and head are one matrix; `biased`: q, k and v have biases."""

    name: str
    vocabulary: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    tied: bool = True
    biased: bool = True


@dataclass(frozen=True)
class Device:
    """Peaks of one device: FLOP/s in half precision and in float32, bytes/s of memory, bytes, and bytes/s between two.

    `half` is the precision that a run takes there: bfloat16, or float32 where the device has none.

    `launch` is an assumption: seconds of Python and kernel launches that a layer costs in one forward pass, whatever
    its size.
    """

    name: str
    half_flops: float
    single_flops: float
    bandwidth: float
    memory: float
    link: float
    launch: float = 4e-4
    half: str = "bfloat16"


@dataclass(frozen=True)
class Batch:
    """The work of a self-play step, as the settings of a run name it.

    Tokens are means over both roles; `valid` is the share of proposals that become tasks, `micro_batch_tokens` the
    tokens of one forward pass of the update on one GPU (None for those of preset and recipe), `logits_at_once` how many
    logits the loss keeps at a time (None for all; the packed update makes them in parts of that size).
    """

    proposals_per_type: int = 64
    solve_rate_samples: int = 8
    solve_tasks_per_type: int = 64
    solve_samples: int = 1
    train_on_solve_rate_samples: bool = False
    task_types: int = 3
    valid: float = 0.8
    prompt_tokens: int = 600
    completion_tokens: int = 300
    micro_batch_tokens: int | None = None
    logits_at_once: int | None = 2**25


@dataclass(frozen=True)
class Measured:
    """Seconds of a step that ran, and where the numbers come from."""

    generation: float
    update: float
    executor: float
    total: float
    source: str


SHAPES = {
    shape.name: shape
    for shape in (
        ModelShape("tiny", 211, 128, 6, 4, 4, 32, 384, biased=False),
        ModelShape("smollm2-135m", 49_152, 576, 30, 9, 3, 64, 1536, biased=False),
        ModelShape("qwen2.5-coder-0.5b", 151_936, 896, 24, 14, 2, 64, 4864),
        ModelShape("qwen2.5-coder-1.5b", 151_936, 1536, 28, 12, 2, 128, 8960),
        ModelShape("qwen2.5-coder-3b", 151_936, 2048, 36, 16, 2, 128, 11_008),
        ModelShape("qwen2.5-coder-7b", 152_064, 3584, 28, 28, 4, 128, 18_944, tied=False),
    )
}

DEVICES = {
    device.name: device
    for device in (
        # two cores of a shared server: products of 1024 x 1024 matrices and a copy of 256 MB, each timed once
        Device("cpu", 1.4e12, 1.0e11, 1.3e10, 16 * GIB, 1e9, launch=1e-4),
        Device("t4", 65e12, 8.1e12, 320e9, 16 * GIB, 12e9, half="float32"),
        Device("rtx3090-24", 71e12, 35.6e12, 936e9, 24 * GIB, 25e9),
        Device("rtx4090-24", 165e12, 82.6e12, 1008e9, 24 * GIB, 25e9),
        Device("a100-40", 312e12, 19.5e12, 1555e9, 40 * GIB, 300e9),
        Device("a100-80", 312e12, 19.5e12, 2039e9, 80 * GIB, 300e9),
        Device("h100-80", 989e12, 67e12, 3350e9, 80 * GIB, 450e9),
    )
}

# the step of the recorded run `healthy`: its settings, and its tokens as means over its rollouts
CLASSROOM = Batch(
    proposals_per_type=12,
    solve_rate_samples=8,
    solve_tasks_per_type=8,
    solve_samples=8,
    train_on_solve_rate_samples=True,
    valid=0.86,
    prompt_tokens=37,
    completion_tokens=19,
)

# the same of the recorded run `language`; of the 215 tokens of a prompt 167 are examples that other prompts share
LAPTOP = Batch(
    proposals_per_type=12,
    solve_rate_samples=4,
    solve_tasks_per_type=6,
    solve_samples=4,
    train_on_solve_rate_samples=True,
    valid=0.72,
    prompt_tokens=215,
    completion_tokens=16,
    micro_batch_tokens=640,
)

MEASURED = {
    ("tiny", "cpu", CLASSROOM): Measured(1.10, 1.26, 0.06, 2.45, "mean of the 100 steps of the recorded run healthy"),
    ("smollm2-135m", "cpu", LAPTOP): Measured(
        23.87, 15.79, 0.13, 39.80, "mean of the 120 steps of the recorded run language"
    ),
}
