"""The course's notebooks: built from their text sources, and executed end to end with papermill.

A notebook's source is `notebooks/NN_topic.py` in jupytext's percent format; `build` executes it and writes
`notebooks/NN_topic.ipynb` with its outputs. `run` executes the committed notebooks with the parameter `TIER`
(smoke, cpu or gpu) into `data_out/notebooks/` and reads back the values that their last cells record.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

TIERS = ("smoke", "cpu", "gpu")
FOLDER = Path("notebooks")
OUT = Path("data_out/notebooks")
RECORD = "application/x-azr-nb-record+json"


def record(**values: float | int | str) -> None:
    """Store values in the output of the cell that calls this, for tests to read from the executed copy."""
    from IPython.display import display

    display({RECORD: values, "text/plain": f"recorded: {', '.join(values)}"}, raw=True)


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
        str(notebook), str(target), parameters={"TIER": tier, **parameters}, cwd=str(notebook.parent),
        kernel_name="python3", progress_bar=False, log_output=False,
    )  # fmt: skip
    return target, time.perf_counter() - begun


def build(source: Path) -> Path:
    """Execute a source and write the notebook beside it, without counts, timings, or paths of this machine."""
    import jupytext
    from nbclient import NotebookClient

    notebook = jupytext.read(source)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.pop("jupytext", None)
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(source.parent)}}).execute()
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [clean(output) for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata.pop("widgets", None)
    target = source.with_suffix(".ipynb")
    import nbformat

    nbformat.write(notebook, target)
    return target


def clean(output):
    """An output without execution counts, memory addresses and widget views, which need a running kernel."""
    if "execution_count" in output:
        output["execution_count"] = None
    data = output.get("data", {})
    data.pop("application/vnd.jupyter.widget-view+json", None)
    for holder, key in ((data, "text/plain"), (output, "text")):
        if isinstance(holder.get(key), str):
            holder[key] = re.sub(r" at 0x[0-9a-f]+", "", holder[key])
    return output


def sources() -> list[Path]:
    return sorted(FOLDER.glob("[0-9][0-9]_*.py"))
