"""Comparing runs: means by hand, intervals that cover, and one line for folders that cannot be compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azr_nb.compare import compare_runs, comparison_table
from azr_nb.record import RunFolderError


def write(path: Path, before: list[float], after: list[float]) -> Path:
    path.mkdir()
    side = lambda v: {"own": {"deduction": {"sampled": v, "greedy": v}, "abduction": {"sampled": v, "greedy": v}}}  # noqa: E731,E501
    (path / "held_out.json").write_text(json.dumps({"before": side(before), "after": side(after)}))
    (path / "metrics.csv").write_text("step,minutes,propose/deduction/valid,distinct_programs\n0,1.5,0.5,0.75\n")
    return path


def test_changes_are_paired_means(tmp_path):
    runs = [write(tmp_path / "a", [0, 0, 1, 1] * 10, [1, 0, 1, 1] * 10),
            write(tmp_path / "b", [0, 0, 1, 1] * 10, [1, 1, 1, 1] * 10)]  # fmt: skip
    result = compare_runs(runs)
    change = result["change"]["sampled"]
    assert change["mean"] == pytest.approx(37.5) and 0 < change["low"] < 37.5 < change["high"] < 75
    assert [row["sampled_after"] for row in result["runs"]] == [75, 100]
    text = comparison_table(result)
    assert "+37.5 points" in text and "50.0 -> 75.0" in text and "75%" in text
    assert compare_runs(runs) == result


def test_no_change_is_no_change(tmp_path):
    change = compare_runs([write(tmp_path / "a", [0, 1] * 20, [0, 1] * 20)])["change"]["greedy"]
    assert change == {"mean": 0, "low": 0, "high": 0}


def test_unusable_folders_are_one_line(tmp_path):
    good = write(tmp_path / "good", [0, 1], [1, 1])
    other = write(tmp_path / "other", [0, 1, 1], [1, 1, 1])
    with pytest.raises(RunFolderError, match="cannot be compared"):
        compare_runs([good, other])
    with pytest.raises(RunFolderError, match="no held_out.json"):
        compare_runs([tmp_path])
    (good / "held_out.json").write_text('{"before": {')
    with pytest.raises(RunFolderError, match="cut short"):
        compare_runs([good])
    (good / "held_out.json").write_text('{"before": {}}')
    with pytest.raises(RunFolderError, match="--resume"):
        compare_runs([good])
