"""Runs programs, isolated and batch-first: `Executor.run(jobs) -> results`, one outcome per call, in order.

Covered: programs run in separate processes, most of them inside an interpreter written in Rust that has no files,
sockets, processes, threads or host modules; what it cannot run goes to CPython behind the layers of `sandbox.py`.
Time and memory are limited in both. Not covered: on macOS the CPython workers have resource limits only, and on
Windows there are none of them (`CPythonEngine.layers` has the table of this machine).
"""

from azr_nb.executor.core import EngineUnavailable, Executor, Job, Limits, Outcome, Result

__all__ = ["EngineUnavailable", "Executor", "Job", "Limits", "Outcome", "Result"]
