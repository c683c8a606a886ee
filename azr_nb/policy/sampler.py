"""Batched generation for Llama-style policies: prompts read once, samples in blocks, finished rows dropped.

`model.generate` spends most of a small model's time on reading the same prompt n times and on copying a growing
cache. Here every distinct prompt is read once, and so is a beginning that several prompts share; a prompt's keys and
values are shared by all samples of it; keys and values of new tokens go into a buffer of fixed size; and rows that
have ended leave the batch.

The distribution is the policy's own: a test compares every log-probability with a plain forward pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F

from azr_nb.policy.generate import Sample, plain_generate
from azr_nb.policy.hardware import LARGE
from azr_nb.policy.prefixes import shared_prefixes
from azr_nb.policy.sampler_blocks import Blocks
from azr_nb.policy.sampler_weights import Layer, fused, layer_of, supports
from azr_nb.policy.stops import Stops

__all__ = ["Sample", "Sampler", "plain_generate", "supports"]

CACHE_BYTES = 400_000_000  # of keys and values at a time
SMALL_CACHE_BYTES = (
    2_000_000_000  # where the model itself takes next to nothing; the draws depend on it, as on max_rows
)
LOGITS = 2**23  # numbers of logits at a time, and several times as much memory
LARGE_VOCABULARY = 4096  # from here on a token is drawn in two stages


class Sampler:
    """A snapshot of a policy's weights that can generate; take a new one after each update."""

    def __init__(self, model) -> None:
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        if not supports(inner):
            raise ValueError(f"the fast sampler does not know {inner.config.model_type!r} models")
        config, body = inner.config, inner.model
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.head_dim = getattr(config, "head_dim", None) or config.hidden_size // self.heads
        self.eps = config.rms_norm_eps
        self.cache_bytes = CACHE_BYTES if sum(p.numel() for p in inner.parameters()) >= LARGE else SMALL_CACHE_BYTES
        eos = config.eos_token_id
        self.eos = frozenset(eos if isinstance(eos, list) else [] if eos is None else [eos])
        self.inverse_frequencies = body.rotary_emb.inv_freq
        with torch.no_grad():
            self.layers = [layer_of(layer) for layer in body.layers]
            self.embed, self.norm = body.embed_tokens.weight, body.norm.weight
            self.head = fused(inner.lm_head)

    def qkv(self, layer: Layer, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor):
        """Queries, keys, values of shape (..., heads, head_dim) with rotary positions applied."""
        h, k, d = self.heads, self.kv_heads, self.head_dim
        flat = layer.qkv(F.rms_norm(x, x.shape[-1:], layer.norm_in, self.eps))
        turned, values = flat.unflatten(-1, (h + 2 * k, d)).split([h + k, k], dim=-2)
        half = d // 2
        rotated = torch.cat((-turned[..., half:], turned[..., :half]), dim=-1)
        turned = turned * cos + rotated * sin
        queries, keys = turned.split([h, k], dim=-2)
        return queries, keys, values

    def mlp(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        gate, up = layer.gate_up(F.rms_norm(x, x.shape[-1:], layer.norm_post, self.eps)).chunk(2, -1)
        return x + layer.down(F.silu(gate) * up)

    def turns(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines of the rotary positions, broadcastable to (..., heads, head_dim)."""
        angles = positions[..., None].float() * self.inverse_frequencies
        angles = torch.cat((angles, angles), dim=-1)[..., None, :]
        return angles.cos().to(self.embed.dtype), angles.sin().to(self.embed.dtype)

    def _forward(self, ids: torch.Tensor, before: list | None = None):
        """Hidden states, keys and values of token ids (rows, width) behind what all rows share, which is `before`.

        `before` holds keys and values of shape (1, kv_heads, shared, head_dim) per layer; those returned do not.
        """
        rows, width = ids.shape
        shared = before[0][0].shape[2] if before else 0
        cos, sin = self.turns(shared + torch.arange(width))
        causal = torch.ones(width, shared + width, dtype=torch.bool).tril(shared) if before else None
        x = F.embedding(ids, self.embed)
        read = []
        for number, layer in enumerate(self.layers):
            q, k, v = (t.transpose(1, 2) for t in self.qkv(layer, x, cos, sin))
            read.append((k, v))  # (rows, kv_heads, width, head_dim)
            if before:
                k, v = (
                    torch.cat((old.expand(rows, -1, -1, -1), new), 2)
                    for old, new in zip(before[number], (k, v), strict=True)
                )
            seen = F.scaled_dot_product_attention(
                q, k, v, attn_mask=causal, is_causal=causal is None, enable_gqa=self.heads != self.kv_heads
            )
            x = x + layer.out(seen.transpose(1, 2).flatten(-2))
            x = self.mlp(layer, x)
        return x, read

    def _read(self, prompts: list[list[int]]):
        """Read the prompts; gives last hidden states, prefix keys and values (padded on the right), and lengths."""
        lengths = torch.tensor([len(row) for row in prompts])
        groups = shared_prefixes(prompts)
        if all(size == 0 for size, _ in groups):
            x, prefix = self._forward(_padded(prompts))
            return x[torch.arange(len(prompts)), lengths - 1], prefix, lengths
        alone = [i for size, members in groups if size == 0 for i in members]
        parts = [(size, members) for size, members in groups if size]
        parts += [(0, alone)] if alone else []
        last = self.embed.new_empty((len(prompts), self.embed.shape[1]))
        shape = (len(prompts), self.kv_heads, int(lengths.max()), self.head_dim)
        prefix = [(self.embed.new_zeros(shape), self.embed.new_zeros(shape)) for _ in self.layers]
        for size, members in parts:
            before = self._forward(torch.tensor([prompts[members[0]][:size]]))[1] if size else None
            x, read = self._forward(_padded([prompts[i][size:] for i in members]), before)
            last[members] = x[torch.arange(len(members)), lengths[members] - size - 1]
            end = size + x.shape[1]
            for number, pair in enumerate(prefix):
                for kind, whole in enumerate(pair):
                    if size:
                        whole[members, :, :size] = before[number][kind]
                    whole[members, :, size:end] = read[number][kind]
        return last, prefix, lengths

    @torch.inference_mode()
    def sample(
        self,
        prompts: list[list[int]],
        n: int = 1,
        max_new_tokens: int = 64,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        max_rows: int = 512,
        stops: Stops | None = None,
        on_drawn: Callable[[int], object] | None = None,
    ) -> list[list[Sample]]:
        """Draw n completions for each prompt; temperature 0 is greedy (and then n should be 1).

        `prompts` are token ids without padding. The result keeps the order of the prompts: `result[i][j]` is the
        j-th sample of prompt i. Prompts of like length are read together, at most `max_rows` samples at a time, and
        fewer where keys and values, or logits, would take too much memory. `stops` says where a completion ends;
        without it, at the model's end-of-text token. `on_drawn` is told after each part how many completions came.
        """
        result: list[list[Sample]] = [[] for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        longest = len(prompts[order[-1]]) if order else 0
        token_bytes = 2 * len(self.layers) * self.kv_heads * self.head_dim * self.embed.element_size()
        rows_that_fit = int(self.cache_bytes / (token_bytes * (2 * longest / n + max_new_tokens)))
        rows_that_fit = min(rows_that_fit, LOGITS // self.head.weight.shape[0])
        per_call = max(1, min(max_rows, rows_that_fit) // n)
        for start in range(0, len(order), per_call):
            part = order[start : start + per_call]
            texts = [prompts[i] for i in part]
            drawn = self._sample(texts, n, max_new_tokens, temperature, generator, stops)
            for i, samples in zip(part, drawn, strict=True):
                result[i] = samples
            if on_drawn is not None:
                on_drawn(n * len(part))
        return result

    def _sample(self, prompts, n, max_new_tokens, temperature, generator, stops) -> list[list[Sample]]:
        last, prefix, lengths = self._read(prompts)
        rows = len(prompts) * n
        tokens = torch.zeros((rows, max_new_tokens), dtype=torch.long)
        log_probs = torch.zeros((rows, max_new_tokens))
        entropies = torch.zeros(rows)  # sums over tokens
        done_at = torch.full((rows,), max_new_tokens)
        eos = torch.tensor(sorted(stops.eos if stops else self.eos))
        state = Blocks(self, prefix, lengths, n, max_new_tokens)
        del prefix
        hidden = last.repeat_interleave(n, 0)
        for step in range(max_new_tokens):
            logits = self.head(F.rms_norm(hidden, hidden.shape[-1:], self.norm, self.eps)).float()
            drawn, drawn_log_probs, entropy = draw(logits, temperature, generator)
            live = state.rows >= 0
            where = state.rows[live]
            tokens[where, step] = drawn[live]
            log_probs[where, step] = drawn_log_probs[live]
            entropies[where] += entropy[live]
            ended = live & torch.isin(drawn, eos)
            if stops and stops.strings:
                for slot in (live & ~ended).nonzero()[:, 0].tolist():
                    if stops.may_end(int(drawn[slot])):
                        ended[slot] = stops.hit(tokens[state.rows[slot], : step + 1].tolist())
            done_at[state.rows[ended]] = step
            state.rows[ended] = -1
            if step + 1 == max_new_tokens or not (state.rows >= 0).any():
                break
            keep = state.compact()
            if keep is not None:
                drawn = drawn[keep]
            hidden = state.advance(drawn, step)
        out: list[list[Sample]] = []
        for i in range(rows):
            if i % n == 0:
                out.append([])
            finished = int(done_at[i]) < max_new_tokens
            size = int(done_at[i]) + 1 if finished else max_new_tokens
            mean = float(entropies[i]) / size if temperature > 0 else None
            out[-1].append(Sample(tokens[i, :size].tolist(), log_probs[i, :size].tolist(), finished, mean))
        return out


def _padded(rows: list[list[int]]) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


def draw(logits: torch.Tensor, temperature: float, generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One token per row, its log-probability under softmax(logits / temperature), and the entropy at temperature 1.

    Temperature 0 takes the likeliest token, and tells no entropy (nan).
    """
    if temperature <= 0:
        drawn = logits.argmax(-1)
        log_probs = torch.log_softmax(logits, -1).gather(-1, drawn[:, None])[:, 0]
        return drawn, log_probs, torch.full_like(log_probs, math.nan)
    if logits.shape[-1] >= LARGE_VOCABULARY:
        return _draw_in_stages(logits, temperature, generator)
    log_p = torch.log_softmax(logits / temperature, -1)
    noise = torch.empty_like(log_p).exponential_(generator=generator)
    drawn = (log_p - noise.log()).argmax(-1)  # the Gumbel trick: an exact draw from the softmax
    plain = log_p if temperature == 1 else torch.log_softmax(logits, -1)
    return drawn, log_p.gather(-1, drawn[:, None])[:, 0], -(plain.exp() * plain).sum(-1)


def _draw_in_stages(
    logits: torch.Tensor, temperature: float, generator, size: int = 128
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """First a block of `size` tokens by its weight, then a token in it: one random number per row, not per token.

    Exact like the Gumbel trick, and several times as fast for a vocabulary of tens of thousands.
    """
    rows = torch.arange(len(logits))[:, None]
    plain = logits - logits.amax(-1, keepdim=True)
    shifted = plain / temperature
    exponents = shifted.exp()
    weights = F.pad(exponents, (0, -logits.shape[-1] % size)).unflatten(-1, (-1, size))
    block_sums = weights.sum(-1).double()
    ladder = block_sums.cumsum(-1)
    point = torch.rand((len(logits), 1), generator=generator, dtype=torch.float64) * ladder[:, -1:]
    # a point on the last rung, by rounding, belongs to the last block that has any weight
    block = torch.searchsorted(ladder, point, right=True)
    block = torch.minimum(block, (ladder < ladder[:, -1:]).sum(-1, keepdim=True))
    share = ((point - ladder.gather(-1, block)) / block_sums.gather(-1, block) + 1).clamp(0, 1)
    inner = weights[rows, block][:, 0].double().cumsum(-1)
    place = torch.searchsorted(inner, share * inner[:, -1:], right=True)
    place = torch.minimum(place, (inner < inner[:, -1:]).sum(-1, keepdim=True))
    drawn = block * size + place
    ones = exponents if temperature == 1 else plain.exp()
    total = ones.sum(-1)
    entropy = total.log() - torch.einsum("rv,rv->r", ones, plain) / total
    return drawn[:, 0], (shifted.gather(-1, drawn) - ladder[:, -1:].log())[:, 0].float(), entropy
