"""Presets: named settings, as differences from the defaults of `SelfPlayConfig`.

`paper` is the method as the paper describes it and `released_code` as its authors' code runs it, both in batch sizes,
buffers and rewards; learning rate, LoRA, lengths, N and steps are those of the tiny policy. `classroom` is the form
that teaches the tiny policy most in five minutes on a CPU.
"""

from __future__ import annotations

from typing import Any

_PAPER: dict[str, Any] = dict(
    seed_tasks=256,
    shared_seeds=True,
    buffer_drop="oldest",
    forbidden_scan="text",
    forbid_raise="always",
    induction_check="all",
    entropy_weight=0.001,
)

# every field in which the released code differs from the paper
_RELEASED: dict[str, Any] = dict(
    seed_tasks=64,
    buffer_drop="newest",
    forbidden_scan="imports",
    forbid_raise="seeding",
    nested_functions=False,
    induction_check="hidden",
    determinism="one_session",
    new_tasks="previous_step",
    solve_rate_temperature=0.0,
    extreme_reward=-0.5,
    advantage="role_type_tokens",
    loss_aggregation="token",
    clip_high=0.28,
    dual_clip=3.0,
    entropy_weight=0.0,
)

PRESETS: dict[str, dict[str, Any]] = {
    "paper": _PAPER,
    "released_code": {**_PAPER, **_RELEASED},
    "classroom": dict(
        steps=90,
        proposals_per_type=12,
        propose_weight=2.0,
        solve_tasks_per_type=8,
        solve_samples=8,
        solve_rate_samples=8,
        train_on_solve_rate_samples=True,
        solver_mix="learnable",
        references=2,
        duplicates="program",
        advantage="task",
        learning_rate=1e-3,
        learning_rate_schedule="linear",
        lora_rank=16,
    ),
}
