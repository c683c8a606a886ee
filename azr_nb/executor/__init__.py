"""Runs programs, isolated and batch-first: `Executor.run(jobs) -> results`, one outcome per call, in order.

Covered: on Linux every call of every program runs in a CPython process of its own, behind the layers of `sandbox.py`,
and in a second one with another hash seed; the process that these are forked from has never held a program, an output
or a gold value (`cpython` has the table of who sees what). Where the system has no such sandbox, an interpreter written
in Rust runs them, which has no files, sockets, processes, threads, frames or host modules. Time and memory are limited
in both. Not covered: faults of the kernel itself, and what timing tells. `CPythonEngine.layers` has the table of this
machine.
"""

from azr_nb.executor.core import Call, EngineUnavailable, Job, Limits, Outcome, Result
from azr_nb.executor.engines import Executor

__all__ = ["Call", "EngineUnavailable", "Executor", "Job", "Limits", "Outcome", "Result"]
