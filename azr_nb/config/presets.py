"""Presets: named settings, as differences from the defaults of `SelfPlayConfig`.

`paper` is the method as the paper describes it and `released_code` as its authors' code runs it, both in batch sizes,
buffers and rewards; learning rate, LoRA, lengths, N and steps are those of the tiny policy. The official value of each
setting, with the place where it stands, and each departure from it is in `assets/official_settings.toml`. `classroom`
is the form that teaches the tiny policy most in five minutes on a CPU. `things` is its like for the environment of
things. `laptop` is for a language model of some hundred million parameters on a CPU, and draws at a temperature of 0.8:
at 1 few proposals of such a model are valid. `gpu` is `paper` at larger lengths, with LoRA, for code models of 0.5 to 3
billion parameters; nobody has run it yet.
"""

from __future__ import annotations

from typing import Any

_PAPER: dict[str, Any] = dict(
    seed_tasks=256,
    shared_seeds=True,
    buffer_drop="oldest",
    remove_comments=False,
    role_balance="groups",
    forbidden_scan="text",
    forbid_raise="always",
    induction_check="all",
    entropy_weight=0.001,
)

# every field in which the released code differs from the paper
_RELEASED: dict[str, Any] = dict(
    buffer_drop="newest",
    forbidden_scan="imports",
    forbid_raise="seeding",
    nested_functions=False,
    induction_check="hidden",
    determinism="one_session",
    new_tasks="previous_step",
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
    "things": dict(
        environment="things",
        model="tiny-things",
        task_types=("deduction",),
        steps=300,
        proposals_per_type=48,
        composite_share=0.6,
        composite_functions=1,
        solve_tasks_per_type=24,
        solve_samples=8,
        solve_rate_samples=8,
        train_on_solve_rate_samples=True,
        solver_mix="learnable",
        references=1,
        reference_draw="solved",
        duplicates="program",
        advantage="task",
        learning_rate=2e-3,
        lora_rank=16,
        seed_tasks=48,
        max_new_tokens=24,
        eval_tasks=60,
        save_every=50,
    ),
    "laptop": dict(
        model="smollm2-135m",
        steps=45,
        proposals_per_type=12,
        propose_weight=2.0,
        solve_tasks_per_type=6,
        solve_samples=4,
        solve_rate_samples=4,
        train_on_solve_rate_samples=True,
        solver_mix="learnable",
        references=2,
        num_inputs=3,
        duplicates="program",
        advantage="task",
        learning_rate=4e-4,
        learning_rate_schedule="linear",
        lora_rank=16,
        temperature=0.8,
        eval_temperature=0.8,
        max_new_tokens=96,
        max_output_chars=200,
        micro_batch_tokens=640,
        seed_tasks=8,
        eval_tasks=60,
        save_every=5,
    ),
    "gpu": _PAPER
    | dict(
        model="qwen2.5-coder-1.5b",
        prompt_format="r1",
        chat_template=False,
        generation="vllm",
        gradient_checkpointing=True,
        steps=200,
        num_inputs=10,
        max_new_tokens=2048,
        max_input_chars=1000,
        max_output_chars=400,
        learning_rate=2e-5,
        lora_rank=64,
    ),
}
