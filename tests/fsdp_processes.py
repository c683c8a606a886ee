"""Started by test_recipes in two processes: gradients of a LoRA adapter under FSDP2 on CPUs, against one process's."""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace

import yaml


def main(recipe: str, folder: str) -> None:
    with open(recipe) as file:
        for key, value in yaml.safe_load(file)["fsdp_config"].items():  # as the launcher hands them on
            os.environ[key.upper()] = str(value).lower() if isinstance(value, bool) else str(value)

    import torch
    from accelerate.utils import FullyShardedDataParallelPlugin
    from accelerate.utils.fsdp_utils import fsdp2_prepare_model
    from peft import LoraConfig, get_peft_model
    from torch import distributed
    from torch.distributed.tensor import DTensor
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    distributed.init_process_group("gloo")
    rank, size = distributed.get_rank(), distributed.get_world_size()

    def build():
        torch.manual_seed(0)
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=64,
                hidden_size=32,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                tie_word_embeddings=True,
            )
        )
        lora = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
        return get_peft_model(model, lora).train()

    rows = torch.randint(0, 64, (4, 9), generator=torch.Generator().manual_seed(5))
    alone = build()
    alone(input_ids=rows, labels=rows, use_cache=False).loss.backward()
    wanted = {name: p.grad for name, p in alone.named_parameters() if p.requires_grad}

    # accelerate shards on GPUs only, so its preparation of the model is called by itself
    accelerator = SimpleNamespace(
        state=SimpleNamespace(fsdp_plugin=FullyShardedDataParallelPlugin()),
        device="cpu",
        torch_device_mesh=None,
        mixed_precision="no",
        is_main_process=rank == 0,
    )
    model = fsdp2_prepare_model(accelerator, build())
    assert all(isinstance(p, DTensor) != p.requires_grad for p in model.parameters())
    errors = []
    for checkpointing in (False, True):
        model.zero_grad(set_to_none=True)
        if checkpointing:
            model.enable_input_require_grads()
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        for row in rows[rank::size]:
            (model(input_ids=row[None], labels=row[None], use_cache=False).loss / len(rows)).backward()
        worst = 0.0
        for name, p in model.named_parameters():
            if p.requires_grad:
                distributed.all_reduce(p.grad)
                worst = max(worst, float((p.grad - wanted[name]).abs().max()))
        errors.append(worst)
    with open(f"{folder}/{rank}-drawn", "w") as file:
        json.dump(samples(lambda model: fsdp2_prepare_model(accelerator, model), rank), file)
    errors += trainer_errors(lambda model: fsdp2_prepare_model(accelerator, model), folder)
    with open(f"{folder}/{rank}", "w") as file:
        json.dump(errors, file)
    distributed.destroy_process_group()


def samples(shard, rank: int) -> dict[str, list]:
    """Greedy and drawn completions of a policy whose weights are spread, before and after an update, and of a whole."""
    import torch
    from peft import get_peft_model

    from azr_nb.config import make_config
    from azr_nb.policy.generate import generate_gathers, plain_generate
    from azr_nb.policy.load import load_policy, lora_config

    found = {}
    prompts = ["# solve deduction\ndef f(a):\n    return a + 'xyz'\nf('abcdef')\n###\n", "# propose deduction\n"][rank:]
    for form in ("whole", "spread"):
        policy = load_policy("tiny")
        policy.model.config.tie_word_embeddings = True
        policy.model = get_peft_model(policy.model, lora_config(make_config(lora_rank=4), policy.model))
        with torch.no_grad():
            for i, p in enumerate(p for _, p in sorted(policy.model.named_parameters()) if p.requires_grad):
                p.normal_(0, 0.05, generator=torch.Generator().manual_seed(i))
        if form == "spread":
            policy.model = shard(policy.model)
            generate_gathers(policy.model)
        ids, rows = policy.encode(prompts), []
        for _ in range(2):
            for heat, n in ((0.0, 1), (1.0, 3)):
                drawn = plain_generate(
                    policy, ids, n, 24 + 8 * rank, heat, torch.Generator().manual_seed(3), synced_gpus=form == "spread"
                )
                rows.append([s.ids for group in drawn for s in group])
            batch = torch.tensor(ids[:1])
            policy.model.train()
            policy.model(input_ids=batch, labels=batch, use_cache=False).loss.backward()  # what an update begins with
            policy.model.eval()
        found[form] = rows
    return found


def trainer_errors(shard, folder: str) -> list[float]:
    """The self-play trainer's gradients and report with weights spread over two processes, against one alone."""
    import torch

    from azr_nb.config import make_config
    from azr_nb.learning.learner import Learner
    from azr_nb.policy.load import load_policy
    from azr_nb.policy.processes import Team
    from azr_nb.tasks import Rollout

    rng = torch.Generator().manual_seed(7)
    drawn = lambda n: torch.randint(3, 150, (n,), generator=rng).tolist()  # noqa: E731
    prompts = [drawn(20 + 9 * i) for i in range(7)]
    rows = [
        Rollout("solve", kind, "", "", prompt, drawn(4 + i), advantage=(-1.0) ** i)
        for i, prompt in enumerate(prompts)
        for kind in ("deduction", "abduction")[: 1 + i % 2]
    ]
    config = make_config(kl_weight=0.1, micro_batch_tokens=256, lora_rank=4)
    found, reports = [], []
    for sharded in (False, True):
        trainer = Learner(load_policy("tiny"), config, folder).trainer
        with torch.no_grad():
            for i, (_, p) in enumerate(sorted((n, p) for n, p in trainer.model.named_parameters() if "lora_" in n)):
                p.normal_(0, 0.05, generator=torch.Generator().manual_seed(i))
        trainer.model.get_base_model().config.tie_word_embeddings = True
        if sharded:
            trainer.model = shard(trainer.model)
            trainer.is_fsdp_enabled = True
        else:
            trainer.team = Team()
        reports.append(trainer.gradients(trainer.model, rows))
        found.append([p.grad.clone() for n, p in sorted(trainer.model.named_parameters()) if "lora_" in n])
    assert found[0] and max(float(g.abs().max()) for g in found[0]) > 1e-3
    one, two = reports
    assert one.tokens == two.tokens and two.group_grad_norms.keys() == one.group_grad_norms.keys()
    return [
        max(float((a - b).abs().max()) for a, b in zip(*found, strict=True)),
        abs(one.grad_norm - two.grad_norm),
        abs(one.kl - two.kl),
        abs(one.loss - two.loss),
    ]


main(*sys.argv[1:])
