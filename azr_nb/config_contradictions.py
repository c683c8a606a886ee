"""Settings that each can be and together cannot: one line that says why and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azr_nb.tasks import ALL_TASK_TYPES

if TYPE_CHECKING:
    from azr_nb.config import SelfPlayConfig


def contradiction(config: SelfPlayConfig) -> str | None:
    """The first reason why this config cannot be, or None."""
    return next((reason for reason in _reasons(config)), None)


def _reasons(c: SelfPlayConfig):
    unknown = [kind for kind in c.task_types if kind not in ALL_TASK_TYPES]
    if unknown or not c.task_types or len(set(c.task_types)) < len(c.task_types):
        yield f"task_types must be some of {', '.join(ALL_TASK_TYPES)}, each once; got {list(c.task_types)}"
    if not c.train_on_solve_rate_samples and c.solve_tasks_per_type == 0:
        yield (
            "the solver has nothing to train on: set solve_tasks_per_type above 0, or train_on_solve_rate_samples "
            "to true"
        )
    if c.fixed_tasks and c.solve_tasks_per_type == 0:
        yield "fixed_tasks needs solve_tasks_per_type above 0"
    if c.fixed_tasks and c.solver_only_steps:
        yield "fixed_tasks never trains the proposer: set solver_only_steps to 0"
    if c.advantage in ("task", "task_unscaled", "leave_one_out"):
        trained = [c.solve_samples] * (c.solve_tasks_per_type > 0)
        trained += [c.solve_rate_samples] * c.train_on_solve_rate_samples
        if max(trained) < 2:
            yield f"advantage {c.advantage!r} needs at least 2 trained samples of a task: raise solve_samples"
    if c.visible_inputs is not None and c.visible_inputs >= c.num_inputs:
        yield (
            f"visible_inputs {c.visible_inputs} leaves none of {c.num_inputs} inputs hidden: lower it, or raise "
            "num_inputs"
        )
    if c.seed_tasks > c.buffer_capacity:
        yield f"seed_tasks {c.seed_tasks} do not fit into a buffer_capacity of {c.buffer_capacity}: lower one"
    if c.train_on_solve_rate_samples and c.solve_rate_temperature not in (None, c.temperature):
        yield (
            "solve-rate samples of another temperature than the update's cannot be trained on: unset "
            "solve_rate_temperature, or train_on_solve_rate_samples"
        )
    if c.determinism == "one_session" and c.determinism_runs == 1:
        yield "determinism one_session compares calls: set determinism_runs to 2 or more"
    if c.clip_high is not None and c.clip_high < c.clip:
        yield f"clip_high {c.clip_high:g} is below clip {c.clip:g}: raise it, or unset it"
    if c.dual_clip is not None and c.dual_clip < 1 + (c.clip if c.clip_high is None else c.clip_high):
        yield f"dual_clip {c.dual_clip:g} lies inside the clip range and would cut good answers too: raise or unset it"
    if c.composite_share and not {"deduction", "abduction", "error"} & set(c.task_types):
        yield "composite proposals are programs, and induction proposes none: add a task type or unset composite_share"
    if c.composite_ramp and not c.composite_share:
        yield "composite_ramp has nothing to grow to: set composite_share"
    if not c.train_propose and c.solver_only_steps:
        yield "without train_propose every step trains the solver only: set solver_only_steps to 0"
