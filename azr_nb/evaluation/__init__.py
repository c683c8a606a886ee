"""Evaluation: held-out scores with intervals, measures of a step, probes and benchmarks."""

from azr_nb import lazily

_NAMES = {
    "held_out": ("evaluate", "first_of_each", "mean_score", "score_table", "task_scores"),
    "measures": ("standard_error",),
    "metrics": ("step_metrics",),
    "probes": ("probe",),
}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
