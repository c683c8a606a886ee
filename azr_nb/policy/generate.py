"""The reference sampler: `model.generate`, for any architecture and device."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.distributed.fsdp import register_fsdp_forward_method

from azr_nb.policy.hardware import GPU_SHARE
from azr_nb.policy.stops import Stops

ROOM_BYTES = 2_000_000_000  # of keys and values at a time on a CPU


@dataclass(frozen=True)
class Sample:
    """One completion: token ids (with the one that ends it if `finished`), their log-probabilities, and its entropy.

    The log-probabilities are those of the distribution sampled from, that is after the temperature. The entropy is the
    mean over the tokens of that of the policy itself, at temperature 1, in nats; None where the sampler does not tell.
    """

    ids: list[int]
    log_probs: list[float]
    finished: bool
    entropy: float | None = None


class _Watch:
    """Notes log-probabilities and entropies while `generate` draws: what each row drew is known at the next token."""

    def __init__(self, temperature: float) -> None:
        self.temperature = temperature
        self.entropies: list[torch.Tensor] = []
        self.log_probs: list[torch.Tensor] = []
        self.last: torch.Tensor | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self.drawn(input_ids[:, -1])
        log_p = torch.log_softmax(scores.float(), -1)
        self.entropies.append(-(log_p.exp() * log_p).sum(-1).cpu())
        self.last = log_p if self.temperature == 1 else torch.log_softmax(scores.float() / self.temperature, -1)
        return scores

    def drawn(self, tokens: torch.Tensor) -> None:
        if self.last is not None:
            self.log_probs.append(self.last.gather(-1, tokens[:, None])[:, 0].cpu())
            self.last = None


class _Stopped:
    """Which rows have ended, by their completions alone; transformers' own stop strings look into the prompt too."""

    def __init__(self, stops: Stops, width: int) -> None:
        self.stops, self.width = stops, width

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs) -> torch.Tensor:
        ended = [self.stops.may_end(row[-1]) and self.stops.hit(row) for row in input_ids[:, self.width :].tolist()]
        return torch.tensor(ended, device=input_ids.device)


@torch.no_grad()  # not inference_mode, whose tensors FSDP would meet again in the update
def plain_generate(
    policy,
    prompts,
    n,
    max_new_tokens,
    temperature,
    generator=None,
    stops: Stops | None = None,
    max_rows: int = 512,
    on_drawn: Callable[[int], object] | None = None,
    synced_gpus: bool = False,
) -> list[list[Sample]]:
    """`model.generate` on every prompt n times, padded on the left.

    Draws from torch's global generator, which is seeded from `generator` for the call. At most `max_rows` samples are
    drawn at a time, and fewer where keys and values would take too much memory. `synced_gpus` is for weights that are
    spread over processes, all of which call this with as many prompts: none of them stops before the last is done.
    """
    stops = stops or policy.stops()
    result: list[list[Sample]] = []
    width = max(map(len, prompts), default=0) + max_new_tokens
    per_call = max(1, min(max_rows, _rows_that_fit(policy.model, width)) // n)
    for start in range(0, len(prompts), per_call):
        part = prompts[start : start + per_call]
        rows = _generate(
            policy, [p for p in part for _ in range(n)], max_new_tokens, temperature, generator, stops, synced_gpus
        )
        samples = []
        for row, log_probs, entropies in rows:
            ids, finished = stops.cut(row)
            mean = sum(entropies[: len(ids)]) / len(ids) if ids and entropies else None
            samples.append(Sample(ids, log_probs[: len(ids)], finished, mean))
        result += [samples[i : i + n] for i in range(0, len(samples), n)]
        if on_drawn is not None:
            on_drawn(len(samples))
    return result


def _rows_that_fit(model, width: int) -> int:
    """How many rows of so many tokens have room for their keys and values; the same at every call on a machine."""
    config = model.config.get_text_config()
    layers, heads = config.num_hidden_layers, getattr(config, "num_attention_heads", None)
    groups = getattr(config, "num_key_value_heads", None) or heads
    if not isinstance(groups, int):  # a model without attention, or with another one in each layer
        return sys.maxsize
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    parameter = next(model.parameters())
    numbers = 2 * layers * groups * size
    room = ROOM_BYTES
    if parameter.device.type == "cuda":
        room = GPU_SHARE * torch.cuda.get_device_properties(parameter.device).total_memory
    return int(room / (numbers * parameter.element_size() * width))


def generate_gathers(model) -> None:
    """Have `model.generate` gather the weights around the layers too, if FSDP spread the model; else nothing.

    FSDP gathers what a module has of its own when its forward pass begins. That of the whole model does not begin in
    `generate`, which calls the model inside of the adapter.
    """
    register_fsdp_forward_method(model, "generate")


def _generate(
    policy, rows, max_new_tokens, temperature, generator, stops: Stops, synced_gpus: bool
) -> list[tuple[list[int], list[float], list[float]]]:
    """Tokens, log-probabilities and entropies of each row; the latter two empty for greedy ones."""
    width, pad = max(map(len, rows)), policy.pad
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    options: dict[str, Any] = dict(do_sample=True, temperature=temperature, top_k=0) if temperature > 0 else {}
    if stops.strings:
        options |= dict(stopping_criteria=[_Stopped(stops, width)])
    watch = _Watch(temperature)
    if temperature > 0:
        options |= dict(logits_processor=[watch])  # which come before the temperature
    device = next(policy.model.parameters()).device
    with torch.random.fork_rng():
        if generator is not None:
            torch.manual_seed(int(torch.randint(2**60, (1,), generator=generator)))
        out = policy.model.generate(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            pad_token_id=pad,
            max_new_tokens=max_new_tokens,
            synced_gpus=synced_gpus,
            eos_token_id=sorted(stops.eos),
            **options,
        )
    watch.drawn(out[:, -1])
    if not watch.log_probs:
        return [(row, [], []) for row in out[:, width:].tolist()]
    log_probs, entropies = (torch.stack(one, 1).tolist() for one in (watch.log_probs, watch.entropies))
    return list(zip(out[:, width:].tolist(), log_probs, entropies, strict=True))
