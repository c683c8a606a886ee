"""`azr-nb doctor`: what is installed, what the machine offers, and whether the parts work together."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys

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
    for check in (_executor, _policy):
        try:
            lines.append(check())
        except Exception as error:  # the doctor reports whatever is broken instead of breaking
            lines.append(f"{check.__name__.strip('_')} is broken: {type(error).__name__}: {error}")
            healthy = False
    return "\n".join(lines), healthy


def _executor() -> str:
    from azr_nb.executor import Executor, Job, Limits

    with Executor(limits=Limits(seconds=0.5)) as executor:
        good, endless = executor.run(
            [Job("def f(a):\n    return a + 1", ["3"]), Job("def f(a):\n    while True:\n        pass", ["3"])]
        )
    if good.outcomes[0].text != "4" or endless.outcomes[0].status != "timeout":
        raise RuntimeError(f"unexpected outcomes {good.outcomes[0]} and {endless.outcomes[0]}")
    return "executor: works (monty; separate process, time and memory limits, no files, no network, no host modules)"


def _policy() -> str:
    from azr_nb.policy import TINY

    size = sum(path.stat().st_size for path in TINY.iterdir())
    return f"bundled policy: {size / 1e6:.1f} MB"
