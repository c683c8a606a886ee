"""The course's notebooks, executed end to end with papermill.

`run` executes a committed notebook with the parameter `TIER` (smoke, cpu or gpu) into `data_out/notebooks/`;
`recorded` reads back the values that its last cells stored with `runs.notebooks.record`. How notebooks are made from
their sources stands in `build_notebooks`.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from azr_nb.runs.notebooks import RECORD

TIERS = ("smoke", "cpu", "gpu")
FOLDER = Path("notebooks")
OUT = Path("data_out/notebooks")


def recorded(notebook: Path) -> dict[str, Any]:
    """All values that an executed notebook recorded."""
    import nbformat

    values: dict[str, Any] = {}
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", []):
            values |= output.get("data", {}).get(RECORD, {})
    return values


def run(notebook: Path, tier: str = "smoke", out: Path = OUT, **parameters: Any) -> tuple[Path, float]:
    """Execute one notebook with papermill; returns the executed copy and the seconds it took.

    Raises `ValueError` for an unknown tier, and papermill's error for a cell that fails.
    """
    import papermill

    if tier not in TIERS:
        raise ValueError(f"unknown tier {tier!r}: choose {', '.join(TIERS)}")
    out.mkdir(parents=True, exist_ok=True)
    target = out / notebook.name
    begun = time.perf_counter()
    papermill.execute_notebook(
        str(notebook),
        str(target),
        parameters={"TIER": tier, **parameters},
        cwd=str(notebook.parent),
        kernel_name="python3",
        progress_bar=False,
        log_output=False,
    )
    return target, time.perf_counter() - begun


def minutes_promised(notebook: Path) -> float | None:
    """The minutes to run that a notebook's head promises, from its row `| minutes | ..., N to run |`."""
    import nbformat

    head = nbformat.read(notebook, as_version=4).cells[0].source
    found = re.search(r"\| minutes \|.*?(under )?([\d.]+) to run", head)
    return float(found[2]) if found else None


def run_all(notebooks: Sequence[Path], tier: str, say: Callable[[str], None] = print) -> list[str]:
    """Execute notebooks one after another, with a table of minutes and peak memory beside what each promises.

    Returns the names of those that failed.
    """
    failed = []
    say(f"{'notebook':24}{'minutes':>9}{'promised':>10}{'peak MB':>9}")
    for notebook in notebooks:
        promised, note = minutes_promised(notebook), ""
        with Peak() as peak:
            begun = time.perf_counter()
            try:
                run(notebook, tier)
            except Exception as error:  # papermill's and nbclient's, and whatever a kernel dies of
                failed.append(notebook.stem)
                note = f"  failed: {' '.join(str(error).split())[-120:]}"
        minutes = (time.perf_counter() - begun) / 60
        said = "-" if promised is None else f"{promised:g}"
        say(f"{notebook.stem:24}{minutes:9.2f}{said:>10}{peak.megabytes:9.0f}{note}")
    return failed


class Peak:
    """Most memory of this process's children together, in MB, looked at twice a second; 0 without psutil."""

    def __enter__(self) -> Peak:
        self.megabytes = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            import psutil
        except ImportError:
            return
        while not self._done.wait(0.5):
            total = 0
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    total += child.memory_info().rss
            self.megabytes = max(self.megabytes, total / 1e6)


def committed() -> list[Path]:
    """The learner's notebooks, in the order of the course."""
    return sorted(FOLDER.glob("[0-9][0-9]*_*.ipynb"))
