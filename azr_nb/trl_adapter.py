"""The only file that touches TRL's trainer: GRPOTrainer with our rollouts, our advantages and packed batches.

What is TRL's: the LoRA set-up, the clipped loss, its aggregation, KL and entropy terms, optimizer, clipping of
gradients and checkpoints. What is ours: the batch comes from a step of self-play instead of from a dataset of prompts;
advantages are computed beforehand; and samples of one prompt share one reading of it (`Packed`), which gives the same
log-probabilities for a fraction of the tokens. One process on the CPU; several processes are refused.

The plain form (`packed=False`) is TRL's own padded forward pass; a test holds the packed one against it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from azr_nb.config import SelfPlayConfig
from azr_nb.packing import Packed, micro_batches
from azr_nb.policy import Policy, PolicyError, lora_config
from azr_nb.tasks import ROLES, Rollout

SCHEDULES = {"constant": "constant_with_warmup", "linear": "linear"}


@dataclass
class UpdateReport:
    """What one update did: the loss (near zero by construction), gradient norms, entropy and token counts.

    `grad_norm` is before clipping. `entropy` is the mean per token, in nats, over the completions that had an
    advantage; nan if none had.
    """

    loss: float
    grad_norm: float
    group_grad_norms: dict[str, float]
    entropy: float
    tokens: int


class SelfPlayTrainer(GRPOTrainer):
    """GRPOTrainer whose every training step asks `next_rollouts` for rollouts that already have advantages."""

    def __init__(self, *args, self_play: SelfPlayConfig, next_rollouts: Callable[[], list[Rollout]],
                 on_update: Callable[[UpdateReport], None], packed: bool = True, **kwargs) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.self_play, self.next_rollouts, self.on_update = self_play, next_rollouts, on_update
        self.packed = packed
        self._pack: Packed | None = None

    def training_step(self, model, inputs, num_items_in_batch=None):
        """One update's worth of gradients: all trained rollouts, role and type by role and type, in micro-batches."""
        rollouts = [r for r in self.next_rollouts() if r.trained and r.completion_ids]
        model.train()
        total_rows = max(1, len(rollouts))
        total_tokens = torch.tensor(max(1, sum(len(r.completion_ids) for r in rollouts)), device=self.args.device)
        # rows without an advantage have no gradient; they count in the mean but need no forward pass
        if self.self_play.entropy_weight == 0 and self.beta == 0:
            rollouts = [r for r in rollouts if abs(r.advantage) > 1e-9]
        trainable = [p for p in model.parameters() if p.requires_grad]
        before = [torch.zeros_like(p) for p in trainable]
        norms: dict[str, float] = {}
        loss_sum, trained_tokens, entropy_sum = torch.zeros((), device=self.args.device), 0, 0.0
        for role in ROLES:
            for kind in self.self_play.task_types:
                rows = [r for r in rollouts if r.role == role and r.type == kind]
                for part in micro_batches(rows, self.self_play.micro_batch_tokens, self.packed):
                    batch = self._batch(part, total_tokens)
                    part_tokens = sum(len(r.completion_ids) for r in part)
                    if self.loss_type != "grpo":  # TRL takes its entropy bonus as a mean over each micro-batch
                        self.entropy_coef = self.self_play.entropy_weight * part_tokens / float(total_tokens)
                    with self.compute_loss_context_manager():
                        loss = self.compute_loss(model, batch)
                    if self.loss_type == "grpo":  # a mean over this part's rows; weigh it by the part's share
                        loss = loss * (len(part) / total_rows)
                    self.accelerator.backward(loss)
                    loss_sum += loss.detach()
                    trained_tokens += part_tokens
                    entropy_sum += part_tokens * self._metrics["train"]["entropy"][-1]
                norms[f"{role}/{kind}"] = _norm_of_change(trainable, before)
        self._metrics["train"].clear()
        self.report = UpdateReport(
            loss=float(loss_sum),
            grad_norm=math.sqrt(sum(float(g.square().sum()) for g in before)),  # before clipping
            group_grad_norms=norms,
            entropy=entropy_sum / trained_tokens if trained_tokens else math.nan,
            tokens=trained_tokens,
        )
        return loss_sum

    def _batch(self, part: list[Rollout], total_tokens: torch.Tensor) -> dict[str, Any]:
        """TRL's batch: prompts padded on the left, completions on the right."""
        device = self.args.device
        prompt_width = max(len(r.prompt_ids) for r in part)
        width = max(len(r.completion_ids) for r in part)
        pad = self.processing_class.pad_token_id
        left = [[pad] * (prompt_width - len(r.prompt_ids)) + r.prompt_ids for r in part]
        right = [r.completion_ids + [pad] * (width - len(r.completion_ids)) for r in part]
        left_mask = [[0] * (prompt_width - len(r.prompt_ids)) + [1] * len(r.prompt_ids) for r in part]
        right_mask = [[1] * len(r.completion_ids) + [0] * (width - len(r.completion_ids)) for r in part]
        tensor = lambda rows: torch.tensor(rows, device=device)  # noqa: E731
        self._pack = Packed(part, width, device) if self.packed else None
        return {
            "prompt_ids": tensor(left),
            "prompt_mask": tensor(left_mask),
            "completion_ids": tensor(right),
            "completion_mask": tensor(right_mask),
            "advantages": torch.tensor([r.advantage for r in part], device=device),
            "num_items_in_batch": total_tokens,
        }

    def _get_per_token_logps_and_entropies(self, model, input_ids, attention_mask, logits_to_keep, *args, **kwargs):
        if self._pack is None:
            return super()._get_per_token_logps_and_entropies(
                model, input_ids, attention_mask, logits_to_keep, *args, **kwargs
            )
        log_probs, entropy = self._pack.log_probs(model, self.temperature, self.self_play.entropy_weight > 0)
        return log_probs, entropy, None


