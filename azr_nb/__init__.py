"""Absolute Zero self-play, small enough to read and run on a laptop.

One language model proposes tasks, by default about Python programs, a verifier checks them, the same model solves them,
both roles are rewarded, and a LoRA adapter is trained. The packages, in the order of the data flow; each imports only
from those above:

    tasks, config   records, settings
    programs        programs and values as text
    executor        runs programs, isolated
    environments    what can be proposed, and how it is verified: python_programs, things
    prompts         tasks as text, and text as tasks
    rewards         rewards of both roles, advantages
    buffer          verified tasks
    policy          models, sampling from them, and the policy as proposer and as solver
    learning        one LoRA update per step; the warm-up of the tiny policies
    evaluation      held-out scores, metrics, probes, statistics, benchmarks
    selfplay        the loop
    runs            run folders, reports, studies of several runs
    export          policies, tasks and the verifier for other libraries
    course          what the notebooks draw and check with
    cli             the command azr-nb

`from azr_nb import PythonPrograms, SelfPlay, load_policy, make_config` is enough for a first step. The names
below are imported when they are first used, so that `import azr_nb` is cheap.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

__version__ = "0.2.0"

_NAMES = {
    "config": ("SelfPlayConfig", "make_config"),
    "environments": ("PythonPrograms",),
    "evaluation": ("evaluate", "score_table"),
    "executor": ("Executor", "Job", "Limits"),
    "policy": ("load_policy",),
    "prompts": ("prompt_format", "prompt_format_for"),
    "rewards": (
        "RewardRecord",
        "advantage_estimator",
        "intrinsic_term",
        "proposer_reward",
        "reward_parts",
        "solver_reward",
    ),
    "runs.compare": ("compare_runs",),
    "runs.train": ("train",),
    "selfplay": ("SeedingError", "SelfPlay", "StepTrace"),
    "tasks": ("Proposal", "Rollout", "Task", "Verdict"),
}
__all__ = ["__version__", *(name for names in _NAMES.values() for name in names)]


def lazily(package: str, names: Mapping[str, Sequence[str]]) -> tuple[Callable, Callable]:
    """`__getattr__` and `__dir__` of a package, for names that are imported from its modules when first used.

    A module is named within the package, or whole.
    """
    modules = {name: module for module, group in names.items() for name in group}

    def get(name: str):
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = modules[name]
        return getattr(import_module(module if module.startswith("azr_nb.") else f"{package}.{module}"), name)

    return get, lambda: sorted(modules)


__getattr__, __dir__ = lazily(__name__, _NAMES)
