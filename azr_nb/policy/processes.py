"""Several processes as one run, started with `accelerate launch`; alone, everything here does nothing.

Every process holds the same buffer and the same random seeds, so that all of them make the same prompts. Each samples
and verifies its share of them, all get all results, and so rewards, advantages and buffers are the same everywhere
without being sent around. In the update each takes its share of the micro-batches, and gradients are summed. One
process, the main one, writes the run folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Team:
    """The processes of a run: this one is number `rank` of `size`."""

    rank: int = 0
    size: int = 1

    @property
    def main(self) -> bool:
        return self.rank == 0

    def share(self, items: Sequence) -> Sequence:
        """This process's part of the items: every `size`-th, which spreads long and short ones evenly."""
        return items if self.size == 1 else items[self.rank :: self.size]

    def weighed_share(self, items: Sequence, equal: bool) -> list[tuple[Any, float]]:
        """This process's part with weight 1 each; with `equal`, repeats of weight 0 until all processes have as many.

        Where a model's weights are sharded over the processes, each pass through it is work of all of them together.
        """
        mine = [(item, 1.0) for item in self.share(items)]
        missing = -(-len(items) // self.size) - len(mine)
        return mine + [(items[0], 0.0)] * missing if equal and missing else mine

    def map(self, items: Sequence, work: Callable[[Sequence], list], equal: bool = False) -> list:
        """`work` on every item, each in one process only; all processes get all results, in the order of the items.

        With `equal`, all processes work on as many: who has one less repeats another, whose result is dropped.
        """
        if self.size == 1:
            return work(items)
        from accelerate.utils import gather_object

        mine = [item for item, _ in self.weighed_share(items, equal)]
        # of one list per process, with a list around each, because gathering joins lists
        parts = gather_object([work(mine)])
        results: list[Any] = [None] * len(items)
        for rank, part in enumerate(parts):
            results[rank :: self.size] = part[: len(range(rank, len(items), self.size))]
        return results

    def sum(self, tensors: list) -> None:
        """Replace each tensor by its sum over all processes."""
        if self.size == 1:
            return
        import torch

        flat = torch.cat([tensor.flatten() for tensor in tensors])
        torch.distributed.all_reduce(flat)
        for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def any(self, value: bool) -> bool:
        """Whether it is true in some process."""
        if self.size == 1:
            return value
        from accelerate.utils import gather_object

        return any(gather_object([value]))

    def from_main(self, value: Any) -> Any:
        """The main process's value, everywhere."""
        if self.size == 1:
            return value
        from accelerate.utils import broadcast_object_list

        return broadcast_object_list([value])[0]


class Alone:
    """An accelerator that believes to be the only process."""

    num_processes = 1

    def __init__(self, whole) -> None:
        self._whole = whole

    def gather(self, tensor):
        return tensor

    def reduce(self, tensor, reduction: str = "sum"):
        return tensor

    def __getattr__(self, name: str):
        return getattr(self._whole, name)


def gpu_wanted() -> bool:
    """Whether there is a GPU and the launcher did not say to keep to the CPU (`accelerate launch --cpu`)."""
    import torch
    from accelerate.utils import parse_flag_from_env

    return torch.cuda.is_available() and not parse_flag_from_env("ACCELERATE_USE_CPU")


def sharded_by_fsdp() -> bool:
    """Whether the launcher was told to shard the model's weights over the processes with FSDP."""
    from accelerate.utils import parse_flag_from_env

    return parse_flag_from_env("ACCELERATE_USE_FSDP")


def weights_sharded() -> bool:
    """Whether weights are sharded at all, by FSDP or DeepSpeed's ZeRO-3, so that a pass through them is work of all."""
    from accelerate.utils import parse_flag_from_env

    zero3 = os.environ.get("ACCELERATE_DEEPSPEED_ZERO_STAGE", "3") == "3"
    return sharded_by_fsdp() or parse_flag_from_env("ACCELERATE_USE_DEEPSPEED") and zero3


@cache
def team() -> Team:
    """The processes that the launcher started, or this one alone."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return Team()
    from accelerate import PartialState

    state = PartialState(cpu=not gpu_wanted())
    return Team(state.process_index, state.num_processes)
