"""The trainer of a run: TRL's arguments from our settings, the LoRA adapter, checkpoints, and reports of updates.

What an update does stands in `update`; no other file than these two touches TRL's trainer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from trl import GRPOConfig

from azr_nb.config import SelfPlayConfig
from azr_nb.learning.update import SelfPlayTrainer, UpdateReport
from azr_nb.policy.generate import generate_gathers
from azr_nb.policy.load import Policy, lora_config
from azr_nb.policy.processes import team
from azr_nb.tasks import Rollout

SCHEDULES = {"constant": "constant_with_warmup", "linear": "linear"}


class _AfterUpdate(TrainerCallback):
    """Hands over the report of an update once the optimizer has stepped, and the folder of a checkpoint once saved.

    Before that, when the weights have been spread, if they are, it makes `generate` ready for it.
    """

    def __init__(self, on_save: Callable[[Path], None] | None) -> None:
        self.on_save_folder = on_save
        self.trainer: SelfPlayTrainer | None = None

    def on_train_begin(self, args, state, control, **kwargs):
        generate_gathers(self.trainer.accelerator.unwrap_model(self.trainer.model))

    def on_step_end(self, args, state, control, **kwargs):
        self.trainer.check_weights()
        self.trainer.on_update(self.trainer.report)

    def on_save(self, args, state, control, **kwargs):
        if self.on_save_folder is not None:
            self.on_save_folder(Path(args.output_dir) / f"checkpoint-{state.global_step}")


def adapter_state(trainer: SelfPlayTrainer) -> dict[str, torch.Tensor]:
    """The adapter's weights by name, whole; called by all processes, since spread ones are gathered from all.

    DeepSpeed gives weights that it had spread to the main process only; the others get none.
    """
    if trainer.is_deepspeed_enabled:
        whole = trainer.accelerator.get_state_dict(trainer.model_wrapped) or {}
        return {name: weight for name, weight in whole.items() if ".lora_" in name}
    return {name: p.detach() for name, p in trainer.model.named_parameters() if ".lora_" in name}


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

    Under `accelerate launch` every process makes one; they share the work of each update.
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
        train_dataset=Dataset.from_list([{"prompt": "self-play"}] * team().size),
        reward_funcs=[_no_reward],
        processing_class=policy.tokenizer,
        peft_config=None if hasattr(policy.model, "peft_config") else lora_config(config, policy.model),
        callbacks=[after],
        self_play=config,
        next_rollouts=next_rollouts,
        on_update=on_update,
        packed=packed,
    )
    trainer.remove_callback(PrinterCallback)  # progress is shown by whoever runs the loop
    after.trainer = trainer
    return trainer


def _no_reward(completions, **kwargs):
    """Stands where TRL wants a reward function; rewards are given before the trainer sees a rollout."""
    raise AssertionError("rewards are computed in selfplay")
