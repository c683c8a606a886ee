"""Comparing runs: means by hand, intervals that cover, and one line for folders that cannot be compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azr_nb.cli.app import app
from azr_nb.runs.compare import compare_runs, comparison_table, differences, exact_sign_test, paired_rows, paired_table
from azr_nb.runs.folder import RunFolderError


def write(path: Path, before: list[float], after: list[float]) -> Path:
    path.mkdir()
    side = lambda v: {"own": {"deduction": {"sampled": v, "greedy": v}, "abduction": {"sampled": v, "greedy": v}}}  # noqa: E731,E501
    (path / "held_out.json").write_text(json.dumps({"before": side(before), "after": side(after)}))
    (path / "metrics.csv").write_text("step,minutes,propose/deduction/valid,distinct_programs\n0,1.5,0.5,0.75\n")
    return path


def test_changes_are_paired_means(tmp_path):
    runs = [
        write(tmp_path / "a", [0, 0, 1, 1] * 10, [1, 0, 1, 1] * 10),
        write(tmp_path / "b", [0, 0, 1, 1] * 10, [1, 1, 1, 1] * 10),
        write(tmp_path / "c", [0, 0, 1, 1] * 10, [1, 0, 1, 1] * 10),
    ]
    result = compare_runs(runs)
    change = result["change"]["sampled"]
    assert change["mean"] == pytest.approx(100 / 3) and 0 < change["low"] < 100 / 3 < change["high"] < 75
    assert [row["sampled_after"] for row in result["runs"]] == [75, 100, 75] and change["each"] == [25, 50, 25]
    text = comparison_table(result)
    assert f"+33.3 points [{change['low']:+.1f}, {change['high']:+.1f}]" in text
    assert "50.0 -> 75.0" in text and "75%" in text
    assert compare_runs(runs) == result


def test_two_runs_are_two_numbers_without_an_interval(tmp_path):
    runs = [
        write(tmp_path / "a", [0, 0, 1, 1] * 10, [1, 0, 1, 1] * 10),
        write(tmp_path / "b", [0, 0, 1, 1] * 10, [1, 1, 1, 1] * 10),
    ]
    result = compare_runs(runs)
    both = {"mean": 37.5, "low": None, "high": None, "visible": None, "each": [25, 50]}
    assert all(part[mode] == both for part in (result["change"], *result["by_type"].values()) for mode in part)
    text = comparison_table(result)
    assert text.count("+37.5 points (+25.0, +50.0)") == 6 and "[" not in text


def test_no_change_is_no_change(tmp_path):
    change = compare_runs([write(tmp_path / "a", [0, 1] * 20, [0, 1] * 20)])["change"]["greedy"]
    assert change == {"mean": 0, "low": 0, "high": 0, "visible": 0, "each": [0]}


def test_runs_of_one_warm_up_are_drawn_together(tmp_path):
    """Two warm-ups that gain 0 and 50 points: a bootstrap over them sees a quarter of all draws at either end."""
    runs = []
    for model, after in (("first", [0, 0, 1, 1]), ("second", [1, 1, 1, 1])):
        for seed in range(4):
            runs.append(write(tmp_path / f"{model}-{seed}", [0, 0, 1, 1] * 50, after * 50))
            (runs[-1] / "config.yaml").write_text(f"model: {model}\n")
    result = compare_runs(runs)
    change = result["change"]["greedy"]
    assert result["warm_ups"] == 2 and change["low"] == 0 and change["high"] > 45
    assert change["visible"] == pytest.approx(2.8 * 50 / 8**0.5, rel=0.1)  # the spread of the mean of two draws
    assert "8 runs from 2 warm-ups; a change below" in comparison_table(result)
    for run in runs:
        (run / "config.yaml").write_text("model: first\n")
    alone = compare_runs(runs)["change"]["greedy"]
    assert alone["visible"] < change["visible"] and 0 < alone["low"]


def test_runs_minus_other_runs_are_paired(tmp_path):
    ours = [write(tmp_path / f"a{i}", [0, 0, 1, 1] * 10, [1, i % 2, 1, 1] * 10) for i in range(4)]
    theirs = [write(tmp_path / f"b{i}", [0, 0, 1, 1] * 10, [0, i % 2, 1, 1] * 10) for i in range(4)]
    found = differences(ours, theirs)
    assert all(part["mean"] == 25 and part["each"] == [25] * 4 for part in found.values())
    assert 0 < found["greedy"]["low"] < 25 < found["greedy"]["high"]  # over tasks, of which a quarter differs
    asked = [*map(str, ours), *(word for run in theirs for word in ("--minus", str(run)))]
    shown = CliRunner().invoke(app, ["compare", *asked])
    assert "minus b0, b1, b2, b3:\n  sampled: +25.0 points [" in shown.output and "would hardly be seen" in shown.output
    with pytest.raises(RunFolderError, match="4 runs and 1 others make no pairs"):
        differences(ours, theirs[:1])
    (theirs[1] / "config.yaml").write_text("model: elsewhere\n")
    with pytest.raises(RunFolderError, match="b1 with elsewhere: pair runs of one warm-up"):
        differences(ours, theirs)
    with pytest.raises(RunFolderError, match="different tasks"):
        differences([ours[0]], [write(tmp_path / "other", [0, 1, 1], [1, 1, 1])])


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


def test_the_sign_test_by_enumeration():
    for n in range(9):
        for gains in range(n + 1):
            few = min(gains, n - gains)
            outcomes = [bin(code).count("1") for code in range(2**n)]
            extreme = sum(min(k, n - k) <= few for k in outcomes) / 2**n
            assert exact_sign_test(gains, n - gains) == pytest.approx(extreme)


def test_two_policies_are_paired_by_task():
    side = lambda v: {"own": {"deduction": {"sampled": v, "greedy": v}, "abduction": {"sampled": v, "greedy": v}}}  # noqa: E731,E501
    first, second = side([0, 0, 1, 1] * 10), side([1, 0, 1, 1] * 10)
    rows = paired_rows(first, second)
    assert [(r["suite"], r["type"], r["mode"], r["n"]) for r in rows] == [
        ("own", "deduction", "sampled", 40),
        ("own", "abduction", "sampled", 40),
        ("all", "", "sampled", 80),
        ("own", "deduction", "greedy", 40),
        ("own", "abduction", "greedy", 40),
        ("all", "", "greedy", 80),
    ]
    for row in rows:
        assert (row["first"], row["second"], row["mean"]) == pytest.approx((50, 75, 25))
        assert 0 < row["low"] < 25 < row["high"]
        assert ("p" in row) == (row["mode"] == "greedy")
    assert rows[3]["p"] == pytest.approx(2 / 2**10) and rows == paired_rows(first, second)
    backwards = paired_rows(second, first)
    assert backwards[5]["mean"] == -25 and backwards[5]["p"] == rows[5]["p"] and paired_rows(first, first)[3]["p"] == 1
    assert "+25.0 points" in paired_table(rows, "a", "b") and paired_table(rows, "a", "b").startswith("b minus a")


def test_the_command_takes_folders_and_recorded_runs(tmp_path):
    folder = write(tmp_path / "mine", [0, 1] * 10, [1, 1] * 10)
    mine = CliRunner().invoke(app, ["compare", str(folder), "--json"])
    assert mine.exit_code == 0 and json.loads(mine.stdout)["runs"][0]["run"] == "mine", mine.output
    recorded = CliRunner().invoke(app, ["compare", "learnability-0", "learnability-1"])
    assert recorded.exit_code == 0 and "learnability-1" in recorded.output, recorded.output
    unknown = CliRunner().invoke(app, ["compare", "no-such-run"])
    assert isinstance(unknown.exception, RunFolderError) and "\n" not in str(unknown.exception)
