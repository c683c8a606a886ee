"""Batched generation for Llama-style policies: prompts read once, samples in blocks, finished rows dropped.

`model.generate` spends most of a small model's time on reading the same prompt n times and on copying a growing
cache. Here every distinct prompt is read once; its keys and values are shared by all samples of it; keys and values
of new tokens go into a buffer of fixed size; and rows that have ended leave the batch. LoRA weights are merged into
the base weights beforehand (a copy, a few milliseconds for a tiny model).

The distribution is the policy's own: a test compares every log-probability with a plain forward pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Sample:
    """One completion: token ids (with the end-of-text token if `finished`) and their log-probabilities.

    The log-probabilities are those of the distribution sampled from, that is after the temperature.
    """

    ids: list[int]
    log_probs: list[float]
    finished: bool


@dataclass
class _Layer:
    qkv: torch.Tensor
    out: torch.Tensor
    gate_up: torch.Tensor
    down: torch.Tensor
    norm_in: torch.Tensor
    norm_post: torch.Tensor


def _merged(linear) -> torch.Tensor:
    """A linear layer's weight with its active LoRA adapter added, as a new tensor or the layer's own."""
    base = getattr(linear, "base_layer", linear)
    weight = base.weight
    if base is not linear and not linear.disable_adapters:
        for name in linear.active_adapters:
            if name in linear.lora_A:
                weight = weight + linear.get_delta_weight(name)
    return weight


def supports(model) -> bool:
    """Whether the fast sampler knows the architecture: Llama without biases, plain rotary positions, float32."""
    config = model.config
    rope = getattr(config, "rope_parameters", None) or {}
    return (
        config.model_type == "llama"
        and config.hidden_act == "silu"
        and not getattr(config, "attention_bias", False)
        and not getattr(config, "mlp_bias", False)
        and rope.get("rope_type", "default") == "default"
        and isinstance(config.eos_token_id, int)
        and next(model.parameters()).dtype == torch.float32
    )


class Sampler:
    """A snapshot of a policy's weights that can generate; take a new one after each update."""

    def __init__(self, model) -> None:
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        if not supports(inner):
            raise ValueError(f"the fast sampler does not know {inner.config.model_type!r} models")
        config, body = inner.config, inner.model
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.head_dim = getattr(config, "head_dim", None) or config.hidden_size // self.heads
        self.eps, self.eos = config.rms_norm_eps, config.eos_token_id
        self.inverse_frequencies = body.rotary_emb.inv_freq
        with torch.no_grad():
            self.layers = [self._layer(layer) for layer in body.layers]
            self.embed, self.norm = body.embed_tokens.weight, body.norm.weight
            self.head = _merged(inner.lm_head)

    @staticmethod
    def _layer(layer) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        parts = (attention.q_proj, attention.k_proj, attention.v_proj)
        return _Layer(
            torch.cat([_merged(part) for part in parts]),
            _merged(attention.o_proj),
            torch.cat([_merged(mlp.gate_proj), _merged(mlp.up_proj)]),
            _merged(mlp.down_proj),
            layer.input_layernorm.weight,
            layer.post_attention_layernorm.weight,
        )

    def _qkv(self, layer: _Layer, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor):
        """Queries, keys, values of shape (..., heads, head_dim) with rotary positions applied."""
        h, k, d = self.heads, self.kv_heads, self.head_dim
        flat = F.linear(F.rms_norm(x, x.shape[-1:], layer.norm_in, self.eps), layer.qkv)
        turned, values = flat.unflatten(-1, (h + 2 * k, d)).split([h + k, k], dim=-2)
        half = d // 2
        rotated = torch.cat((-turned[..., half:], turned[..., :half]), dim=-1)
        turned = turned * cos + rotated * sin
        queries, keys = turned.split([h, k], dim=-2)
        return queries, keys, values

    def _mlp(self, layer: _Layer, x: torch.Tensor) -> torch.Tensor:
        gate, up = F.linear(F.rms_norm(x, x.shape[-1:], layer.norm_post, self.eps), layer.gate_up).chunk(2, -1)
        return x + F.linear(F.silu(gate) * up, layer.down)

    def _turns(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        angles = positions[..., None].float() * self.inverse_frequencies
        angles = torch.cat((angles, angles), dim=-1)[..., None, :]
        return angles.cos(), angles.sin()

    def _read(self, prompts: list[list[int]]):
        """Read the prompts (padded on the right); gives last hidden states, prefix keys and values, and lengths."""
        width = max(map(len, prompts))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in prompts])
        lengths = torch.tensor([len(row) for row in prompts])
        cos, sin = self._turns(torch.arange(width))
        x = F.embedding(ids, self.embed)
        prefix = []
        for layer in self.layers:
            q, k, v = (t.transpose(1, 2) for t in self._qkv(layer, x, cos, sin))
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.kv_heads)
            x = x + F.linear(seen.transpose(1, 2).flatten(-2), layer.out)
            x = self._mlp(layer, x)
            prefix.append((k, v))  # (prompts, kv_heads, width, head_dim)
        return x[torch.arange(len(prompts)), lengths - 1], prefix, lengths

    @torch.inference_mode()
    def sample(
        self,
        prompts: list[list[int]],
        n: int = 1,
        max_new_tokens: int = 64,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        max_rows: int = 512,
    ) -> list[list[Sample]]:
        """Draw n completions for each prompt; temperature 0 is greedy (and then n should be 1).

        `prompts` are token ids without padding. The result keeps the order of the prompts: `result[i][j]` is the
        j-th sample of prompt i. Prompts of like length are read together, at most `max_rows` samples at a time.
        """
        result: list[list[Sample]] = [[] for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        per_call = max(1, max_rows // n)
        for start in range(0, len(order), per_call):
            part = order[start : start + per_call]
            for i, samples in zip(
                part, self._sample([prompts[i] for i in part], n, max_new_tokens, temperature, generator), strict=True
            ):
                result[i] = samples
        return result

    def _sample(self, prompts, n, max_new_tokens, temperature, generator) -> list[list[Sample]]:
        last, prefix, lengths = self._read(prompts)
        rows = len(prompts) * n
        tokens = torch.zeros((rows, max_new_tokens), dtype=torch.long)
        log_probs = torch.zeros((rows, max_new_tokens))
        done_at = torch.full((rows,), max_new_tokens)
        state = _Blocks(self, prefix, lengths, n, max_new_tokens)
        hidden = last.repeat_interleave(n, 0)
        for step in range(max_new_tokens):
            x = F.rms_norm(hidden, hidden.shape[-1:], self.norm, self.eps)
            logits = F.linear(x, self.head).float()
            drawn, drawn_log_probs = _draw(logits, temperature, generator)
            live = state.rows >= 0
            where = state.rows[live]
            tokens[where, step] = drawn[live]
            log_probs[where, step] = drawn_log_probs[live]
            ended = live & (drawn == self.eos)
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
            out[-1].append(Sample(tokens[i, :size].tolist(), log_probs[i, :size].tolist(), finished))
        return out


def _draw(logits: torch.Tensor, temperature: float, generator) -> tuple[torch.Tensor, torch.Tensor]:
    """One token per row and its log-probability under softmax(logits / temperature); 0 takes the likeliest."""
    if temperature <= 0:
        drawn = logits.argmax(-1)
        return drawn, torch.log_softmax(logits, -1).gather(-1, drawn[:, None])[:, 0]
    log_p = torch.log_softmax(logits / temperature, -1)
    noise = torch.empty_like(log_p).exponential_(generator=generator)
    drawn = (log_p - noise.log()).argmax(-1)  # the Gumbel trick: an exact draw from the softmax
    return drawn, log_p.gather(-1, drawn[:, None])[:, 0]


class _Blocks:
    """The running batch: blocks of `size` samples that share one prompt's keys and values.

    `rows[i]` is the sample at slot i, or -1 for an empty slot; slot i belongs to block i // size. When enough rows
    have ended, the living ones are packed anew into blocks of the cheapest size.
    """

    def __init__(self, sampler: Sampler, prefix, lengths, n: int, max_new_tokens: int) -> None:
        self.sampler, self.prefix, self.lengths = sampler, prefix, lengths
        self.size = n
        self.rows = torch.arange(len(lengths) * n)
        self.prompt_of_row = torch.arange(len(lengths)).repeat_interleave(n)
        s = sampler
        self.buffers = [
            tuple(torch.empty((len(self.rows), s.kv_heads, max_new_tokens, s.head_dim)) for _ in range(2))
            for _ in s.layers
        ]
        self.used = 0
        self._gather(torch.arange(len(lengths)))

    def _gather(self, block_prompts: torch.Tensor) -> None:
        """Take the prefix of each block's prompt, and the mask that hides the prompt's padding."""
        self.block_prompts = block_prompts
        lengths = self.lengths[block_prompts]
        width = int(lengths.max())
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
        self.buffers = [
            tuple(_shrunk(buffer, kept, used) for buffer in pair) for pair in self.buffers
        ]
        self._gather(torch.tensor(blocks))
        return kept

    def advance(self, tokens: torch.Tensor, step: int) -> torch.Tensor:
        """Feed one token per slot and return the last hidden states, shape (slots, hidden)."""
        s, size = self.sampler, self.size
        groups = s.heads // s.kv_heads
        slots = len(tokens)
        cos, sin = s._turns(self.slot_lengths + step)
        x = F.embedding(tokens, s.embed)
        scale = 1.0 / math.sqrt(s.head_dim)
        for layer, (keys, values), (pk, pv) in zip(s.layers, self.buffers, self.block_prefix, strict=True):
            q, k, v = s._qkv(layer, x, cos, sin)
            keys[:, :, step], values[:, :, step] = k, v
            q = q * scale
            # (slots, kv_heads, groups, d) against own tokens; (blocks, kv_heads, size * groups, d) against the prompt
            own_q = q.unflatten(1, (s.kv_heads, groups))
            block_q = own_q.unflatten(0, (-1, size)).transpose(1, 2).flatten(2, 3)
            prompt_scores = block_q @ pk.transpose(-1, -2) + self.prefix_mask
            own_scores = own_q @ keys[:, :, : step + 1].transpose(-1, -2)
            prompt_scores = prompt_scores.unflatten(2, (size, groups)).transpose(1, 2).flatten(0, 1)
            weights = torch.softmax(torch.cat((prompt_scores, own_scores), -1), -1)
            on_prompt, on_own = weights.split([pk.shape[2], step + 1], -1)
            block_w = on_prompt.unflatten(0, (-1, size)).transpose(1, 2).flatten(2, 3)
            seen = (block_w @ pv).unflatten(2, (size, groups)).transpose(1, 2).flatten(0, 1)
            seen = seen + on_own @ values[:, :, : step + 1]
            x = x + F.linear(seen.reshape(slots, -1), layer.out)
            x = s._mlp(layer, x)
        self.used = step + 1
        return x


def _shrunk(buffer: torch.Tensor, kept: torch.Tensor, used: int) -> torch.Tensor:
    """The kept rows of a cache buffer; only the used part is copied."""
    smaller = torch.empty((len(kept), *buffer.shape[1:]))
    smaller[:, :, :used] = buffer[kept, :, :used]
    return smaller


@torch.inference_mode()
def plain_generate(policy, prompts, n, max_new_tokens, temperature, generator=None) -> list[list[Sample]]:
    """The reference: `model.generate` on every prompt n times, padded on the left; log-probabilities are not kept.

    For any architecture. Draws from torch's global generator, which is seeded from `generator` for the call.
    """
    if not prompts:
        return []
    rows = [prompt for prompt in prompts for _ in range(n)]
    width, pad = max(map(len, rows)), policy.tokenizer.pad_token_id
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    options = dict(do_sample=True, temperature=temperature, top_k=0) if temperature > 0 else dict(do_sample=False)
    with torch.random.fork_rng():
        if generator is not None:
            torch.manual_seed(int(torch.randint(2**60, (1,), generator=generator)))
        out = policy.model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=max_new_tokens,
                                    pad_token_id=pad, **options)  # fmt: skip
    result: list[list[Sample]] = []
    for i, row in enumerate(out[:, width:].tolist()):
        finished = policy.eos in row
        kept = row[: row.index(policy.eos) + 1] if finished else row
        if i % n == 0:
            result.append([])
        result[-1].append(Sample(kept, [], finished))
    return result
