"""The sampler's running batch: blocks of samples that share one prompt's keys and values, packed anew as rows end."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F


class Blocks:
    """The running batch: blocks of `size` samples that share one prompt's keys and values.

    `rows[i]` is the sample at slot i, or -1 for an empty slot; slot i belongs to block i // size. When enough rows
    have ended, the living ones are packed anew into blocks of the cheapest size.
    """

    def __init__(self, sampler, prefix, lengths, n: int, max_new_tokens: int) -> None:
        self.sampler, self.prefix, self.lengths = sampler, prefix, lengths
        self.size = n
        self.rows = torch.arange(len(lengths) * n)
        self.prompt_of_row = torch.arange(len(lengths)).repeat_interleave(n)
        s = sampler
        self.buffers = [
            tuple(
                torch.empty((len(self.rows), s.kv_heads, max_new_tokens, s.head_dim), dtype=s.embed.dtype)
                for _ in range(2)
            )
            for _ in s.layers
        ]
        self.used = 0
        self._gather(torch.arange(len(lengths)))

    def _gather(self, block_prompts: torch.Tensor) -> None:
        """Take the prefix of each block's prompt, and the mask that hides the prompt's padding."""
        self.block_prompts = block_prompts
        lengths = self.lengths[block_prompts]
        width = int(lengths.max())
        if torch.equal(block_prompts, torch.arange(len(self.lengths))):  # one block for each prompt, as at first
            self.block_prefix = self.prefix
        else:
            self.block_prefix = [
                (k[block_prompts, :, :width].contiguous(), v[block_prompts, :, :width].contiguous())
                for k, v in self.prefix
            ]
        hidden = torch.arange(width)[None] >= lengths[:, None]
        self.prefix_mask = torch.zeros(hidden.shape).masked_fill(hidden, -math.inf)[:, None, None]
        self.slot_lengths = lengths.repeat_interleave(self.size)

    def compact(self) -> torch.Tensor | None:
        """Drop ended rows when a quarter of the slots is empty; returns the kept slots, or None if nothing moved."""
        alive = int((self.rows >= 0).sum())
        if alive > 0.75 * len(self.rows):
            return None
        slots = (self.rows >= 0).nonzero()[:, 0]
        prompts = self.prompt_of_row[self.rows[slots]]
        counts = torch.bincount(prompts, minlength=len(self.lengths))
        sizes = [s for s in (1, 2, 4, 8, 16) if s <= max(self.size, 1)] or [1]
        # a slot costs a token's work, a block costs the reading of its prefix
        costs = [(int(-(-counts // s).sum()) * (s + 0.6), s) for s in sizes]
        self.size = min(costs)[1]
        keep: list[int] = []
        rows: list[int] = []
        blocks: list[int] = []
        for prompt in counts.nonzero()[:, 0].tolist():
            mine = slots[prompts == prompt].tolist()
            for i in range(0, len(mine), self.size):
                part = mine[i : i + self.size]
                empty = self.size - len(part)
                keep += part + [part[0]] * empty
                rows += self.rows[torch.tensor(part)].tolist() + [-1] * empty
                blocks.append(prompt)
        kept = torch.tensor(keep)
        self.rows = torch.tensor(rows)
        used = self.used
        self.buffers = [tuple(_shrunk(buffer, kept, used) for buffer in pair) for pair in self.buffers]
        self._gather(torch.tensor(blocks))
        return kept

    def advance(self, tokens: torch.Tensor, step: int) -> torch.Tensor:
        """Feed one token per slot and return the last hidden states, shape (slots, hidden)."""
        s, size = self.sampler, self.size
        groups = s.heads // s.kv_heads
        slots = len(tokens)
        cos, sin = s.turns(self.slot_lengths + step)
        x = F.embedding(tokens, s.embed)
        scale = 1.0 / math.sqrt(s.head_dim)
        for layer, (keys, values), (pk, pv) in zip(s.layers, self.buffers, self.block_prefix, strict=True):
            q, k, v = s.qkv(layer, x, cos, sin)
            keys[:, :, step], values[:, :, step] = k, v
            q = q * scale
            # (slots, kv_heads, groups, d) against own tokens; (blocks, kv_heads, size * groups, d) against the prompt
            own_q = q.unflatten(1, (s.kv_heads, groups))
            block_q = own_q.unflatten(0, (-1, size)).transpose(1, 2).flatten(2, 3)
            prompt_scores = block_q @ pk.transpose(-1, -2) + self.prefix_mask
            own_scores = own_q @ keys[:, :, : step + 1].transpose(-1, -2)
            prompt_scores = prompt_scores.unflatten(2, (size, groups)).transpose(1, 2).flatten(0, 1)
            # the mask is float32, and so are the scores that it is added to
            weights = torch.softmax(torch.cat((prompt_scores, own_scores), -1), -1).to(x.dtype)
            on_prompt, on_own = weights.split([pk.shape[2], step + 1], -1)
            block_w = on_prompt.unflatten(0, (-1, size)).transpose(1, 2).flatten(2, 3)
            seen = (block_w @ pv).unflatten(2, (size, groups)).transpose(1, 2).flatten(0, 1)
            seen = seen + on_own @ values[:, :, : step + 1]
            x = x + layer.out(seen.reshape(slots, -1))
            x = s.mlp(layer, x)
        self.used = step + 1
        return x


def _shrunk(buffer: torch.Tensor, kept: torch.Tensor, used: int) -> torch.Tensor:
    """The kept rows of a cache buffer; only the used part is copied."""
    smaller = torch.empty((len(kept), *buffer.shape[1:]), dtype=buffer.dtype)
    smaller[:, :, :used] = buffer[kept, :, :used]
    return smaller
