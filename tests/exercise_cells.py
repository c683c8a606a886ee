"""The exercise cells of the course's sources, and what their checks say when they are run."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import jupytext
import numpy as np

from azr_nb.course.exercises import check
from azr_nb.course.exercises.core import Result
from azr_nb.course.views.diagnosis import MYSTERY
from azr_nb.course.views.rewards import expected
from azr_nb.programs import renamed, tree_distance
from azr_nb.programs.values import parse_value, same
from azr_nb.rewards import learnability
from azr_nb.runs.study import difference
from tools import build_notebooks as builder

SOURCES = Path(__file__).resolve().parents[1] / builder.SOURCES
# what the notebooks have imported by then
NAMES = {
    "ast": ast,
    "math": math,
    "np": np,
    "renamed": renamed,
    "tree_distance": tree_distance,
    "check": check,
    "learnability": learnability,
    "difference": difference,
    "parse_value": parse_value,
    "same": same,
    "MYSTERY": MYSTERY,
    "expected": expected,
}


def exercise_cells(*numbers: str) -> dict[str, str]:
    """The text of every exercise cell of these notebooks, all without, by the exercise's name."""
    found = {}
    for source in sorted(SOURCES.glob("[0-9][0-9]*_*.py")):
        if not numbers or source.stem.partition("_")[0] in numbers:
            for cell in jupytext.read(source).cells:
                if "exercise" in cell.metadata.get("tags", []):
                    found[builder._named(cell)[0]] = cell.source
    return found


def outcome(text: str) -> Result:
    """What the check in a cell's last line says when the cell is run; the course's own text, no model's."""
    *lines, last = text.rstrip().splitlines()
    names = dict(NAMES)
    exec("\n".join(lines), names)  # noqa: S102
    return eval(last, names)


def stub_and_solution(text: str) -> tuple[Result, Result]:
    """What the check says of the learner's stub, and of the solution."""
    return outcome(builder.without_solution(text)), outcome(text)
