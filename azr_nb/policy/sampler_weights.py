"""A policy's weights as the fast sampler uses them: fused, with the adapter merged in or beside them.

In float32 the adapter's product is added to the weights. In bfloat16 that sum would be rounded to eight bits, and an
adapter that is small against the weights, as it is at first, would be lost in it; there the two thin products stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

ROPE = ("default", "llama3")  # kinds of rotary positions that are told by their frequencies alone


@dataclass
class Linear:
    """x -> W x + b, and B (A x) with the adapter's scale in B if it is not merged."""

    weight: torch.Tensor
    bias: torch.Tensor | None = None
    down: torch.Tensor | None = None
    up: torch.Tensor | None = None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        out = F.linear(x, self.weight, self.bias)
        return out if self.down is None else out + F.linear(F.linear(x, self.down), self.up)


@dataclass
class Layer:
    """One block of the model; queries, keys and values are one product, and so are gate and up."""

    qkv: Linear
    out: Linear
    gate_up: Linear
    down: Linear
    norm_in: torch.Tensor
    norm_post: torch.Tensor


def supports(model) -> bool:
    """Whether the fast sampler knows the model: a Llama or a Qwen2 on the CPU, in float32 or bfloat16."""
    config, parameter = model.config, next(model.parameters())
    rope = getattr(config, "rope_parameters", None) or {}
    return (
        config.model_type in ("llama", "qwen2")
        and config.hidden_act == "silu"
        and not getattr(config, "mlp_bias", False)
        and not getattr(config, "use_sliding_window", False)
        and rope.get("rope_type", "default") in ROPE
        and parameter.dtype in (torch.float32, torch.bfloat16)
        and parameter.device.type == "cpu"
    )


def _adapters(linear) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The active LoRA pairs (A, B times scale) of a layer."""
    base = getattr(linear, "base_layer", linear)
    if base is linear or linear.disable_adapters:
        return []
    return [
        (linear.lora_A[name].weight, linear.lora_B[name].weight * linear.scaling[name])
        for name in linear.active_adapters
        if name in linear.lora_A
    ]


def fused(*linears) -> Linear:
    """Layers that read the same input as one, with their outputs one behind the other."""
    bases = [getattr(linear, "base_layer", linear) for linear in linears]
    bias = None if bases[0].bias is None else torch.cat([base.bias for base in bases])
    dtype = bases[0].weight.dtype
    if dtype == torch.float32:
        merged = []
        for linear, base in zip(linears, bases, strict=True):
            weight = base.weight
            for name in () if base is linear or linear.disable_adapters else linear.active_adapters:
                if name in linear.lora_A:
                    weight = weight + linear.get_delta_weight(name)
            merged.append(weight)
        return Linear(merged[0] if len(merged) == 1 else torch.cat(merged), bias)
    weight = bases[0].weight if len(bases) == 1 else torch.cat([base.weight for base in bases])
    pairs = [(i, a, b) for i, linear in enumerate(linears) for a, b in _adapters(linear)]
    if not pairs:
        return Linear(weight, bias)
    down = torch.cat([a for _, a, _ in pairs]).to(dtype)
    up = torch.zeros(weight.shape[0], down.shape[0], dtype=dtype)
    starts = [sum(base.weight.shape[0] for base in bases[:i]) for i in range(len(bases))]
    column = 0
    for i, _, b in pairs:
        up[starts[i] : starts[i] + b.shape[0], column : column + b.shape[1]] = b
        column += b.shape[1]
    return Linear(weight, bias, down, up)


def layer_of(layer) -> Layer:
    """The weights of one decoder layer of transformers' Llama or Qwen2."""
    attention, mlp = layer.self_attn, layer.mlp
    return Layer(
        fused(attention.q_proj, attention.k_proj, attention.v_proj),
        fused(attention.o_proj),
        fused(mlp.gate_proj, mlp.up_proj),
        fused(mlp.down_proj),
        layer.input_layernorm.weight,
        layer.post_attention_layernorm.weight,
    )
