"""The sampler draws from the policy's own distribution: token by token, with and without an adapter."""

from __future__ import annotations

import random
from collections import Counter

import pytest

torch = pytest.importorskip("torch")

from azr_nb.learning.warmup import new_model  # noqa: E402
from azr_nb.policy.sampler import Sampler, plain_generate  # noqa: E402
from azr_nb.prompts.tokens import build_tokenizer  # noqa: E402


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer()


def untrained(tokenizer, kv_heads: int = 4):
    """A model with weights large enough that its distribution is far from uniform, and with grouped heads if asked."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=kv_heads,
        eos_token_id=1,
        bos_token_id=None,
        pad_token_id=0,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config).eval()
    for parameter in model.parameters():
        parameter.data.mul_(4)
    return model


def with_adapter(model):
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear"))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    return model


def prompts(count: int) -> list[list[int]]:
    rng = random.Random(0)
    return [[rng.randrange(3, 200) for _ in range(rng.randint(1, 30))] for _ in range(count)]


def reference(model, prompt: list[int], ids: list[int], temperature: float) -> list[float]:
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([prompt + ids])).logits[0].float() / temperature
    log_p = torch.log_softmax(logits, -1)
    return [float(log_p[len(prompt) - 1 + i, token]) for i, token in enumerate(ids)]


@pytest.mark.parametrize("kv_heads, adapter", [(4, False), (2, False), (4, True)])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_log_probabilities_equal_a_plain_forward_pass(tokenizer, kv_heads, adapter, temperature):
    model = untrained(tokenizer, kv_heads)
    model = with_adapter(model) if adapter else model
    some = prompts(9)
    generator = torch.Generator().manual_seed(1)
    drawn = Sampler(model).sample(some, 6, 24, temperature, generator, max_rows=30)
    lengths = Counter(s.finished for group in drawn for s in group)
    assert lengths[True] and lengths[False], "the case must have rows that end and rows that do not"
    for prompt, group in zip(some, drawn, strict=True):
        assert len(group) == 6
        for sample in group:
            expected = reference(model, prompt, sample.ids, temperature)
            assert sample.log_probs == pytest.approx(expected, abs=2e-3)
            assert sample.finished == (sample.ids[-1] == 1) and 1 not in sample.ids[:-1]


def test_greedy_is_the_likeliest_token_and_the_same_as_generate(tokenizer, policy):
    rows = tokenizer(
        [
            "# solve deduction\ndef f(a):\n    return a + 1\nf(3)\n###\n",
            "# solve abduction\ndef f(a):\n    return a\nf(?) => 'x'\n###\n",
        ]
    )["input_ids"]
    ours = Sampler(policy.model).sample(rows, 1, 24, 0.0)
    plain = plain_generate(policy, rows, 1, 24, 0.0)
    assert [g[0].ids for g in ours] == [g[0].ids for g in plain]


def test_same_generator_same_samples_and_order_of_prompts_is_kept(tokenizer):
    model, some = untrained(tokenizer), prompts(7)
    runs = [Sampler(model).sample(some, 3, 16, 1.0, torch.Generator().manual_seed(5)) for _ in range(2)]
    assert runs[0] == runs[1]


def test_frequencies_match_the_distribution(tokenizer):
    model, prompt = untrained(tokenizer), [5, 6, 7]
    drawn = Sampler(model).sample([prompt], 4000, 1, 1.0, torch.Generator().manual_seed(2), max_rows=4000)[0]
    counts = Counter(sample.ids[0] for sample in drawn)
    with torch.no_grad():
        p = torch.softmax(model(input_ids=torch.tensor([prompt])).logits[0, -1], -1)
    for token in p.topk(5).indices.tolist():
        expected = float(p[token])
        assert counts[token] / 4000 == pytest.approx(expected, abs=4 * (expected * (1 - expected) / 4000) ** 0.5 + 1e-3)


def test_unknown_architectures_are_refused():
    from transformers import GPT2Config, GPT2LMHeadModel

    model = GPT2LMHeadModel(GPT2Config(vocab_size=20, n_embd=8, n_layer=1, n_head=1, bos_token_id=1, eos_token_id=1))
    with pytest.raises(ValueError, match="gpt2"):
        Sampler(model)


def test_new_model_is_small_and_the_same_for_one_seed(tokenizer):
    one, two = new_model(tokenizer, 3), new_model(tokenizer, 3)
    assert sum(p.numel() for p in one.parameters()) < 6_000_000
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
