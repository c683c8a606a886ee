"""What can be counted without running anything: parameters, bytes kept for the backward pass, the work of a step.

All of it is exact, and tested against models built without weights.
"""

from __future__ import annotations

from azr_nb.planning_tables import Batch, ModelShape


def _linears(m: ModelShape) -> list[tuple[int, int]]:
    """Inputs and outputs of a layer's seven matrices: q, k, v, o, gate, up, down."""
    query, key = m.heads * m.head_dim, m.kv_heads * m.head_dim
    return [(m.hidden, query), (m.hidden, key), (m.hidden, key), (query, m.hidden),
            (m.hidden, m.intermediate), (m.hidden, m.intermediate), (m.intermediate, m.hidden)]  # fmt: skip


def layer_parameters(m: ModelShape) -> int:
    """Parameters of a layer: its matrices, the biases of q, k and v if any, and two norms."""
    biases = (m.heads + 2 * m.kv_heads) * m.head_dim if m.biased else 0
    return sum(a * b for a, b in _linears(m)) + biases + 2 * m.hidden


def parameters(m: ModelShape) -> int:
    """All parameters, exactly: embedding, head unless it is tied, layers, last norm."""
    return m.vocabulary * m.hidden * (1 if m.tied else 2) + m.layers * layer_parameters(m) + m.hidden


def lora_parameters(m: ModelShape, rank: int) -> int:
    """Parameters of an adapter on all seven matrices of every layer, exactly: rank x (inputs + outputs) each."""
    return m.layers * sum(rank * (a + b) for a, b in _linears(m))


def kv_bytes(m: ModelShape, width: int) -> int:
    """Bytes of keys and values per token of context: 2 x layers x KV heads x head size x bytes."""
    return 2 * m.layers * m.kv_heads * m.head_dim * width


def activation_bytes(m: ModelShape, rank: int, precision: str) -> int:
    """Bytes that a layer keeps per token for the backward pass, with LoRA on all matrices and fused attention.

    Exact for the layers of Llama and Qwen2 in transformers 5; half precision means autocast, where norms keep float32.
    """
    heads, keys = m.heads * m.head_dim, m.kv_heads * m.head_dim
    if precision == "float32":
        return 4 * (4 * m.hidden + 2 * heads + 2 * keys + m.heads + 4 * m.intermediate + 7 * rank + 2)
    return 18 * m.hidden + 6 * heads + 4 * keys + 4 * m.heads + 8 * m.intermediate + 14 * rank + 8


def work(batch: Batch) -> dict[str, float]:
    """What a step generates and trains: `prompts` that are read, `samples` drawn, `rows` and `tokens` trained on."""
    b = batch
    proposals = b.task_types * b.proposals_per_type
    rate, own = proposals * b.valid, b.task_types * b.solve_tasks_per_type
    samples = proposals + rate * b.solve_rate_samples + own * b.solve_samples
    rows = proposals + own * b.solve_samples + b.train_on_solve_rate_samples * rate * b.solve_rate_samples
    trained_prompts = proposals + own + b.train_on_solve_rate_samples * rate  # samples of a prompt share its reading
    tokens = rows * b.completion_tokens + trained_prompts * b.prompt_tokens
    return {"prompts": proposals + rate + own, "samples": samples, "rows": rows, "tokens": tokens}
