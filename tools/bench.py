"""`python -m tools bench`: ratios from one run, side by side; absolute times of a shared machine mean little."""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from azr_nb.config import ConfigError, make_config

WHAT = ("executor", "sampler", "step", "signals")
ATTENTION = "aten::_scaled_dot_product_flash_attention_for_cpu"
MATRIX_PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", ATTENTION, f"{ATTENTION}_backward")


def bench_sampler(model: str = "tiny", prompts: int = 32, n: int = 8, rounds: int = 9) -> dict[str, Any]:
    """Our sampler against `model.generate` on the solve-rate workload: n samples for each of some solver prompts."""
    import torch

    from azr_nb.environments.python_programs.corpus import load_suite
    from azr_nb.policy.load import load_policy
    from azr_nb.policy.sampler import Sampler, plain_generate
    from azr_nb.prompts import prompt_format_for

    policy = load_policy(model)
    if not policy.fast:
        raise ConfigError(f"the shared-prefix sampler does not know {model!r} as it is loaded here: nothing to compare")
    config = make_config(_preset(policy))
    prompt_format, longest, heat = prompt_format_for(config, policy), config.max_new_tokens, config.temperature
    stops = policy.stops(prompt_format.stops, prompt_format.keep_stop)
    ids = policy.encode([prompt_format.solve_prompt(task) for task in load_suite("own")[:prompts]])
    forms = {
        "ours": lambda g: Sampler(policy.model).sample(ids, n, longest, heat, g, stops=stops),
        "generate": lambda g: plain_generate(policy, ids, n, longest, heat, g, stops),
    }
    rates: dict[str, list[float]] = {name: [] for name in forms}
    for round_number in range(rounds + 1):
        for name, form in forms.items():
            begun = time.perf_counter()
            drawn = form(torch.Generator().manual_seed(round_number))
            seconds = time.perf_counter() - begun
            if round_number:  # the first round warms up
                rates[name].append(sum(len(s.ids) for group in drawn for s in group) / seconds)
    ours, plain = (statistics.median(rates[name]) for name in ("ours", "generate"))
    return {
        "prompts": prompts,
        "samples_per_prompt": n,
        "tokens_per_second": {"ours": round(ours), "generate": round(plain)},
        "ratio": round(ours / plain, 2),
        "ratios_by_round": [round(a / b, 2) for a, b in zip(rates["ours"], rates["generate"], strict=True)],
    }


def _play(model: str, fast: bool):
    from azr_nb.environments.python_programs.environment import PythonPrograms
    from azr_nb.policy.load import load_policy
    from azr_nb.selfplay import SelfPlay

    policy = load_policy(model)
    if policy.compact:
        config = make_config("classroom", model=model, seed_tasks=24)
    else:  # eight samples of each role and type, and four to estimate a solve rate
        config = make_config(
            "laptop",
            model=model,
            proposals_per_type=8,
            solve_tasks_per_type=8,
            solve_samples=1,
            solve_rate_samples=4,
            train_on_solve_rate_samples=False,
            advantage="role_type",
            solver_mix="max_new",
        )
    play = SelfPlay(config, policy, PythonPrograms.for_run(config), fast=fast)
    if not policy.compact:  # its own seeds would take minutes, in each form
        for kind in config.task_types:
            for task in [task for task in play.environment.suite("own") if task.type == kind][: config.seed_tasks]:
                play.buffer.add(task)
    return play


def _preset(policy) -> str:
    return "classroom" if policy.compact else "laptop"


