"""Language models without weights: a random Llama or Qwen2 with a tokenizer of SmolLM2's make, and odd ones."""

from __future__ import annotations

from pathlib import Path

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
VOCABULARY = 49_152


def bytes_tokenizer(vocabulary: int = VOCABULARY, pad: bool = True, template: bool = True):
    """Byte-level BPE with single digits and ChatML tokens, as SmolLM2 has it; merges from a text that stays."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    split = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.Sequence(split)
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=special,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    source = (Path(__file__).parents[1] / "LICENSE").read_text()
    inner.train_from_iterator([source], trainer)
    known = inner.get_vocab()
    merges = [tuple(pair) for pair in _merges(inner)]
    filler = {f"Ġword{i}": i for i in range(len(known), vocabulary)}  # ids that no merge leads to
    inner = Tokenizer(models.BPE(vocab=known | filler, merges=merges))
    inner.pre_tokenizer, inner.decoder = pre_tokenizers.Sequence(split), decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        unk_token="<|endoftext|>",
        clean_up_tokenization_spaces=False,
    )
    if pad:
        tokenizer.pad_token = "<|im_end|>"
    if template:
        tokenizer.chat_template = CHATML
    return tokenizer


def _merges(inner) -> list:
    import json

    return json.loads(inner.to_str())["model"]["merges"]


def spaces_tokenizer():
    """A tokenizer that marks spaces and drops the first one when it decodes, as SentencePiece models do; adds <s>."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    characters = [chr(code) for code in range(33, 127)] + ["\n", "▁"]
    words = ["<unk>", "<s>", "</s>", *characters, "▁a", "▁f", "▁7", "▁'", "de", "re"]
    merges = [("▁", "a"), ("▁", "f"), ("▁", "7"), ("▁", "'"), ("d", "e"), ("r", "e")]
    inner = Tokenizer(models.BPE(vocab={word: i for i, word in enumerate(words)}, unk_token="<unk>", merges=merges))
    inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    inner.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", unk_token="<unk>", clean_up_tokenization_spaces=False
    )


def random_model(tokenizer, kind: str = "llama", seed: int = 0, **settings):
    """Two layers of random weights, sharp enough that completions differ from noise."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(seed)
    shape = (
        dict(
            vocab_size=len(tokenizer),
            hidden_size=48,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=6,
            num_key_value_heads=2,
            head_dim=8,
            initializer_range=0.15,
            max_position_embeddings=2048,
            bos_token_id=tokenizer.bos_token_id,
            pad_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            tie_word_embeddings=True,
        )
        | settings
    )
    config, model = {"llama": (LlamaConfig, LlamaForCausalLM), "qwen2": (Qwen2Config, Qwen2ForCausalLM)}[kind]
    made = model(config(**shape)).eval()
    for name, parameter in made.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.1)
    return made


def saved(folder: Path, tokenizer, model) -> str:
    """The model in a folder, by whose name it can be loaded."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def silent(model):
    """The model made to give every token the same chance; greedily it writes the token of id 0, again and again."""
    import torch

    torch.nn.init.zeros_(model.model.norm.weight)
    return model
