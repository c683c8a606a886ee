"""Generation by vLLM on GPUs, through TRL's own support for it: in the trainer's process, or on a server.

TRL keeps vLLM's copy of the weights in step with the trainer's (`VLLMGeneration.sync_weights`, before each step). What
is ours: the prompts of a process are padded to the same number in every process, because a server answers all of them
together; and the weights that an adapter is merged into for the transfer are put back bit by bit afterwards, since
adding a product and taking it away again is not exact in bfloat16.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.policy.generate import Sample
from azr_nb.policy.models import first_line
from azr_nb.policy.processes import team
from azr_nb.policy.stops import Stops

SEQUENCES = 256  # that vLLM runs at a time


class VLLMSampler:
    """Completions from vLLM for one run. Every process makes one, after its trainer, and all call it together."""

    def __init__(self, trainer: Any, policy: Any, config: SelfPlayConfig, stops: Stops, max_length: int) -> None:
        from trl.generation.vllm_generation import VLLMGeneration

        self.model, self.stops, self.team = trainer.accelerator.unwrap_model(trainer.model), stops, team()
        try:
            self.vllm = VLLMGeneration(
                model=self.model,
                accelerator=trainer.accelerator,
                processing_class=policy.tokenizer,
                mode=config.vllm_mode,
                server_base_url=_address(config.vllm_server) if config.vllm_mode == "server" else None,
                gpu_memory_utilization=config.vllm_memory,
                tensor_parallel_size=1,
                max_model_length=max_length,
                max_num_seqs=SEQUENCES,
                enable_sleep_mode=config.vllm_mode == "colocate",
                max_completion_length=config.max_new_tokens,
                temperature=config.temperature,
                logprobs=0,  # of the tokens that were drawn, and of no others
            )
        except ImportError:
            raise ConfigError(
                "generation vllm: vLLM is not installed; pip install 'azr-nb[gpu]' on a machine with a "
                "GPU, or choose generation transformers"
            ) from None
        except OSError as error:  # of the many kinds that a connection can fail with
            if config.vllm_mode == "colocate":
                raise ConfigError(f"vLLM does not start: {first_line(error)}") from None
            raise ConfigError(
                f"no vLLM server answers at {config.vllm_server}: start one with vllm serve, as docs/gpus.md says"
            ) from None
        self.vllm.generation_kwargs = {"stop": list(stops.strings), "include_stop_str_in_output": True}
        # an engine that slept calls this itself, so it is TRL's own method that puts the weights back
        self.vllm.sync_weights = restoring(self.model, self.vllm.sync_weights)
        self.sync()

    def sync(self) -> None:
        """Bring vLLM's weights up to the trainer's, in all processes."""
        self.vllm.sync_weights()

    def sample(
        self, prompts: list[list[int]], n: int, max_new_tokens: int, temperature: float, most: int
    ) -> list[list[Sample]]:
        """n completions of each of this process's prompts; `most` is the largest number that any process has.

        vLLM does not say whether a completion ended by itself; that is read from its last tokens.
        """
        if most == 0:
            return []
        filled = prompts + [prompts[0] if prompts else [0]] * (most - len(prompts))
        self.vllm.temperature, self.vllm.max_completion_length = temperature, max_new_tokens
        rows = [prompt for prompt in filled for _ in range(n)]
        # n alike are one request of vLLM's, and a greedy request has one answer
        _, completions, log_probs, _ = self.vllm.generate(rows, None, n if temperature > 0 else 1)
        drawn = []
        for place, row in enumerate(completions):
            ids, finished = self.stops.cut(row)
            # of each token a list of the likeliest, the one that was drawn first
            known = [one[0] if isinstance(one, (list, tuple)) else one for one in log_probs[place]] if log_probs else []
            known = [math.nan if one is None else one for one in known[: len(ids)]]  # None: vLLM's word for nan
            drawn.append(Sample(ids, known, finished))
        return [drawn[i * n : (i + 1) * n] for i in range(len(prompts))]


def _address(server: str) -> str:
    return server if "://" in server else f"http://{server}"


def restoring(model: Any, transfer: Callable[[], None]) -> Callable[[], None]:
    """`transfer`, after which the weights under the adapter are what they were, bit by bit. Copies lie on the CPU."""

    def transferred() -> None:
        with torch.no_grad():
            adapted = [module.base_layer.weight for module in model.modules() if hasattr(module, "base_layer")]
            before = [weight.detach().to("cpu", copy=True) for weight in adapted]
            transfer()
            for weight, old in zip(adapted, before, strict=True):
                weight.copy_(old)

    return transferred
