"""`azr-nb doctor`: what is installed, what the machine offers, and whether the parts work together."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from azr_nb.runs.text_table import text_table

if TYPE_CHECKING:
    from azr_nb.environments.python_programs.attacks import Row

PACKAGES = ("torch", "transformers", "peft", "trl", "pydantic-monty", "jupyterlab", "papermill")


def report() -> tuple[str, bool]:
    """The text to print, and whether everything that a run needs is there."""
    lines = [f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"]
    healthy = sys.version_info >= (3, 11)
    for name in PACKAGES:
        try:
            lines.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{name} is missing: run 'make setup'")
            healthy = False
    for check in (_executor, _layers, _policy):
        try:
            lines.append(check())
        except Exception as error:  # the doctor reports whatever is broken instead of breaking
            lines.append(f"{check.__name__.strip('_')} is broken: {type(error).__name__}: {error}")
            healthy = False
    return "\n".join(lines), healthy


def report_attacks(engine: str = "auto") -> tuple[str, bool]:
    """The table of the attack gallery on one engine, and whether every attack failed (takes up to a minute).

    Raises `ConfigError` for an unknown engine.
    """
    from tqdm import tqdm

    from azr_nb.config import ConfigError
    from azr_nb.environments.python_programs.attacks import gallery, run_gallery
    from azr_nb.executor import Executor

    try:
        Executor(engine)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    with tqdm(total=len(gallery()), desc="attacks", leave=False, disable=None) as bar:
        rows = run_gallery(engine, progress=lambda row: bar.update())
    return f"engine {engine}\n{attack_table(rows)}", all(row.passed for row in rows)


def attack_table(rows: Sequence[Row]) -> str:
    """The rows as text: one line for each attack, its expectation beneath where it failed, and the sum."""
    cells: list[tuple] = [("group", "attack", "seconds", "outcome")]
    for row in rows:
        mark = "" if row.passed else "FAILED  "
        cells.append((row.group, row.name, f"{row.seconds:.2f}", f"{mark}{row.got[:70]}"))
        if not row.passed:
            left = f". Left: {row.trouble}" if row.trouble else ""
            cells.append(("", "", "", f"{row.tries} Must be: {row.expected}{left}"))
    lines = [text_table(cells, "<<>")]
    failed = sum(not row.passed for row in rows)
    lines.append(f"{len(rows)} attacks, {failed} failed" if failed else f"{len(rows)} attacks, all held")
    return "\n".join(lines)


def _executor() -> str:
    from azr_nb.executor import Executor, Job, Limits

    with Executor(limits=Limits(seconds=0.5)) as executor:
        good, endless = executor.run(
            [Job("def f(a):\n    return a + 1", ["3"]), Job("def f(a):\n    while True:\n        pass", ["3"])]
        )
    if good.outcomes[0].text != "4" or endless.outcomes[0].status != "timeout":
        raise RuntimeError(f"unexpected outcomes {good.outcomes[0]} and {endless.outcomes[0]}")
    guard = {
        "cpython": "every program in processes of its own, forked from one that has held no data; what two of "
        "them with different hash seeds say is the truth",
        "monty": "programs follow each other in one process, and only the interpreter, which gives them no memory, "
        "files, frames or modules of the host, keeps gold values from them; where it differs from CPython, so "
        "do verdicts and gold values (iterators, equal keys, missing methods, speed)",
    }[good.engine]
    return f"executor: works (engine auto is {good.engine} here: {guard}; time and memory limits, no files, no network)"


def _layers() -> str:
    """The layers of isolation that this system gives the CPython engine, one a line, and what that leaves open."""
    from azr_nb.executor import EngineUnavailable
    from azr_nb.executor.cpython import CPythonEngine

    try:
        with CPythonEngine() as engine:
            found, decides = engine.layers(), engine.isolated()
    except EngineUnavailable as error:
        return f"CPython engine: not on this system ({error}); auto takes monty"
    states = [("", name, "on" if state is True else state or "off") for name, state in found.items()]
    lines = ["isolation of the CPython engine:", text_table(states)]
    missing = [name for name, state in found.items() if state is not True]
    if missing:
        lines.append(f"  not covered on this system: {', '.join(missing)} (engine monty needs none of them)")
        if not decides:
            lines.append("  auto takes monty, because this engine isolates nothing without seccomp and limits")
    else:
        lines.append("  every layer is on; still not covered: flaws of the system's kernel and of the processor")
    return "\n".join(lines)


def _policy() -> str:
    from azr_nb.policy.hardware import LARGE, place
    from azr_nb.policy.models import TINY

    size = sum(path.stat().st_size for path in TINY.iterdir())
    small, large = place(1), place(LARGE)
    return (
        f"bundled policy: {size / 1e6:.1f} MB, {small.precision} on {small.device}; "
        f"language models: {large.precision} on {large.device}"
    )
