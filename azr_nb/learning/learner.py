"""The learner: one LoRA step on a step's rollouts, by TRL's trainer, which the loop of self-play drives.

`Learner.update` is one step of Algorithm 1's last line. What still belongs to TRL and transformers:

- GRPOTrainer's constructor: the adapter, the optimizer's settings, what accelerate is told. Its `_compute_loss`: the
  clipped surrogate, the KL term and the entropy bonus (`update` calls it on micro-batches of ours).
- Trainer's `_prepare_for_training`: optimizer, schedule, sharding by DeepSpeed or FSDP, and a checkpoint's optimizer
  state; `_init_training_state`, `_load_from_checkpoint` and `_load_rng_state` for the rest of a checkpoint.
- Trainer's `_clip_grad_norm`, and `_save_checkpoint`, which keeps the newest two.

- Trainer's callbacks, for the trackers of `report_to` alone.

Trainer's own loop and its data loader are not used: the loop would have to live inside of it, and
accelerate's data loader fetches one batch ahead, so that step t + 1 would be sampled before update t.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from datasets import Dataset
from transformers import PrinterCallback
from trl import GRPOConfig

from azr_nb.config import SelfPlayConfig
from azr_nb.learning.update import SelfPlayTrainer
from azr_nb.policy.generate import generate_gathers
from azr_nb.policy.load import Policy, lora_config
from azr_nb.policy.processes import team
from azr_nb.policy.stops import Stops
from azr_nb.tasks import Rollout, UpdateReport

if TYPE_CHECKING:
    from azr_nb.policy.vllm import VLLMSampler

SCHEDULES = {"constant": "constant_with_warmup", "linear": "linear"}


class Learner:
    """Trains a policy's LoRA adapter, which it makes if there is none. Checkpoints go to `folder`.

    `packed` updates on packed rows (see `packing`), else on TRL's padded batches. Under `accelerate launch` every
    process makes a learner; they share the work of each update.
    """

    def __init__(self, policy: Policy, config: SelfPlayConfig, folder: Path, packed: bool = True) -> None:
        self.policy, self.config, self.folder = policy, config, Path(folder)
        self.trainer = SelfPlayTrainer(
            model=policy.model,
            args=_arguments(policy, config, self.folder),
            train_dataset=Dataset.from_list([{"prompt": "self-play"}] * team().size),  # never looked at
            reward_funcs=[_no_reward],
            processing_class=policy.tokenizer,
            peft_config=None if hasattr(policy.model, "peft_config") else lora_config(config, policy.model),
            self_play=config,
            packed=packed,
        )
        self.trainer.remove_callback(PrinterCallback)
        policy.model = self.trainer.model
        self.vllm = None
        self._model = None  # as accelerate has prepared it

    def serve(self, stops: Stops, longest: int) -> VLLMSampler:
        """A sampler of vLLM's for the policy, with the weights of the newest update from now on.

        `longest` is the largest number of tokens of a prompt and its completion.
        """
        from azr_nb.policy.vllm import VLLMSampler

        self.vllm = VLLMSampler(self.trainer, self.policy, self.config, stops, longest)
        return self.vllm

    def start(self, checkpoint: Path | None = None) -> None:
        """Prepare for updates: optimizer, schedule, sharding; all of them as in a checkpoint if one is given."""
        trainer, steps, source = self.trainer, self.config.steps, str(checkpoint) if checkpoint else None
        if source and not (trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled):
            trainer._load_from_checkpoint(source)
        trainer.is_in_train = True
        trainer.accelerator.free_memory()
        trainer._init_training_state(steps, 1, steps, source, None)
        self._model, _ = trainer._prepare_for_training(steps, None, source)
        if source:
            trainer._load_rng_state(source)
        self._model.zero_grad()
        if self.config.report_to:
            trainer.control = trainer.callback_handler.on_train_begin(trainer.args, trainer.state, trainer.control)
        generate_gathers(trainer.accelerator.unwrap_model(trainer.model))
        if self.vllm is not None:
            self.vllm.sync()

    def update(self, rollouts: list[Rollout]) -> UpdateReport:
        """One step of the optimizer on the rollouts that are trained and have advantages.

        Raises `BrokenRun` before the step for a loss or gradient that is not finite, and after it for such a weight.
        """
        if self._model is None:
            self.start()
        trainer = self.trainer
        report = trainer.gradients(self._model, rollouts)
        if trainer.args.max_grad_norm > 0:
            trainer._clip_grad_norm(self._model)
        trainer.optimizer.step()
        trainer.lr_scheduler.step()
        self._model.zero_grad()
        trainer.state.global_step += 1
        trainer.state.epoch = float(trainer.state.global_step)
        trainer.check_weights()
        if self.vllm is not None:
            self.vllm.sync()
        return report

    def log(self, row: Mapping[str, float]) -> None:
        """Send a step's metrics to the trackers of `report_to`, those that are finite numbers."""
        if self.config.report_to:
            trainer, logs = self.trainer, {name: value for name, value in row.items() if math.isfinite(value)}
            trainer.control = trainer.callback_handler.on_log(trainer.args, trainer.state, trainer.control, logs)

    def end(self) -> None:
        """Close the trackers."""
        if self.config.report_to:
            trainer = self.trainer
            trainer.control = trainer.callback_handler.on_train_end(trainer.args, trainer.state, trainer.control)

    def save(self) -> Path:
        """Write a checkpoint, of which the newest two are kept, and return its folder; called by all processes."""
        self.trainer._save_checkpoint(self._model, None)
        self.trainer.accelerator.wait_for_everyone()  # a checkpoint has files of every process
        return self.folder / f"checkpoint-{self.trainer.state.global_step}"

    def adapter(self) -> dict[str, torch.Tensor]:
        """The adapter's weights by name, whole; called by all processes, since sharded ones are gathered from all.

        DeepSpeed gives weights that it had sharded to the main process only; the others get none.
        """
        trainer = self.trainer
        if trainer.is_deepspeed_enabled:
            whole = trainer.accelerator.get_state_dict(trainer.model_wrapped) or {}
            return {name: weight for name, weight in whole.items() if ".lora_" in name}
        return {name: p.detach() for name, p in trainer.model.named_parameters() if ".lora_" in name}