def bench_step(model: str = "tiny", rounds: int = 3) -> dict[str, Any]:
    """A self-play step with shared prefixes and packed updates against the same step through plain TRL forms.

    For a language model, of which a step takes about a minute: two steps of the one form after the first, then two of
    the other, so that the peak of memory before the second form begins is that of ours; and no profile.
    """
    plays = {"ours": _play(model, True)}
    if not plays["ours"].policy.fast:
        raise ConfigError(f"the shared-prefix sampler does not know {model!r} as it is loaded here: nothing to compare")
    large = not plays["ours"].policy.compact
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    shares: dict[str, Any] = {}
    if large:
        seconds["ours"] = [plays["ours"].step().metrics["seconds_total"] for _ in range(3)][1:]
        shares["peak_gigabytes"] = _peak_gigabytes()
        plays["plain"] = _play(model, False)
        seconds["plain"] = [plays["plain"].step().metrics["seconds_total"] for _ in range(3)][1:]
    else:
        plays["plain"] = _play(model, False)
        for round_number in range(rounds + 1):
            for name, play in plays.items():
                metrics = play.step().metrics
                if round_number:
                    seconds[name].append(metrics["seconds_total"])
        shares = _matrix_share(plays["ours"])
    for play in plays.values():
        play.environment.close()
    ours, plain = (statistics.median(seconds[name]) for name in ("ours", "plain"))
    return {
        "seconds_per_step": {"ours": round(ours, 2), "plain": round(plain, 2)},
        "ratio": round(plain / ours, 2),
        "ratios_by_round": [round(b / a, 2) for a, b in zip(seconds["ours"], seconds["plain"], strict=True)],
        **shares,
    }


def _matrix_share(play) -> dict[str, Any]:
    """How much of a step's operator time goes into matrix products and attention, and what takes the rest."""
    from torch.profiler import ProfilerActivity, profile

    begun = time.perf_counter()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        metrics = play.step().metrics
    seconds = time.perf_counter() - begun
    times = {event.key: event.self_cpu_time_total / 1e6 for event in profiler.key_averages()}
    inside = sum(times.get(name, 0.0) for name in MATRIX_PRODUCTS)
    operators = {k: v for k, v in times.items() if k.startswith("aten::")}
    others = sorted(((v, k) for k, v in operators.items() if k not in MATRIX_PRODUCTS), reverse=True)[:6]
    return {
        "matrix_product_share_of_step": round(inside / seconds, 3),
        "operators_share_of_step": round(sum(operators.values()) / seconds, 3),
        "next_operators": {name: round(value / seconds, 3) for value, name in others},
        "stages_share": {
            name: round(metrics[f"seconds_{name}"] / metrics["seconds_total"], 3)
            for name in ("propose", "validate", "solve", "check", "instruments", "update")
        },
    }


def _peak_gigabytes() -> float | None:
    """The most memory that this process has had so far; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1e9 if sys.platform == "darwin" else 1e6  # bytes there, kilobytes elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 2)


def run_bench(what: str = "all", as_json: bool = False, model: str = "tiny") -> str:
    """Run one benchmark or all; returns the text to print. Raises `ConfigError` for an unknown name."""
    if what not in (*WHAT, "all"):
        raise ConfigError(f"unknown benchmark {what!r}: choose {', '.join(WHAT)} or all")
    results = {}
    if what in ("executor", "all"):
        from tools.bench_executor import bench_executor

        results["executor"] = bench_executor()
    if what != "executor":
        from azr_nb.runs.train import quiet

        quiet()
    if what in ("sampler", "all"):
        results["sampler"] = bench_sampler(model)
    if what in ("step", "all"):
        results["step"] = bench_step(model)
    if what in ("signals", "all"):
        from tools.bench_signals import bench_signals

        results["signals"] = bench_signals(_play("tiny", True))
    if as_json:
        return json.dumps(results, indent=1)
    lines = []
    for name, result in results.items():
        ratio = result.get("ratio")
        lines.append(f"{name}: {ratio} times as fast as the straightforward form" if ratio else f"{name}:")
        for key, value in result.items():
            if isinstance(value, dict):
                lines.append(f"  {key}:")
                lines += [f"    {inner}: {_cell(number)}" for inner, number in value.items()]
            elif key != "ratio":
                lines.append(f"  {key}: {value}")
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, dict):  # a goal, or a layer
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
