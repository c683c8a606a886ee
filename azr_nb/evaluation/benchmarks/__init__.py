"""Outside benchmarks: their rows as items, verified by this project's executor.

`load_benchmark(name)` gives items, `judge_execution` and `judge_functional` give verdicts, `results` writes them down.
"""

from azr_nb.evaluation.benchmarks.core import Benchmark, ExecutionItem, FunctionalItem
from azr_nb.evaluation.benchmarks.execution import judge_execution
from azr_nb.evaluation.benchmarks.judge import judge_functional, judgeable
from azr_nb.evaluation.benchmarks.load import BENCHMARKS, load_benchmark

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "ExecutionItem",
    "FunctionalItem",
    "judge_execution",
    "judge_functional",
    "judgeable",
    "load_benchmark",
]
