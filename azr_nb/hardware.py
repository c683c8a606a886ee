"""What this machine can do, and the device, precision and memory saving that follow from it for a model."""

from __future__ import annotations

from dataclasses import dataclass

from azr_nb.team import gpu_wanted, team

LARGE = 50_000_000  # parameters; smaller models spend their time elsewhere than in products of matrices
HUGE = 1_000_000_000  # parameters from which activations are recomputed rather than kept


class HardwareError(ValueError):
    """A device or precision that this machine does not have; one line says what it has."""


@dataclass(frozen=True)
class Placement:
    """Where and how a model runs: "cpu" or "cuda", "float32" or "bfloat16", and whether activations are recomputed."""

    device: str
    precision: str
    checkpointing: bool

    @property
    def dtype(self):
        import torch

        return getattr(torch, self.precision)


def fast_bfloat16() -> bool:
    """Whether this CPU multiplies matrices of bfloat16 faster than of float32 (AVX-512 BF16 or AMX)."""
    import torch

    tests = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(test() for test in tests if test is not None)


def place(
    parameters: int, device: str = "auto", precision: str = "auto", checkpointing: bool | None = None
) -> Placement:
    """The placement of a model with that many parameters; whatever is not "auto" or None is taken as asked for.

    A GPU is taken if there is one. On it, bfloat16 where it has it; on a CPU, bfloat16 for models from 50 million
    parameters if the CPU is faster at it. Raises `HardwareError` for a GPU that is not there.
    """
    import torch

    there = gpu_wanted()
    if device == "cuda" and not there:
        raise HardwareError("device cuda: torch finds no GPU here, or was told to keep to the CPU; choose cpu or auto")
    if device == "cpu" and there and team().size > 1:
        raise HardwareError("device cpu: several processes on a machine with GPUs keep off them only if accelerate "
                            "is told so; use a file with use_cpu: true (azr-nb plan --recipe two_cpus)")  # fmt: skip
    device = ("cuda" if there else "cpu") if device == "auto" else device
    if precision == "auto":
        if device == "cuda":
            fast = torch.cuda.is_bf16_supported()
        else:
            fast = parameters >= LARGE and fast_bfloat16()
        precision = "bfloat16" if fast else "float32"
    if checkpointing is None:
        checkpointing = device == "cuda" and parameters >= HUGE
    return Placement(device, precision, checkpointing)
