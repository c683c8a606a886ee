"""The reference sampler: `model.generate`, for any architecture and device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from azr_nb.stops import Stops


@dataclass(frozen=True)
class Sample:
    """One completion: token ids (with the one that ends it if `finished`) and their log-probabilities.

    The log-probabilities are those of the distribution sampled from, that is after the temperature.
    """

    ids: list[int]
    log_probs: list[float]
    finished: bool


class _Stopped:
    """Which rows have ended, by their completions alone; transformers' own stop strings look into the prompt too."""

    def __init__(self, stops: Stops, width: int) -> None:
        self.stops, self.width = stops, width

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs) -> torch.Tensor:
        ended = [self.stops.may_end(row[-1]) and self.stops.hit(row) for row in input_ids[:, self.width :].tolist()]
        return torch.tensor(ended, device=input_ids.device)


@torch.inference_mode()
def plain_generate(
    policy, prompts, n, max_new_tokens, temperature, generator=None, stops: Stops | None = None, max_rows: int = 512,
    on_drawn: Callable[[int], object] | None = None, synced_gpus: bool = False,
) -> list[list[Sample]]:  # fmt: skip
    """`model.generate` on every prompt n times, padded on the left; log-probabilities are not kept.

    Draws from torch's global generator, which is seeded from `generator` for the call. At most `max_rows` samples are
    drawn at a time. `synced_gpus` is for weights that are spread over processes, all of which call this with as many
    prompts: none of them stops before the last is done.
    """
    stops = stops or policy.stops()
    result: list[list[Sample]] = []
    per_call = max(1, max_rows // n)
    for start in range(0, len(prompts), per_call):
        part = prompts[start : start + per_call]
        rows = _generate(policy, [p for p in part for _ in range(n)], max_new_tokens, temperature, generator, stops,
                         synced_gpus)  # fmt: skip
        cut = [stops.cut(row) for row in rows]
        samples = [Sample(ids, [], finished) for ids, finished in cut]
        result += [samples[i : i + n] for i in range(0, len(samples), n)]
        if on_drawn is not None:
            on_drawn(len(samples))
    return result


def _generate(policy, rows, max_new_tokens, temperature, generator, stops: Stops, synced_gpus: bool) -> list[list[int]]:
    width, pad = max(map(len, rows)), policy.pad
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    # everything that a model's own generation settings may change is named here
    options = dict(do_sample=True, temperature=temperature, top_k=0, top_p=1.0) if temperature > 0 else dict(
        do_sample=False, temperature=None, top_k=None, top_p=None)  # fmt: skip
    if stops.strings:
        options |= dict(stopping_criteria=[_Stopped(stops, width)])
    device = next(policy.model.parameters()).device
    with torch.random.fork_rng():
        if generator is not None:
            torch.manual_seed(int(torch.randint(2**60, (1,), generator=generator)))
        out = policy.model.generate(input_ids=ids.to(device), attention_mask=mask.to(device), pad_token_id=pad,
                                    max_new_tokens=max_new_tokens, repetition_penalty=1.0, synced_gpus=synced_gpus,
                                    eos_token_id=sorted(stops.eos), **options)  # fmt: skip
    return out[:, width:].tolist()
