"""Packed batches: completions of one prompt share one reading of it, and prompts share one of a common beginning.

A prompt with eight completions is read once instead of eight times, and so are the examples of few-shot prompts, for
the same log-probabilities; a test holds them against TRL's padded forward pass.
"""

from __future__ import annotations

import math
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial

import torch
from peft.tuners.lora import LoraLayer
from torch.utils.checkpoint import checkpoint

from azr_nb.policy.prefixes import shared_prefixes
from azr_nb.tasks import Rollout

ROW = 1024  # tokens of a row that holds several prompts; the work of attention grows with its square
HEAD_NUMBERS = 2**25  # logits kept at a time, in numbers; a large vocabulary makes more of them than all the rest


@dataclass
class Row:
    """What is read in one row: a common beginning of `shared` tokens, and the rollouts of each prompt that has it."""

    shared: int
    prompts: list[list[Rollout]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.shared + sum(self.cost(group) for group in self.prompts)

    def cost(self, group: list[Rollout]) -> int:
        return len(group[0].prompt_ids) - self.shared + sum(len(r.completion_ids) for r in group)

    @property
    def rollouts(self) -> list[Rollout]:
        return [rollout for group in self.prompts for rollout in group]


def rows_of(rollouts: list[Rollout], most: int = ROW) -> list[Row]:
    """The rollouts in rows: one prompt each, or several that begin alike in up to `most` tokens, and `ROW` at most."""
    groups: dict[tuple, list[Rollout]] = {}
    for rollout in rollouts:
        groups.setdefault(tuple(rollout.prompt_ids), []).append(rollout)
    prompts = list(groups)
    place = {prompt: i for i, prompt in enumerate(prompts)}
    rows: list[Row] = []
    # in the order of each group's first prompt, so that rows do not depend on how prompts sort
    for shared, members in sorted(shared_prefixes(prompts), key=lambda group: min(group[1])):
        row = Row(shared)
        for i in sorted(members, key=lambda i: place[prompts[i]]):
            for group in _parts(groups[prompts[i]], most):
                if row.prompts and row.size + row.cost(group) > min(most, ROW):
                    rows.append(row)
                    row = Row(shared)
                row.prompts.append(group)
        rows.append(row)
    return rows


def _parts(group: list[Rollout], most: int) -> list[list[Rollout]]:
    """The completions of one prompt, in parts that keep to `most` tokens with the prompt where that can be."""
    parts: list[list[Rollout]] = []
    size = 0
    for rollout in group:
        length = len(rollout.completion_ids)
        if not parts or size + length > most:
            parts.append([])
            size = len(rollout.prompt_ids)
        parts[-1].append(rollout)
        size += length
    return parts


class Packed:
    """Completions in rows with the prompts that they share: each sees its own prompt, and itself."""

    def __init__(
        self,
        rollouts: list[Rollout],
        width: int,
        device,
        dtype: torch.dtype = torch.float32,
        sharded: bool = False,
        most: int = ROW,
    ) -> None:
        self.sharded = sharded
        rows = rows_of(rollouts, most)
        index = {id(rollout): i for i, rollout in enumerate(rollouts)}
        longest = max(row.size for row in rows)
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        positions = torch.zeros((len(rows), longest), dtype=torch.long)
        # which piece each place belongs to: 0 the common beginning, then prompts and completions, -1 padding
        piece = torch.full((len(rows), longest), -1)
        prompt_of = torch.full((len(rows), longest), -1)  # the piece of the prompt that a completion belongs to
        source: list[int] = []  # flat places whose logits predict the completion tokens ...
        target: list[int] = []  # ... where those go in the (rows, width) result ...
        tokens: list[int] = []  # ... and which tokens they are
        for g, row in enumerate(rows):
            end = number = 0

            def put(part: list[int], position: int, owner: int, g: int = g) -> None:
                nonlocal end, number
                ids[g, end : end + len(part)] = torch.tensor(part, dtype=torch.long)
                positions[g, end : end + len(part)] = torch.arange(position, position + len(part))
                piece[g, end : end + len(part)] = number
                prompt_of[g, end : end + len(part)] = owner
                end, number = end + len(part), number + 1

            put(row.prompts[0][0].prompt_ids[: row.shared], 0, 0)
            for group in row.prompts:
                prompt, mine = group[0].prompt_ids, number
                put(prompt[row.shared :], row.shared, mine)
                last = g * longest + end - 1
                for rollout in group:
                    completion, start = rollout.completion_ids, g * longest + end
                    put(completion, len(prompt), mine)
                    i = index[id(rollout)]
                    source += [last, *range(start, start + len(completion) - 1)]
                    target += range(i * width, i * width + len(completion))
                    tokens += completion
        order = torch.arange(longest)
        seen = (piece[:, :, None] == piece[:, None, :]) | (piece[:, None, :] == 0)
        seen |= prompt_of[:, :, None] == piece[:, None, :]
        allowed = seen & (order[:, None] >= order[None, :]) | torch.eye(longest, dtype=torch.bool)
        mask = torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, -math.inf)[:, None]
        self.inputs = {
            "input_ids": ids.to(device),
            "attention_mask": mask.to(device),
            "position_ids": positions.to(device),
        }
        self.source = torch.tensor(source, device=device)
        self.target = torch.tensor(target, device=device)
        self.tokens = torch.tensor(tokens, device=device)
        self.shape = (len(rollouts), width)

    def log_probs(self, model, temperature: float, entropy_gradient: bool):
        """Log-probabilities and entropies of all completion tokens, (rows, width), zero on padding."""
        if self.sharded:  # weights that are spread are gathered by the model's own forward pass, and by it alone
            logits = model(**self.inputs, use_cache=False).logits.flatten(0, 1)[self.source]
            return self._scattered(*_log_probs(logits, self.tokens, temperature, entropy_gradient))
        head, hidden = self._hidden(model)
        part = partial(_head_log_probs, head, temperature=temperature, entropy_gradient=entropy_gradient)
        size = max(1, HEAD_NUMBERS // head.weight.shape[0])
        if len(self.tokens) <= size:
            chosen, entropy = part(hidden, self.tokens)
        else:
            parts = [
                checkpoint(part, h, t, use_reentrant=False)
                for h, t in zip(hidden.split(size), self.tokens.split(size), strict=True)
            ]
            chosen, entropy = (torch.cat(one) for one in zip(*parts, strict=True))
        return self._scattered(chosen, entropy)

    def logits(self, model) -> torch.Tensor:
        """The logits that predict the completion tokens, (tokens, vocabulary), in the order of `target`."""
        head, hidden = self._hidden(model)
        return head(hidden)

    def _hidden(self, model) -> tuple:
        """The model's head, and the hidden states that it gets where a completion token is predicted."""
        # recomputed activations see the weights that are there in the backward pass, which are the model's own
        weights, merged = ({}, False) if model.is_gradient_checkpointing else training_weights(model)
        head = model.get_output_embeddings()
        kept: list[torch.Tensor] = []
        # the head is a product with the whole vocabulary: of the places that predict a completion only, part by part
        keep = lambda module, args: (kept.append(args[0]), (args[0][:, :1],))[1]  # noqa: E731
        hook = head.register_forward_pre_hook(keep)
        try:
            with _without_adapter(model) if merged else nullcontext():
                torch.func.functional_call(model, weights, kwargs={**self.inputs, "use_cache": False})
        finally:
            hook.remove()
        return head, kept[0].flatten(0, 1)[self.source]

    def _scattered(self, *values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        size = self.shape[0] * self.shape[1]
        return tuple(one.new_zeros(size).index_put((self.target,), one).view(self.shape) for one in values)


@contextmanager
def _without_adapter(model):
    """As `model.disable_adapter()`, which looks at every module of the model twice for a warning."""
    model.base_model.disable_adapter_layers()
    try:
        yield
    finally:
        model.base_model.enable_adapter_layers()


def _head_log_probs(head, hidden: torch.Tensor, tokens: torch.Tensor, temperature: float, entropy_gradient: bool):
    return _log_probs(head(hidden), tokens, temperature, entropy_gradient)


def _log_probs(logits: torch.Tensor, tokens: torch.Tensor, temperature: float, entropy_gradient: bool):
    """Log-probability of each token at its place, and the entropy there, both (tokens,)."""
    log_p = torch.log_softmax(logits.float() / temperature, -1)
    with torch.set_grad_enabled(entropy_gradient and torch.is_grad_enabled()):
        entropy = -(log_p.exp() * log_p).sum(-1)
    return log_p.gather(-1, tokens[:, None])[:, 0], entropy


def training_weights(model) -> tuple[dict[str, torch.Tensor], bool]:
    """What stands for the model's weights in a forward pass, by parameter name, and whether the adapter is in them.

    In float32 each adapted layer's weight with its LoRA product added: one product of weights per layer instead of two
    thin products with the activations, the same function and the same gradients, and about 1.2 times as fast for the
    tiny policy on a CPU. In bfloat16 that sum would lose a small adapter to rounding; there the adapter stays beside
    the weights, and is only brought to their precision. Gradients flow to the adapter in either case.
    """
    merged, beside = {}, {}
    for name, module in model.named_modules():
        if isinstance(module, LoraLayer) and not module.disable_adapters:
            (adapter,) = module.active_adapters
            down, up, base = module.lora_A[adapter].weight, module.lora_B[adapter].weight, module.base_layer.weight
            if base.dtype == torch.float32:
                merged[f"{name}.base_layer.weight"] = base + module.scaling[adapter] * (up @ down)
            else:
                beside[f"{name}.lora_A.{adapter}.weight"] = down.to(base.dtype)
                beside[f"{name}.lora_B.{adapter}.weight"] = up.to(base.dtype)
    return (beside, False) if beside else (merged, bool(merged))


def micro_batches(rollouts: list[Rollout], max_tokens: int, packed: bool) -> list[list[Rollout]]:
    """Split rollouts into parts of at most `max_tokens` tokens, padding included; a row's rollouts stay together.

    Sorted by length, so that little is padding.
    """
    rows = rows_of(rollouts, max_tokens) if packed else [Row(0, [[rollout]]) for rollout in rollouts]
    parts: list[list[Rollout]] = []
    count = 0
    for row in sorted(rows, key=lambda row: row.size):
        if not parts or row.size * (count + 1) > max_tokens:
            parts.append([])
            count = 0
        parts[-1] += row.rollouts
        count += 1
    return parts
