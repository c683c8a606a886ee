"""Generation by vLLM, with a stand-in that has the signature of TRL's class; vLLM itself needs a GPU."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from language_models import bytes_tokenizer, random_model, saved  # noqa: E402
from trl.generation import vllm_generation  # noqa: E402

from azr_nb.config import ConfigError, make_config  # noqa: E402
from azr_nb.environments.python_programs.environment import PythonPrograms  # noqa: E402
from azr_nb.policy.hardware import Placement  # noqa: E402
from azr_nb.policy.load import load_policy  # noqa: E402
from azr_nb.policy.vllm import VLLMSampler  # noqa: E402
from azr_nb.selfplay import SelfPlay  # noqa: E402

REAL = vllm_generation.VLLMGeneration


def scripted(prompt: list[int], place: int) -> list[int]:
    """What the stand-in answers: one token that depends on prompt and place, and the end of the text."""
    return [5 + (sum(prompt) + place) % 200, 2]


class StandIn:
    """Scripted answers in the rows of `generate`; keeps the weights that it was last given."""

    def __init__(self, **settings):
        inspect.signature(REAL.__init__).bind(self, **settings)  # the real class takes these arguments
        self.settings, self.model, self.synced, self.asleep = settings, settings["model"], [], False
        self.generation_kwargs = {}

    def sync_weights(self):
        for module in self.model.modules():  # what TRL's does to an adapter: merge, hand on, take away again
            if hasattr(module, "merge") and hasattr(module, "base_layer"):
                module.merge()
        self.synced.append({name: p.detach().clone() for name, p in self.model.named_parameters()})
        for module in self.model.modules():
            if hasattr(module, "unmerge") and hasattr(module, "base_layer"):
                module.unmerge()

    def generate(self, *arguments):
        if self.asleep:  # an engine that has slept has lost its weights
            self.sync_weights()
        self.asleep = True
        prompts, images, n = inspect.signature(REAL.generate).bind(self, *arguments).args[1:4]
        assert images is None and all(prompts[i] == prompts[i - i % n] for i in range(len(prompts)))
        assert set(self.generation_kwargs) == {"stop", "include_stop_str_in_output"}
        answers = [scripted(prompt, place % n) for place, prompt in enumerate(prompts)]
        return prompts, answers, [[[-0.5], [-0.25]] for _ in answers], None


@pytest.fixture()
def policy(tmp_path):
    tokenizer = bytes_tokenizer(2000)
    one = load_policy(saved(tmp_path / "model", tokenizer, random_model(tokenizer)), precision="bfloat16")
    one.placement = Placement("cuda", "bfloat16", False)  # as far as the settings are concerned
    return one


def test_a_run_asks_vllm_and_keeps_it_in_step(policy, monkeypatch):
    import azr_nb.learning.learner as learner

    monkeypatch.setattr(vllm_generation, "VLLMGeneration", StandIn)
    settings_of = learner._arguments

    def on_the_cpu(policy, *arguments):
        policy.placement = Placement("cpu", "bfloat16", False)
        return settings_of(policy, *arguments)

    monkeypatch.setattr(learner, "_arguments", on_the_cpu)
    config = make_config(
        "laptop",
        generation="vllm",
        proposals_per_type=3,
        solve_tasks_per_type=2,
        max_new_tokens=12,
        lora_rank=4,
        learning_rate=1e-2,
        steps=2,
        proposer_reward="random",
        solver_reward="random",
    )
    play = SelfPlay(config, policy, PythonPrograms.for_run(config))
    for task in play.environment.suite("own")[::40]:
        play.buffer.add(task)
    base = {name: p.detach().clone() for name, p in policy.model.named_parameters()}
    steps = [play.step(), play.step()]
    play.environment.close()
    settings, synced = play.roles.vllm.vllm.settings, play.roles.vllm.vllm.synced
    assert not play.roles.fast and settings["max_model_length"] == play.roles.max_prompt_tokens + 12
    assert settings["mode"] == "colocate" and settings["enable_sleep_mode"] and settings["server_base_url"] is None
    rollouts = [r for step in steps for r in step.rollouts]
    assert all(r.completion_ids in [scripted(r.prompt_ids, k) for k in range(16)] for r in rollouts)
    assert all(r.log_probs == [-0.5, -0.25] and r.finished for r in rollouts)
    assert all(step.metrics["sampler_gap"] > 0 for step in steps) and len(synced) >= 4
    name = next(name for name in synced[0] if name.endswith("q_proj.base_layer.weight"))
    assert torch.equal(synced[0][name], synced[1][name]) and not torch.equal(synced[0][name], synced[-1][name])
    after = {
        n.replace("base_model.model.", "").replace(".base_layer", ""): p
        for n, p in play.policy.model.named_parameters()
    }
    assert all(torch.equal(weight, after[n]) for n, weight in base.items())  # nothing of a merge stays behind


def test_every_process_asks_for_as_many(policy):
    one = VLLMSampler.__new__(VLLMSampler)
    one.model, one.stops = policy.model, policy.stops()
    asked = []
    answer = lambda rows, images, n: (asked.append(rows), (rows, [[5, 2]] * len(rows), 0, 0))[1]  # noqa: E731
    one.vllm = SimpleNamespace(generate=answer)
    drawn = one.sample([[7, 8]], 2, 9, 0.5, most=3)
    assert asked == [[[7, 8]] * 6] and [s.finished for s in drawn[0]] == [True, True] and len(drawn) == 1
    assert (one.vllm.temperature, one.vllm.max_completion_length) == (0.5, 9)
    assert one.sample([], 2, 9, 0.5, most=1) == [] and asked[1] == [[0]] * 2
    one.vllm.generate = lambda rows, images, n: (None, [[n]] * len(rows), None, None)
    greedy = one.sample([[7], [8]], 2, 9, 0.0, most=2)
    assert [s.ids for group in greedy for s in group] == [[1]] * 4  # vLLM has one answer to a greedy request
    assert one.sample([], 2, 9, 0.5, most=0) == [] and len(asked) == 2


def test_without_vllm_or_gpu_there_is_one_line(policy, monkeypatch):
    from accelerate import Accelerator

    trainer = SimpleNamespace(model=policy.model, accelerator=Accelerator(cpu=True))
    config = make_config("gpu")
    if not vllm_generation.is_vllm_available():
        with pytest.raises(ConfigError, match="vLLM is not installed"):
            VLLMSampler(trainer, policy, config, policy.stops(), 100)

    def broken(**settings):
        raise OSError("no space left\non device")

    monkeypatch.setattr(vllm_generation, "VLLMGeneration", broken)
    for mode, words in (("colocate", "vLLM does not start: no space left$"), ("server", "no vLLM server answers")):
        with pytest.raises(ConfigError, match=words):
            VLLMSampler(trainer, policy, make_config("gpu", vllm_mode=mode), policy.stops(), 100)
    policy.placement = Placement("cpu", "bfloat16", False)
    with pytest.raises(ConfigError, match="needs a GPU"):
        SelfPlay(config, policy, PythonPrograms())
