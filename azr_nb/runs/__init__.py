"""Runs: folders that can be resumed, reports, exports, comparisons and studies of several runs."""

from azr_nb import lazily

_NAMES = {"train": ("RunResult", "quiet"), "compare": ("compare_runs",), "folder": ("RunFolder", "RunFolderError")}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
