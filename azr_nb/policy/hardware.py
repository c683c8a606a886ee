"""What this machine can do, and the device, precision and memory saving that follow from it for a model."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

from azr_nb.policy.processes import gpu_wanted, team

LARGE = 50_000_000  # parameters; smaller models spend their time elsewhere than in products of matrices
HUGE = 1_000_000_000  # parameters from which activations are recomputed rather than kept

GPU_SHARE = 0.2  # of a GPU's memory, for the keys and values of `model.generate`


class HardwareError(ValueError):
    """A device or precision that this machine does not have; one line says what it has."""


@dataclass(frozen=True)
class Placement:
    """A model's device ("cpu", "cuda" or "mps"), its precision, and whether activations are recomputed."""

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


def give_back_memory(threshold: int = 2**25) -> None:
    """Have blocks from that many bytes returned to the system as soon as they are free (glibc; elsewhere nothing).

    glibc otherwise learns from each large block it frees to keep larger ones, and a run of changing shapes ends up with
    half a gigabyte of holes. A much lower threshold would cost more time than it saves memory: with 2**20 an update of
    SmolLM2 took 1.55 times as long. oneDNN keeps a compiled kernel for each of the last shapes; fewer will do.
    """
    import ctypes

    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "200")  # read at the first product
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(-3, threshold)  # M_MMAP_THRESHOLD
        mallopt(-1, 4 * threshold)  # M_TRIM_THRESHOLD


def place(
    parameters: int, device: str = "auto", precision: str = "auto", checkpointing: bool | None = None
) -> Placement:
    """The placement of a model with that many parameters; whatever is not "auto" or None is taken as asked for.

    A GPU is taken if there is one, for models from 50 million parameters; smaller ones are faster on the CPU, where the
    shared-prefix sampler is, unless several processes share the run, whose gradients meet on the GPUs. On a GPU
    bfloat16 where it has it; on a CPU for the larger models, if it is faster at it.
    An Apple GPU is taken only where it is asked for. Raises `HardwareError` for a GPU that is not there.
    """
    import torch

    there = gpu_wanted()
    if device == "mps" and not torch.backends.mps.is_available():
        raise HardwareError("device mps: torch finds no Apple GPU here; choose cpu or auto")
    if device == "cuda" and not there:
        raise HardwareError("device cuda: torch finds no GPU here, or was told to keep to the CPU; choose cpu or auto")
    if device == "cpu" and there and team().size > 1:
        raise HardwareError(
            "device cpu: several processes on a machine with GPUs keep off them only if accelerate "
            "is told so; use a file with use_cpu: true (azr-nb recipe two_cpus)"
        )
    if device == "auto":
        device = "cuda" if there and (parameters >= LARGE or team().size > 1) else "cpu"
    if precision == "auto":
        if device == "cuda":
            fast = torch.cuda.is_bf16_supported(including_emulation=False)
        else:
            fast = parameters >= LARGE and fast_bfloat16()
        precision = "bfloat16" if fast else "float32"
    if checkpointing is None:
        checkpointing = device == "cuda" and parameters >= HUGE
    return Placement(device, precision, checkpointing)
