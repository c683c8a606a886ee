"""What the site's moving parts cannot compute, because it is measured with a model in a notebook.

The numbers stand in `moving.json` and are written again by `python -m tools.moving_record`, which runs the cells of
three notebooks up to their widgets. It takes some minutes, and is due when a notebook's own pictures of these numbers
change: a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from azr_nb.course.views import proposing
from tools.build_notebooks import SOURCES

NUMBERS = Path(__file__).with_name("moving.json")


def _knobs(names: dict[str, Any]) -> list[dict[str, Any]]:
    """Notebook 03: what becomes of the proposals at each setting of K and temperature."""
    return [
        {
            "references": references,
            "temperature": temperature,
            "left": proposing.gates(rollouts),
            "valid": proposing.valid_share(rollouts),
            "different": proposing.distinct_share(rollouts),
        }
        for (references, temperature), rollouts in names["cells"].items()
    ]


def _ranks(names: dict[str, Any]) -> dict[str, Any]:
    """Notebook 06: the singular values of a gradient, and the shape of its matrix."""
    return {"values": [float(f"{v:.5g}") for v in names["values"]], "rows": names["rows"], "columns": names["columns"]}


def _among(names: dict[str, Any]) -> dict[str, Any]:
    """Notebook 10: right answers to each task before and after, and how many were drawn."""
    return {**names["counts"], "drawn": names["drawn"]}


def _ask(names: dict[str, Any]) -> dict[str, str]:
    """Notebook 10: the pages of the prepared programs."""
    from tools.moving_views import OWN

    return {
        program: names["side_by_side"](program, given, names["policies"], names["environment"])
        for program, given in OWN.items()
    }


RECORDED: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "knobs": ("03_proposing", _knobs),
    "ranks": ("06_lora_update", _ranks),
    "among": ("10_is_it_better", _among),
    "ask": ("10_is_it_better", _ask),
}


def names_before(source: Path, view: str) -> dict[str, Any]:
    """The names that a notebook's source has made when it comes to the widget of a view."""
    import jupytext

    names: dict[str, Any] = {"__name__": source.stem}
    for cell in jupytext.read(source).cells:
        if cell.cell_type == "code":
            if f"explore({view}," in cell.source:
                break
            exec(compile(cell.source, source.name, "exec"), names)
    return names


def main() -> None:
    """Write all numbers anew."""
    found = {view: made(names_before(SOURCES / f"{stem}.py", view)) for view, (stem, made) in RECORDED.items()}
    NUMBERS.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
