"""The notebooks: their shape, their agreement with the source, and every one executed end to end with papermill."""

from __future__ import annotations

import statistics
from pathlib import Path

import jupytext
import nbformat
import pytest

from azr_nb.notebooks import FOLDER, TIERS, clean, recorded, run

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / FOLDER).glob("[0-9][0-9]_*.ipynb"))
MOST_SECONDS = {"smoke": 150}


def cells(path: Path, kind: str) -> list:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS][:1] == ["00_start_here"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_shape(path):
    code, text = cells(path, "code"), cells(path, "markdown")
    lengths = [len(cell.source.splitlines()) for cell in code]
    words = sum(len(cell.source.split()) for cell in text)
    assert 30 <= len(code) + len(text) <= 60 and words <= 2_500
    assert statistics.median(lengths) <= 8 and max(lengths) <= 40
    assert text[0].source.startswith("# ") and "minutes" in text[0].source
    assert text[-1].source.startswith("## Summary") and "### Recall" in text[-1].source
    parameters = [cell for cell in code if "parameters" in cell.metadata.get("tags", [])]
    assert len(parameters) == 1 and all("=" in line for line in parameters[0].source.splitlines())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_notebook_is_its_source_executed_and_cleaned(path):
    source = jupytext.read(path.with_suffix(".py")).cells
    built = nbformat.read(path, as_version=4).cells
    assert [(c.cell_type, c.source) for c in built] == [(c.cell_type, c.source) for c in source]
    text = path.read_text()
    assert str(ROOT) not in text and " at 0x" not in text and path.stat().st_size < 1_500_000
    for cell in built:
        assert cell.cell_type != "code" or cell.execution_count is None
        for output in cell.get("outputs", []):
            assert output.output_type != "error" and output.get("name") != "stderr"
    assert any(cell.get("outputs") for cell in built)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_end_to_end(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    executed, seconds = run(path, "smoke")
    assert seconds < MOST_SECONDS["smoke"]
    values = recorded(executed)
    CHECKS[path.stem](values)
    errors = [o for cell in cells(executed, "code") for o in cell.outputs if o.get("name") == "stderr"]
    assert not [o for o in errors if "Warning" in o.get("text", "")]


def check_start_here(values: dict) -> None:
    assert 0.3 <= values["valid_share"] <= 1
    assert values["turns"] == 3
    assert abs(values["loss"]) < 1e-3 < values["grad_norm"]


CHECKS = {"00_start_here": check_start_here}


def test_unknown_tiers_are_named():
    with pytest.raises(ValueError, match=", ".join(TIERS)):
        run(NOTEBOOKS[0] if NOTEBOOKS else Path("x.ipynb"), "huge")


def test_clean_takes_out_what_changes_from_run_to_run():
    output = nbformat.v4.new_output("execute_result", {"text/plain": "<object at 0x7f00ab>",
                                                       "application/vnd.jupyter.widget-view+json": {}},
                                    execution_count=4)  # fmt: skip
    cleaned = clean(output)
    assert cleaned.execution_count is None and cleaned.data == {"text/plain": "<object>"}
