"""Runs programs, isolated and batch-first: `Executor.run(jobs) -> results`, one outcome per call, in order.

Covered: programs run in a separate process, inside an interpreter written in Rust that has no files, sockets,
processes, threads or host modules; time and memory are limited. Not covered yet: programs outside the
interpreter's subset of Python are refused with the status `unsupported` instead of being run by CPython.
"""

from azr_nb.executor.core import Executor, Job, Limits, Outcome, Result

__all__ = ["Executor", "Job", "Limits", "Outcome", "Result"]
