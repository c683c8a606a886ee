"""The update: gradients of rollouts that have advantages, by way of TRL's GRPOTrainer.

What is TRL's: the clipped loss, its aggregation, KL and entropy terms (`_compute_loss`), and the padded forward pass
(`_get_per_token_logps_and_entropies`). What is ours: the batch comes from a step of self-play instead of from a dataset
of prompts; advantages are computed beforehand; samples of one prompt share one pass over it (`Packed`), which gives the
same log-probabilities for a fraction of the tokens; groups of rollouts weigh what `role_balance` says; and the
correction for a sampler that is not the trainer (TRL's "sequence_mask", for vLLM) is applied to the advantages, which
multiplies the policy's loss as TRL does. Several processes share the micro-batches (see `policy.processes`).

The plain form (`packed=False`) is TRL's own padded forward pass; a test holds the packed one against it.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import Any

import torch
from trl import GRPOTrainer

from azr_nb.config import SelfPlayConfig
from azr_nb.learning.estimators import kl_k3
from azr_nb.learning.packing import Packed, micro_batches
from azr_nb.policy.processes import Alone, team
from azr_nb.rewards.baselines import group_weights
from azr_nb.tasks import ROLES, BrokenRun, Rollout, UpdateReport


class SelfPlayTrainer(GRPOTrainer):
    """GRPOTrainer with the gradients of rollouts that already have advantages."""

    def __init__(self, *args, self_play: SelfPlayConfig, packed: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.self_play = self_play
        self.packed, self.team = packed, team()
        self.corrects = self_play.importance_correction == "on" or (
            self_play.importance_correction == "auto" and (self_play.generation == "vllm" or self.args.bf16)
        )
        self._dtype = self.model.get_input_embeddings().weight.dtype
        # processes on one CPU share its memory
        self._most = self_play.micro_batch_tokens // (self.team.size if self.args.device.type == "cpu" else 1)
        self._pack: Packed | None = None
        self._part: list[Rollout] = []  # the micro-batch that is being looked at
        self._batch_now: dict[str, Any] = {}
        self._counted: tuple[torch.Tensor, torch.Tensor | None] | None = None

    def gradients(self, model, rollouts: list[Rollout]) -> UpdateReport:
        """Gradients of all trained rollouts, role and type by role and type, in micro-batches; the step comes after.

        Several processes share the micro-batches. Their gradients are summed here, behind the back of the launcher's
        wrapper around the model, because the processes' numbers of tokens differ and its means would be wrong. Only
        DeepSpeed keeps gradients to itself: it averages them, and steps at the last micro-batch. Raises `BrokenRun` for
        a loss or a gradient that is not finite.
        """
        rollouts = [r for r in rollouts if r.trained and r.completion_ids]
        self.current_gradient_accumulation_steps = 1  # TRL divides by it; the parts weigh what they count for already
        zero, sharded = self.is_deepspeed_enabled, self.is_deepspeed_enabled or self.is_fsdp_enabled
        model = model if zero else self.accelerator.unwrap_model(model)
        model.train()
        weights = group_weights(rollouts, self.self_play.role_balance, self.loss_type != "grpo")
        total_rows = max(1, len(rollouts))
        total_tokens = torch.tensor(max(1, sum(len(r.completion_ids) for r in rollouts)), device=self.args.device)
        # rows without an advantage have no gradient; they count in the mean but need no forward pass
        if self.self_play.entropy_weight == 0 and self.beta == 0:
            rollouts = [r for r in rollouts if not abs(r.advantage) <= 1e-9]  # a nan stays, to be found
        trainable = [p for p in model.parameters() if p.requires_grad]
        before = [] if zero else [torch.zeros_like(p) for p in trainable]
        norms: dict[str, float] = {}
        # loss; over trained tokens: their number, the sums of entropy and of the KL estimate; over those whose sampler
        # told log-probabilities: their number, the sum of distances, and completions with those that were left out
        self._sums = torch.zeros(8, dtype=torch.float64, device=self.args.device)
        roles, self._fault = {}, ""
        work = self._work(rollouts, sharded)
        last = next((part for parts in reversed(work.values()) for part, _ in reversed(parts)), None)
        for group, parts in work.items():
            role, weight = group.partition("/")[0], weights.get(group, 1.0)
            if role not in roles:
                roles[role] = [p.clone() for p in before]
            for part, counts in parts:
                batch = self._batch(part, total_tokens, counts, sharded)
                part_tokens = sum(len(r.completion_ids) for r in part)
                # a sequence form is a mean over this part's rows, to be weighed by the part's share of them
                share = len(part) / total_rows if self.loss_type == "grpo" else 1.0
                # TRL takes its entropy bonus as a mean over the part's tokens, in either form
                self.entropy_coef = self.self_play.entropy_weight * part_tokens / float(total_tokens) / share / weight
                with self.compute_loss_context_manager(), self._alone():
                    loss = self.compute_loss(model, batch) * share * counts * weight
                self._sums[0] += loss.detach()
                if not torch.isfinite(loss.detach()):
                    self._fault = self._fault or f"the loss of {group} is {float(loss.detach())}{self._culprit()}"
                if zero:
                    self.accelerator.gradient_state._set_sync_gradients(part is last)
                self.accelerator.backward(loss * self.team.size if zero else loss)
            norms[group] = math.nan if zero else self._norm_of_change(trainable, before)
            if parts and not zero and not math.isfinite(norms[group]):
                self._fault = self._fault or f"the gradient of {group} is {norms[group]}{self._culprit()}"
        ends = [*list(roles.values())[1:], before]
        role_norms = {
            role: math.nan
            if zero
            else math.sqrt(sum(float((b - a).square().sum()) for a, b in zip(roles[role], end, strict=True)))
            for role, end in zip(roles, ends, strict=True)
        }
        self._metrics["train"].clear()
        self.team.sum([self._sums])
        loss, tokens, entropy, kl, told, gap, rows, masked = self._sums.tolist()
        whole = (
            float(model.get_global_grad_norm() or 0.0)
            if zero
            else math.sqrt(sum(float(g.square().sum()) for g in before))
        )
        if self._fault or not (math.isfinite(loss) and math.isfinite(whole)):
            fault = self._fault or f"the loss is {loss}, and the norm of its gradient {whole}"
            raise BrokenRun(f"step {self.state.global_step}: {fault}; no update was made")
        return UpdateReport(
            loss=loss,
            grad_norm=whole,  # before clipping
            group_grad_norms=norms,
            role_grad_norms=role_norms,
            entropy=entropy / tokens if tokens else math.nan,
            tokens=round(tokens),
            kl=kl / tokens if tokens and self.beta else math.nan,
            gap=gap / told if told else math.nan,
            masked=masked / rows if rows else math.nan,
        )

    def _work(self, rollouts: list[Rollout], sharded: bool) -> dict[str, list[tuple[list[Rollout], float]]]:
        """This process's micro-batches of each role and type, with what each counts for: 1, or 0 for a repeated one."""
        work = {}
        for role in ROLES:
            for task_type in self.self_play.task_types:
                rows = [r for r in rollouts if r.role == role and r.type == task_type]
                parts = micro_batches(rows, self._most, self.packed)
                work[f"{role}/{task_type}"] = self.team.weighed_share(parts, equal=sharded)
        return work

    def _culprit(self) -> str:
        """The task of the rollout in the last micro-batch that is to blame: the one with the largest advantage."""
        if not self._part:
            return ""
        worst = max(self._part, key=lambda r: abs(r.advantage) if math.isfinite(r.advantage) else math.inf)
        task = worst.task.id if worst.task else "no task"
        return f" (largest advantage {worst.advantage:.3g}, task {task})"

    def check_weights(self) -> None:
        """Raise `BrokenRun` if an update has left a trained weight that is not finite."""
        bad = [name for name, p in self.model.named_parameters() if p.requires_grad and not torch.isfinite(p).all()]
        if self.team.any(bool(bad)):
            raise BrokenRun(
                f"step {self.state.global_step - 1}: {len(bad)} trained weights are not finite after the "
                f"update{', first ' + bad[0] if bad else ''}; lower the learning rate"
            )

    @contextmanager
    def _alone(self):
        """Keep TRL from averaging its own metrics over the processes, whose numbers of micro-batches differ."""
        whole = self.accelerator
        if self.team.size > 1:
            self.accelerator = Alone(whole)
        try:
            yield
        finally:
            self.accelerator = whole

    def _norm_of_change(self, parameters: list, before: list[torch.Tensor]) -> float:
        """The norm of what all processes added to the gradients since `before`, which is brought up to date.

        Afterwards every process has the same gradients.
        """
        changes = [
            torch.zeros_like(old) if p.grad is None else p.grad - old for p, old in zip(parameters, before, strict=True)
        ]
        self.team.sum(changes)
        for parameter, old, change in zip(parameters, before, changes, strict=True):
            if self.team.size > 1:
                parameter.grad = old + change
            if parameter.grad is not None:
                old.copy_(parameter.grad)
        return math.sqrt(sum(float(change.square().sum()) for change in changes))

    def _batch(
        self, part: list[Rollout], total_tokens: torch.Tensor, counts: float = 1.0, sharded: bool = False
    ) -> dict[str, Any]:
        """TRL's batch: prompts padded on the left, completions on the right, and what the KL term is to."""
        device = self.args.device
        prompt_width = max(len(r.prompt_ids) for r in part)
        width = max(len(r.completion_ids) for r in part)
        pad = self.processing_class.pad_token_id
        left = [[pad] * (prompt_width - len(r.prompt_ids)) + r.prompt_ids for r in part]
        right = [r.completion_ids + [pad] * (width - len(r.completion_ids)) for r in part]
        left_mask = [[0] * (prompt_width - len(r.prompt_ids)) + [1] * len(r.prompt_ids) for r in part]
        right_mask = [[1] * len(r.completion_ids) + [0] * (width - len(r.completion_ids)) for r in part]
        tensor = lambda rows: torch.tensor(rows, device=device)  # noqa: E731
        self._pack = Packed(part, width, device, self._dtype, sharded, self._most) if self.packed else None
        batch = {
            "prompt_ids": tensor(left),
            "prompt_mask": tensor(left_mask),
            "completion_ids": tensor(right),
            "completion_mask": tensor(right_mask),
            "advantages": tensor([[r.advantage * (i >= r.credit_from) for i in range(width)] for r in part])
            if any(r.credit_from for r in part)
            else tensor([r.advantage for r in part]),
            "num_items_in_batch": total_tokens,
        }
        self._counted, self._part, self._batch_now = None, part, {}
        if self.beta:
            model = self.accelerator.unwrap_model(self.model)
            inputs = [torch.cat([batch[f"prompt_{x}"], batch[f"completion_{x}"]], dim=1) for x in ("ids", "mask")]
            with torch.no_grad(), model.disable_adapter():
                batch["ref_per_token_logps"], _, _ = self._get_per_token_logps_and_entropies(model, *inputs, width)
        self._counted = (batch["completion_mask"], batch.get("ref_per_token_logps")) if counts else None
        # where a sampler told nothing, nan
        told = [r.log_probs if len(r.log_probs) == len(r.completion_ids) else [] for r in part]
        if any(told):
            batch["sampler_log_probs"] = tensor([row + [math.nan] * (width - len(row)) for row in told])
        self._batch_now = batch
        return batch

    def _get_per_token_logps_and_entropies(self, model, input_ids, attention_mask, logits_to_keep, *args, **kwargs):
        if self._pack is None:
            log_probs, entropy, aux = super()._get_per_token_logps_and_entropies(
                model, input_ids, attention_mask, logits_to_keep, *args, **kwargs
            )
        else:
            log_probs, entropy = self._pack.log_probs(model, self.temperature, self.self_play.entropy_weight > 0)
            aux = None
        if self._counted is not None:  # for the report
            mask, reference = self._counted
            self._sums[1] += mask.sum()
            if entropy is not None:
                self._sums[2] += (entropy.detach() * mask).sum()
            if reference is not None:
                self._sums[3] += (kl_k3(log_probs.detach(), reference) * mask).sum()
            self._compare_with_sampler(log_probs.detach(), mask)
        return log_probs, entropy, aux

    def _compare_with_sampler(self, log_probs: torch.Tensor, mask: torch.Tensor) -> None:
        """Measure how far the sampler was from the trainer, and correct for it where the run says so.

        TRL's correction, by default with vLLM: each completion's policy loss is multiplied by the ratio of its
        probabilities, trainer over sampler, and by 0 where that exceeds `vllm_importance_sampling_clip_max`.
        """
        sampled = self._batch_now.get("sampler_log_probs")
        if sampled is None:
            return
        told = mask.bool() & ~sampled.isnan()
        difference = torch.where(told, log_probs - sampled, 0.0)
        self._sums[4] += told.sum()
        self._sums[5] += difference.abs().sum()
        if self.corrects:
            ratio = difference.sum(-1).exp()
            masked = ratio > self.vllm_importance_sampling_clip_max
            self._sums[6] += told.any(-1).sum()
            self._sums[7] += masked.sum()
            ratio, given = ratio.masked_fill(masked, 0.0), self._batch_now["advantages"]
            self._batch_now["advantages"] = given * (ratio if given.dim() == 1 else ratio.unsqueeze(1))