def _norm_of_change(parameters: list, before: list[torch.Tensor]) -> float:
    """The norm of what was added to the gradients since `before`, which is brought up to date."""
    square = 0.0
    for parameter, old in zip(parameters, before, strict=True):
        if parameter.grad is not None:
            square += float((parameter.grad - old).square().sum())
            old.copy_(parameter.grad)
    return math.sqrt(square)


class _AfterUpdate(TrainerCallback):
    """Hands over the report of an update once the optimizer has stepped, and the folder of a checkpoint once saved."""

    def __init__(self, on_save: Callable[[Path], None] | None) -> None:
        self.on_save_folder = on_save
        self.trainer: SelfPlayTrainer | None = None

    def on_step_end(self, args, state, control, **kwargs):
        self.trainer.on_update(self.trainer.report)

    def on_save(self, args, state, control, **kwargs):
        if self.on_save_folder is not None:
            self.on_save_folder(Path(args.output_dir) / f"checkpoint-{state.global_step}")


def make_trainer(
    policy: Policy,
    config: SelfPlayConfig,
    folder: Path,
    next_rollouts: Callable[[], list[Rollout]],
    on_update: Callable[[UpdateReport], None],
    on_save: Callable[[Path], None] | None = None,
    packed: bool = True,
    single: bool = False,
) -> SelfPlayTrainer:
    """A trainer on the policy, with a new LoRA adapter if it has none. Checkpoints go to `folder` with `on_save`.

    Raises `PolicyError` under a launcher that starts several processes.
    """
    arguments = GRPOConfig(
        output_dir=str(folder),
        per_device_train_batch_size=2,
        num_generations=2,  # TRL wants at least 2; the rows of the stand-in dataset are never looked at
        steps_per_generation=1,
        max_steps=1 if single else config.steps,
        learning_rate=config.learning_rate,
        # a trainer of single steps starts its schedule anew at each, so it has none
        lr_scheduler_type="constant_with_warmup" if single else SCHEDULES[config.learning_rate_schedule],
        warmup_steps=0 if single else config.warmup_steps,
        max_grad_norm=config.max_grad_norm,
        weight_decay=0.0,
        loss_type="grpo" if config.loss_aggregation == "sequence" else "dapo",
        epsilon=config.clip,
        beta=0.0,
        temperature=config.temperature,
        scale_rewards="none",
        entropy_coef=config.entropy_weight,
        max_completion_length=config.max_new_tokens,
        shuffle_dataset=False,
        use_cpu=True,  # the sampler works on the CPU
        bf16=False,
        gradient_checkpointing=False,
        logging_strategy="no",
        save_strategy="steps" if on_save else "no",
        save_steps=config.save_every,
        save_total_limit=2,
        report_to="none",
        disable_tqdm=True,
        seed=config.seed,
        dataloader_pin_memory=False,
    )
    after = _AfterUpdate(on_save)
    trainer = SelfPlayTrainer(
        model=policy.model,
        args=arguments,
        train_dataset=Dataset.from_list([{"prompt": "self-play"}]),
        reward_funcs=[_no_reward],
        processing_class=policy.tokenizer,
        peft_config=None if hasattr(policy.model, "peft_config") else lora_config(config),
        callbacks=[after],
        self_play=config,
        next_rollouts=next_rollouts,
        on_update=on_update,
        packed=packed,
    )
    trainer.remove_callback(PrinterCallback)  # progress is shown by whoever runs the loop
    if trainer.accelerator.num_processes > 1:
        raise PolicyError("self-play runs in one process: start it without a launcher")
    after.trainer = trainer
    return trainer


def _no_reward(completions, **kwargs):
    """Stands where TRL wants a reward function; rewards are given before the trainer sees a rollout."""
    raise AssertionError("rewards are computed in selfplay")
