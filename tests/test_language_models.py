"""Language models in the loop without any weights of theirs: a random model with a tokenizer of SmolLM2's make."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from language_models import bytes_tokenizer, random_model, saved, silent, spaces_tokenizer  # noqa: E402

from azr_nb.config import ConfigError, make_config  # noqa: E402
from azr_nb.environments.python_programs.environment import PythonPrograms  # noqa: E402
from azr_nb.learning.learner import Learner  # noqa: E402
from azr_nb.learning.packing import rows_of  # noqa: E402
from azr_nb.policy.generate import _rows_that_fit, plain_generate  # noqa: E402
from azr_nb.policy.load import PolicyError, load_policy  # noqa: E402
from azr_nb.policy.prefixes import SHARE_FROM  # noqa: E402
from azr_nb.policy.sampler import Sampler, draw  # noqa: E402
from azr_nb.selfplay import SeedingError, SelfPlay  # noqa: E402
from azr_nb.tasks import TASK_TYPES, Rollout  # noqa: E402

SMALL = dict(
    proposals_per_type=4, solve_tasks_per_type=2, solve_samples=2, solve_rate_samples=2, lora_rank=4, max_new_tokens=24
)


@pytest.fixture(scope="module")
def tokenizer():
    return bytes_tokenizer()


@pytest.fixture(scope="module")
def folder(tokenizer, tmp_path_factory):
    return saved(tmp_path_factory.mktemp("language") / "model", tokenizer, random_model(tokenizer))


def played(policy, **settings):
    config = make_config("laptop", **{**SMALL, **settings})
    play = SelfPlay(config, policy, PythonPrograms.for_run(config))
    for kind in TASK_TYPES:
        for task in [task for task in play.environment.suite("own") if task.type == kind][:6]:
            play.buffer.add(task)
    return play


@pytest.mark.parametrize("prompt_format", ["auto", "r1"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_step_of_self_play_goes_through(folder, prompt_format, precision):
    policy = load_policy(folder, precision=precision)
    play = played(policy, prompt_format=prompt_format)
    trace = play.step()
    play.environment.close()
    assert (
        play.roles.prompt_format.name == ("r1" if prompt_format == "r1" else "fewshot")
        and play.roles.fast
        and play.roles.packed
    )
    assert len(trace.of("propose")) == 12 and len(trace.of("solve")) == 12
    assert all(r.verdict.ok or r.verdict.reason for r in trace.rollouts)
    first = trace.rollouts[0].prompt
    assert first.startswith("<|im_start|>user") if prompt_format == "r1" else first.endswith("\n\ndef f")
    assert next(iter(policy.model.parameters())).dtype == getattr(torch, precision)


def prompts_that_begin_alike(tokenizer, count: int = 6) -> list[list[int]]:
    rng = torch.Generator().manual_seed(3)
    drawn = lambda n: torch.randint(3, len(tokenizer), (n,), generator=rng).tolist()  # noqa: E731
    heads = [drawn(SHARE_FROM + 20), drawn(SHARE_FROM + 5)]
    return [heads[i % 2] + drawn(4 + 3 * i) for i in range(count)] + [drawn(30), heads[0]]


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
@pytest.mark.parametrize("precision, tolerance", [("float32", 2e-4), ("bfloat16", 0.25)])
def test_the_sampler_draws_from_the_models_own_distribution(tokenizer, kind, precision, tolerance):
    from peft import LoraConfig, get_peft_model

    model = random_model(tokenizer, kind).to(getattr(torch, precision))
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    model.eval()
    prompts = prompts_that_begin_alike(tokenizer)
    drawn = Sampler(model).sample(prompts, 3, 12, 0.7, torch.Generator().manual_seed(1))
    for prompt, group in zip(prompts, drawn, strict=True):
        for sample in group:
            with torch.no_grad():
                logits = model(input_ids=torch.tensor([prompt + sample.ids])).logits[0, len(prompt) - 1 : -1].float()
            expected = torch.log_softmax(logits / 0.7, -1).gather(-1, torch.tensor(sample.ids)[:, None])[:, 0]
            assert torch.allclose(torch.tensor(sample.log_probs), expected, atol=tolerance)
    greedy = Sampler(model).sample(prompts, 1, 12, 0.0)
    again = Sampler(model).sample(prompts, 1, 12, 0.0)
    assert greedy == again


def test_a_token_of_a_large_vocabulary_is_drawn_by_its_probability():
    logits = torch.randn(1, 5000, generator=torch.Generator().manual_seed(0)) * 3
    logits[0, -1] = 9.0  # in the last block, which is not full
    p = torch.softmax(logits / 1.3, -1)[0]
    drawn, log_p, entropy = draw(logits.expand(20_000, -1).clone(), 1.3, torch.Generator().manual_seed(1))
    assert torch.allclose(entropy, torch.distributions.Categorical(logits=logits[0]).entropy(), atol=1e-3)
    counts = Counter(drawn.tolist())
    for token in p.topk(6).indices.tolist():
        share = float(p[token])
        assert counts[token] / 20_000 == pytest.approx(share, abs=4 * (share * (1 - share) / 20_000) ** 0.5)
    assert torch.allclose(log_p, p[drawn].log(), atol=1e-4)
    sure = torch.full((3, 4999), -200.0)
    sure[:, 4998] = 0.0
    assert draw(sure, 1.0, torch.Generator().manual_seed(2))[0].tolist() == [4998] * 3


def test_stop_strings_end_a_completion_in_both_samplers(folder):
    policy = load_policy(folder, precision="float32")
    prompts = policy.encode(["def f(a):\n", "x"])
    text = policy.tokenizer.decode(Sampler(policy.model).sample(prompts[:1], 1, 20, 0.0)[0][0].ids[5:])
    end = next(letter for letter in text if letter.isalpha())  # that comes, and not at once
    stops = policy.stops((end,))
    ours = Sampler(policy.model).sample(prompts, 1, 20, 0.0, stops=stops)
    plain = plain_generate(policy, prompts, 1, 20, 0.0, stops=stops)
    free = Sampler(policy.model).sample(prompts, 1, 20, 0.0)
    for prompt, one, other, long in zip(prompts, ours, plain, free, strict=True):
        assert one[0].ids == other[0].ids and one[0].finished == other[0].finished
        cut, found = stops.cut(long[0].ids)
        assert one[0].ids == cut and one[0].finished == found
        whole = policy.tokenizer.decode(long[0].ids)
        assert stops.text(prompt, one[0].ids) == whole.partition(end)[0].replace("<|im_end|>", "")
    assert any(one[0].finished and len(one[0].ids) < 20 for one in ours)
    kept = policy.stops(("e",), keep=True)
    assert kept.text([5], policy.encode(["free"])[0]).endswith("fre")


def test_a_models_own_settings_of_generation_do_not_change_what_is_drawn(tokenizer, tmp_path):
    from transformers import GenerationConfig

    prompts, drawn = [[5, 9, 11], [7, 3]], []
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    for name, settings in (
        ("plain", {}),
        ("own", dict(top_p=0.1, min_p=0.5, no_repeat_ngram_size=1, min_length=15, suppress_tokens=[5], do_sample=True)),
    ):
        model = random_model(tokenizer)
        model.generation_config = GenerationConfig(eos_token_id=[tokenizer.eos_token_id, end], **settings)
        policy = load_policy(saved(tmp_path / name, tokenizer, model), precision="float32")
        assert policy.eos == {tokenizer.eos_token_id, end}
        drawn.append(
            [plain_generate(policy, prompts, 2, 12, heat, torch.Generator().manual_seed(1)) for heat in (0.0, 1.0)]
        )
    assert drawn[0] == drawn[1]


def test_generate_takes_no_more_rows_than_fit(folder, monkeypatch):
    policy, together = load_policy(folder, precision="float32"), []
    prompts = [[5] * 20] * 12
    numbers = 2 * 2 * 2 * 8 * 4 * (20 + 10)  # bytes of a row: two kinds, layers, heads, their size, float32, tokens
    for room in (7 * numbers, 10**9, 1):
        calls: list[int] = []
        monkeypatch.setattr("azr_nb.policy.generate.ROOM_BYTES", room)
        drawn = plain_generate(policy, prompts, 2, 10, 0.0, on_drawn=calls.append)
        assert len(drawn) == 12
        together.append(calls)
    assert together == [[6] * 4, [24], [2] * 12]
    for heads in (None, [2, 1]):  # a model without attention, or with another one in each layer: the usual number
        shape = SimpleNamespace(num_hidden_layers=2, hidden_size=8, num_attention_heads=heads)
        odd = SimpleNamespace(config=SimpleNamespace(get_text_config=lambda shape=shape: shape))
        assert _rows_that_fit(odd, 30) > 512


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_packed_gradients_of_prompts_that_begin_alike_equal_padded_ones(tokenizer, tmp_path, kind, monkeypatch):
    import azr_nb.learning.packing as packing

    monkeypatch.setattr(packing, "HEAD_NUMBERS", 16 * len(tokenizer))  # the vocabulary's logits in several parts
    folder = saved(tmp_path / "model", tokenizer, random_model(tokenizer, kind))
    prompts, rows = prompts_that_begin_alike(tokenizer), []
    for i, prompt in enumerate(prompts):
        rows += [
            Rollout("solve", TASK_TYPES[0], "", "", prompt, prompt[k : k + 5 + k], advantage=(-1.0) ** (i + k))
            for k in range(2)
        ]
    assert {row.shared for row in rows_of(rows)} == {0, SHARE_FROM + 5, SHARE_FROM + 19}
    config, found = make_config("laptop", lora_rank=4, micro_batch_tokens=512), []
    for packed in (True, False):
        policy = load_policy(folder, precision="float32")
        trainer = Learner(policy, config, tmp_path / "run", packed).trainer
        for name, parameter in trainer.model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.05, generator=torch.Generator().manual_seed(1))
            elif "lora_A" in name:
                torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(2))
        trainer.gradients(trainer.model, rows)
        found.append([p.grad.clone() for p in trainer.model.parameters() if p.requires_grad])
    assert max(float(g.abs().max()) for g in found[0]) > 1e-3
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(*found, strict=True))


def test_gradient_checkpointing_gives_the_same_gradients(tokenizer, tmp_path):
    folder = saved(tmp_path / "model", tokenizer, random_model(tokenizer))
    prompts = prompts_that_begin_alike(tokenizer, 3)
    rows = [Rollout("solve", TASK_TYPES[0], "", "", p, p[:7], advantage=1.0) for p in prompts]
    found = []
    for saving in (False, True):
        policy = load_policy(folder, precision="float32", checkpointing=saving)
        torch.manual_seed(0)
        trainer = Learner(policy, make_config("laptop", lora_rank=4), tmp_path / "run").trainer
        if saving:  # as the trainer does when it starts
            trainer.model.gradient_checkpointing_enable(trainer.args.gradient_checkpointing_kwargs)
            trainer.model.enable_input_require_grads()
        for name, parameter in trainer.model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter, std=0.05, generator=torch.Generator().manual_seed(1))
        trainer.gradients(trainer.model, rows)
        found.append([p.grad.clone() for p in trainer.model.parameters() if p.requires_grad])
    assert trainer.args.gradient_checkpointing and trainer.model.is_gradient_checkpointing
    assert max(float(g.abs().max()) for g in found[0]) > 1e-4
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(*found, strict=True))


# --- odd models ------------------------------------------------------------------------------------------------------
def test_without_padding_token_or_chat_template_a_model_is_mended_and_said_to_be(tmp_path):
    odd = bytes_tokenizer(2000, pad=False, template=False)
    policy = load_policy(saved(tmp_path / "odd", odd, random_model(odd)))
    assert policy.pad == policy.tokenizer.eos_token_id and "padding" in policy.notes[0]
    play = played(policy, prompt_format="r1")
    trace = play.step()
    play.environment.close()
    assert trace.rollouts[0].prompt.startswith("A conversation.") and trace.rollouts[0].prompt.endswith("<think>")


def test_a_tokenizer_that_drops_spaces_and_begins_texts_loses_nothing(tmp_path):
    odd = spaces_tokenizer()
    policy = load_policy(saved(tmp_path / "odd", odd, random_model(odd)))
    assert policy.encode(["f a"])[0][0] == policy.tokenizer.bos_token_id
    stops = policy.stops(("\n\n",))
    for text in (" 7", "(a) == 7", " 'a' f", "x"):
        prompt = policy.encode(["assert f(3) =="])[0]
        whole = policy.encode(["assert f(3) ==" + text])[0]
        assert whole[: len(prompt)] == prompt and stops.text(prompt, whole[len(prompt) :]) == text
    play = played(policy)
    play.step()
    play.environment.close()


@pytest.mark.parametrize("eos, fate", [(0, "no answer"), (2, "did not end")])
def test_a_model_that_says_nothing_or_never_ends_is_told_so(tokenizer, tmp_path, eos, fate):
    odd = bytes_tokenizer(2000)
    odd.eos_token = odd.convert_ids_to_tokens(eos)
    model = silent(random_model(odd, eos_token_id=eos))
    policy = load_policy(saved(tmp_path / "odd", odd, model), precision="float32")
    play = played(policy)
    groups = play.roles.solve(play.buffer.of_type("deduction"), 1, "test", temperature=0.0)
    assert all(fate in group[0].verdict.reason for group in groups)
    play.buffer = type(play.buffer)(100, "newest", play.environment.key)
    with pytest.raises(SeedingError, match="five rounds brought nothing new"):
        play.seed()
    play.environment.close()


def test_a_models_own_code_is_never_run(tokenizer, tmp_path, monkeypatch):
    import json

    folder = Path(saved(tmp_path / "own", tokenizer, random_model(bytes_tokenizer(2000))))
    settings = json.loads((folder / "config.json").read_text())
    settings |= {"model_type": "t5", "auto_map": {"AutoModelForCausalLM": "own.Own", "AutoConfig": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.setattr("builtins.input", lambda *question: "y")
    with pytest.raises(PolicyError, match="cannot load"):
        load_policy(str(folder))
    assert not (tmp_path / "ran").exists()


def test_what_cannot_be_loaded_or_asked_is_one_line(folder, tokenizer, tmp_path):
    short = random_model(bytes_tokenizer(2000))
    with pytest.raises(PolicyError, match="49152 tokens and the model only 2000"):
        load_policy(saved(tmp_path / "short", tokenizer, short))
    policy = load_policy(folder)
    for settings, words in (
        (dict(prompt_format="compact"), "not trained on it"),
        (dict(honest_messages=True), "honest_messages"),
    ):
        with pytest.raises(ConfigError, match=words):
            played(policy, **settings)
    with pytest.raises(ConfigError, match="knows no other prompt format"):
        SelfPlay(make_config(prompt_format="r1"), load_policy("tiny"), PythonPrograms())