def _arguments(policy: Policy, config: SelfPlayConfig, folder: Path) -> GRPOConfig:
    """TRL's settings from ours."""
    return GRPOConfig(
        output_dir=str(folder),
        per_device_train_batch_size=2,
        num_generations=2,  # TRL wants at least 2; the rows of the stand-in dataset are never looked at
        steps_per_generation=1,
        max_steps=config.steps,
        learning_rate=config.learning_rate,
        lr_scheduler_type=SCHEDULES[config.learning_rate_schedule],
        warmup_steps=config.warmup_steps,
        max_grad_norm=config.max_grad_norm,
        weight_decay=config.weight_decay,
        loss_type="grpo" if config.loss_aggregation == "sequence" else "dapo",
        epsilon=config.clip,
        epsilon_high=config.clip_high,
        delta=config.dual_clip,
        beta=config.kl_weight,
        temperature=config.temperature,
        scale_rewards="none",
        entropy_coef=config.entropy_weight,
        max_completion_length=config.max_new_tokens,
        shuffle_dataset=False,
        use_cpu=policy.placement.device == "cpu",
        bf16=policy.placement.precision == "bfloat16",
        gradient_checkpointing=policy.placement.checkpointing,
        logging_strategy="no",
        save_strategy="steps",
        save_steps=config.save_every,
        save_total_limit=2,
        report_to=list(config.report_to) or "none",
        project="azr-nb",
        run_name=folder.resolve().parent.name,
        disable_tqdm=True,
        seed=config.seed,
        dataloader_pin_memory=False,
    )


def _no_reward(completions, **kwargs):
    """Stands where TRL wants a reward function; rewards are given before the trainer sees a rollout."""
    raise AssertionError("rewards are computed by the loop")
