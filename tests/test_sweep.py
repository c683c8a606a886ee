"""Sweeps: what is asked, what is executed and what is not executed again, and the numbers that come of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean

import nbformat
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.cli import app as cli
from azr_nb.cli import sweep as cli_sweep
from azr_nb.cli.sweep import parse_pairs, parse_seeds, parse_values
from azr_nb.runs.plots import describe, to_png
from azr_nb.runs.sweep import Question, SweepError, code_of, finished, run_sweep, runs_of, settle, slug
from azr_nb.runs.sweep_results import (
    Row,
    figure,
    headline,
    load_results,
    read_cell,
    spelt,
    student,
    summaries,
    summary_table,
    write_results,
)

PARAMETERS = 'TIER = "cpu"\nSEED = 0  # of every draw\nREWARD = "learnability"\nSLOW = []'
CODE = """
import time
from azr_nb.runs.notebooks import record
if REWARD == "broken":
    raise KeyError("no such\\nreward")
if SEED in SLOW:
    time.sleep(60)
record(kind=REWARD, change=SEED + {"learnability": 1.0, "variance": 10.5}[REWARD], tier=TIER)
"""


def stand_in(folder: Path, code: str = CODE) -> Path:
    cells = [
        nbformat.v4.new_markdown_cell("# A notebook"),
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(code.strip()),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "77_stand_in.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The command alone in an app of its own, so that this does not depend on what else is registered."""
    app = typer.Typer()
    app.callback()(lambda: None)
    cli_sweep.register(app)
    monkeypatch.setattr(cli, "app", app)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> Path:
    return stand_in(tmp_path_factory.mktemp("course"))


def question(notebook: Path, seeds=(0, 1), **changes) -> Question:
    fields = {"vary": {"reward": ["learnability", "variance"]}, "tier": "smoke", "seeds": list(seeds)}
    return Question(notebook, code_of(notebook), **fields | changes)


def executed(notebook: Path, folder: Path, asked: Question, names=None) -> None:
    """Write whole copies as papermill would, without executing anything."""
    for run in runs_of(asked):
        if names is not None and run.name not in names:
            continue
        copy = nbformat.read(notebook, as_version=4)
        copy.cells.insert(2, nbformat.v4.new_code_cell("...", metadata={"tags": ["injected-parameters"]}))
        for cell in copy.cells:
            cell.metadata["papermill"] = {"status": "completed", "exception": False, "end_time": "x"}
        data = {"application/x-azr-nb-record+json": {"change": float(run.seed)}}
        copy.cells[-1].outputs = [nbformat.v4.new_output("display_data", data)]
        copy.metadata["papermill"] = {
            "exception": None,
            "end_time": "x",
            "duration": 90.0,
            "parameters": run.parameters,
        }
        nbformat.write(copy, folder / "runs" / f"{run.name}.ipynb")


def command(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["azr-nb", "sweep", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


# What is asked


@given(st.integers(0, 10**8), st.integers(0, 200))
def test_seed_ranges(first, more):
    assert parse_seeds(f"{first}..{first + more}") == list(range(first, first + more + 1))


@given(st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=30, unique=True))
def test_seed_lists(seeds):
    assert parse_seeds(",".join(map(str, seeds))) == seeds
    assert parse_seeds(" , ".join(f"{seed}..{seed}" for seed in seeds)) == seeds


@pytest.mark.parametrize(
    "text, words",
    [
        ("4..0", "downwards"),
        ("1,1", "seed 1 is given twice"),
        ("0..3,2", "seed 2"),
        ("", "0..4"),
        ("a", "0..4"),
        ("-1", "0..4"),
        ("0...3", "0..4"),
        ("0..3,", "0..4"),
        ("0..999999999", "more than"),
        ("٣", "0..4"),
    ],
)
def test_seeds_that_cannot_be(text, words):
    with pytest.raises(SweepError, match=words):
        parse_seeds(text)


def test_values_are_cut_at_commas_outside_of_brackets_and_quotes():
    assert parse_values("a, b") == ["a", "b"] and parse_values("") == []
    assert parse_values("don't,it's") == ["don't", "it's"]
    assert parse_values("[1, 2],{a: 1, b: [2, 3]},x") == [[1, 2], {"a": 1, "b": [2, 3]}, "x"]
    assert parse_values("'a,b',['],', 1]") == ["a,b", ["],", 1]]
    for broken in ("[1,2", "1]", "[1)", "'a"):
        with pytest.raises(SweepError):
            parse_values(broken)


@pytest.mark.parametrize(
    "text, value",
    [
        ("3", 3),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("2E4", 20000.0),
        ("true", True),
        ("variance", "variance"),
        ("'1'", "1"),
        ("[1, a]", [1, "a"]),
        ("{a: 1}", {"a": 1}),
        ("null", None),
        ("1e", "1e"),
    ],
)
def test_values_are_read_as_yaml(text, value):
    (read,) = parse_values(text)
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize("text", ["2020-01-01", "*a", "{[1]: 2}", "!!set {a}"])
def test_values_that_cannot_be_parameters(text):
    with pytest.raises(SweepError, match="cannot be read"):
        parse_values(text)


def test_pairs():
    assert parse_pairs(["proposer-reward=a,b", "STEPS=1, 2"], ["x={a: 1, b: 2}"]) == (
        {"proposer_reward": ["a", "b"], "steps": [1, 2]},
        {"x": {"a": 1, "b": 2}},
    )


@pytest.mark.parametrize(
    "vary, fixed, words",
    [
        (["a"], [], "name=value,value"),
        (["=1"], [], "name=value"),
        ([], ["a="], "name=value"),
        (["a=1", "A=2"], [], "a is given twice"),
        (["a=1"], ["a=2"], "a is given twice"),
        (["a=x,y,x"], [], "value x is given"),
        (["seed=1"], [], "--seeds"),
        ([], ["TIER=cpu"], "--tier"),
    ],
)
def test_pairs_that_cannot_be(vary, fixed, words):
    with pytest.raises(SweepError, match=words):
        parse_pairs(vary, fixed)


def test_combinations_come_in_the_given_order(notebook):
    asked = question(notebook, (3, 0), vary={"b": [2, 1], "a": ["x", "y"]}, set={"steps": 5})
    order = [(run.variant["b"], run.variant["a"], run.seed) for run in runs_of(asked)]
    assert order == [(b, a, seed) for b in (2, 1) for a in "xy" for seed in (3, 0)]
    assert runs_of(asked)[0].parameters == {"TIER": "smoke", "SEED": 3, "STEPS": 5, "B": 2, "A": "x"}
    assert runs_of(asked)[0].name == "2-x-seed-3"
    assert runs_of(question(notebook, (0,), vary={}))[0].name == "plain-seed-0"


def test_names_of_files_are_kept_apart():
    values = [
        1,
        "1",
        1.0,
        True,
        "true",
        "a/b",
        "a b",
        "A",
        "a",
        "../..",
        "a-b",
        [1],
        {"a": 1},
        -0.5,
        "",
        None,
        "x" * 300,
    ]
    slugs = [slug({"a": value}) for value in values]
    assert len({text.lower() for text in slugs}) == len(values)
    assert all(len(text) < 50 and "/" not in text and " " not in text for text in slugs)
    assert slug({"a": "a-b", "b": "c"}) != slug({"a": "a", "b": "b-c"})


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--vary", "color=1"), "77_stand_in.ipynb has no parameter color: it has tier, seed, reward, slow"),
        (("--set", "color=1"), "has no parameter color"),
        (("--tier", "huge"), "choose smoke"),
        (("--seeds", "x"), "--seeds"),
    ],
)
def test_errors_are_one_line(notebook, tmp_path, monkeypatch, capsys, arguments, words):
    out = tmp_path / "out"
    assert command(monkeypatch, "--notebook", str(notebook), "--out", str(out), *arguments) == 2
    error = capsys.readouterr().err
    assert words in error and error.startswith("error: ") and len(error.splitlines()) == 1 and not out.exists()


def test_unknown_notebooks_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "--notebook", "09") == 2 and "start the command" in capsys.readouterr().err
    (tmp_path / "notebooks").mkdir()
    stand_in(tmp_path / "notebooks")
    assert command(monkeypatch, "--notebook", "9") == 2 and "choose one of 77" in capsys.readouterr().err
    assert command(monkeypatch, "--notebook", "x.ipynb") == 2 and "no notebook x.ipynb" in capsys.readouterr().err
    (tmp_path / "y.ipynb").write_text("{")
    assert command(monkeypatch, "--notebook", "y.ipynb") == 2 and "not a notebook" in capsys.readouterr().err


# What is executed, and what is not executed again


def test_the_same_question_may_grow_and_another_is_refused(notebook, tmp_path):
    folder = tmp_path / "sweep"
    assert settle(folder, question(notebook, (0, 1))).seeds == [0, 1]
    grown = settle(folder, question(notebook, (1, 2), vary={"reward": ["other", "variance"]}))
    assert grown.seeds == [0, 1, 2] and grown.vary == {"reward": ["learnability", "variance", "other"]}
    assert settle(folder, question(notebook, (0,))) == grown
    for changes, words in (
        ({"tier": "cpu"}, r"the tier differs \(smoke there, cpu here\)"),
        ({"set": {"slow": [1]}}, r"--set gives differs"),
        ({"vary": {}}, "varies reward, not nothing"),
        ({"vary": {"slow": [[]]}}, "varies reward, not slow"),
    ):
        with pytest.raises(SweepError, match=f"{words}.*choose another --out"):
            settle(folder, question(notebook, **changes))
    with pytest.raises(SweepError, match="the code of the notebook differs; choose another"):
        settle(folder, question(stand_in(tmp_path, CODE + "\n1 + 1")))
    (folder / "sweep.yaml").write_text("notebook: [")
    with pytest.raises(SweepError, match="cannot be read"):
        settle(folder, question(notebook))
    (tmp_path / "notes.txt").write_text("mine")
    for taken in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(SweepError, match="holds something else"):
            settle(taken, question(notebook))


def test_only_whole_copies_of_the_same_run_count(notebook, tmp_path):
    asked = question(notebook)
    settle(tmp_path / "s", asked)
    executed(notebook, tmp_path / "s", asked)
    run, other = runs_of(asked)[:2]
    path = tmp_path / "s" / "runs" / f"{run.name}.ipynb"
    row = finished(path, run, asked.code)
    assert (row.variant, row.seed, row.minutes, row.values) == ({"reward": "learnability"}, 0, 1.5, {"change": 0.0})
    assert finished(path, other, asked.code) is None and finished(path, run, "other") is None
    assert finished(tmp_path / "absent", run, asked.code) is None
    good = path.read_text()
    path.write_text(good[:-20])
    assert finished(path, run, asked.code) is None
    for spoil in (
        lambda facts, cells: facts.update(exception=True),
        lambda facts, cells: facts.update(end_time=None),
        lambda facts, cells: cells[-1]["metadata"]["papermill"].update(status="running"),
        lambda facts, cells: cells[-1]["metadata"].pop("papermill"),
    ):
        spoilt = json.loads(good)
        spoil(spoilt["metadata"]["papermill"], spoilt["cells"])
        path.write_text(json.dumps(spoilt))
        assert finished(path, run, asked.code) is None


def test_a_sweep_skips_what_is_there_and_goes_on_beside_a_failure(notebook, tmp_path, monkeypatch, capfd):
    folder = tmp_path / "sweep"
    asked = question(notebook, (0, 1))
    settle(folder, asked)
    executed(notebook, folder, asked, ("learnability-seed-0", "variance-seed-1"))
    there = {path: path.stat().st_mtime_ns for path in (folder / "runs").iterdir()}
    arguments = (
        "--notebook",
        str(notebook),
        "--seeds",
        "0,1",
        "--tier",
        "smoke",
        "--out",
        str(folder),
        "--vary",
        "reward=learnability,variance,broken",
        "--workers",
        "2",
    )
    assert command(monkeypatch, *arguments) == 1
    said = capfd.readouterr()
    assert "reward=learnability, seed 1: change 2 (" in said.out and "6/6" in said.err
    assert "broken-seed-0 failed: KeyError: 'no such\\nreward'\n" in said.err.replace("\r", "\n")
    failed = said.err.splitlines()[-1].removeprefix("failed: ").partition(" (see ")[0]
    assert sorted(failed.split(", ")) == ["broken-seed-0", "broken-seed-1"]
    assert all(path.stat().st_mtime_ns == time for path, time in there.items())
    names = {f"{name}-seed-{seed}" for name in ("learnability", "variance") for seed in (0, 1)}
    assert {path.name for path in (folder / "runs").iterdir()} == {
        *(f"{name}.ipynb" for name in names),
        "broken-seed-0.failed.ipynb",
        "broken-seed-1.failed.ipynb",
    }
    rows = load_results(folder)
    assert [(row.label, row.seed, row.values["change"]) for row in rows] == [
        ("reward=learnability", 0, 0.0),
        ("reward=learnability", 1, 2.0),
        ("reward=variance", 0, 10.5),
        ("reward=variance", 1, 1.0),
    ]
    assert rows[1].values == {"kind": "learnability", "change": 2.0, "tier": "smoke"} and 0 < rows[1].minutes < 1
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")


def start(notebook: Path, folder: Path, *arguments: str) -> subprocess.Popen:
    code = (
        "import sys, typer; from azr_nb import cli; from azr_nb.cli import sweep; "
        "app = typer.Typer(); app.callback()(lambda: None); sweep.register(app); "
        "cli.app = app; cli.main()"
    )
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            code,
            "sweep",
            "--notebook",
            str(notebook),
            "--out",
            str(folder),
            "--tier",
            "smoke",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def children(process: subprocess.Popen) -> list:
    psutil = pytest.importorskip("psutil")
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_sweep_that_was_stopped_goes_on(tmp_path, how):
    slow = tmp_path / "slow"
    folder = tmp_path / "sweep"
    waiting = CODE.replace("SEED in SLOW", f"SEED == 1 and __import__('os').path.exists({str(slow)!r})")
    notebook = stand_in(tmp_path, waiting)
    slow.touch()
    process = start(notebook, folder, "--seeds", "0..1")
    copy = folder / "runs" / "plain-seed-0.ipynb"

    def running() -> list[Path]:
        return list(folder.glob("runs/plain-seed-1.*.running.ipynb"))

    deadline = time.monotonic() + 30
    while not (copy.exists() and running()) and time.monotonic() < deadline:
        time.sleep(0.1)
    before, begun = copy.stat().st_mtime_ns, children(process)
    assert begun, "the second run has a process"
    process.send_signal(how)
    output, error = process.communicate(timeout=30)
    if how == signal.SIGINT:
        assert process.returncode == 130 and "stopped: 1 of 2 runs are done; the same command goes on" in error
        assert "one run: no interval" in output and not running()
    deadline = time.monotonic() + 20
    while any(child.is_running() and child.status() != "zombie" for child in begun) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(child.is_running() and child.status() != "zombie" for child in begun), "no process is left behind"
    slow.unlink()
    process = start(notebook, folder, "--seeds", "0..1")
    output, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert copy.stat().st_mtime_ns == before and not running()
    assert [row.values["change"] for row in load_results(folder)] == [1.0, 2.0] and "seed 0:" not in output


def test_nothing_is_executed_when_all_is_there(notebook, tmp_path, monkeypatch):
    asked = question(notebook)
    settle(tmp_path / "s", asked)
    executed(notebook, tmp_path / "s", asked)
    (tmp_path / "s" / "runs" / "x.1.running.ipynb").touch()
    monkeypatch.setattr(subprocess, "Popen", None)
    outcome = run_sweep(question(notebook, (1,)), tmp_path / "s")
    assert outcome.left == 0 and not outcome.failed and len(outcome.rows) == 4
    assert not list(tmp_path.glob("s/runs/*.running.ipynb"))


# The numbers that come of it

ROWS = [
    *(
        Row({"reward": "a"}, seed, 1.0, {"kind": "a", "other": 7, "change": change})
        for seed, change in enumerate((1.0, 2.0, 6.0))
    ),
    Row({"reward": "b"}, 0, 2.0, {"change": -1.0}),
]


@pytest.mark.parametrize(
    "degrees, quantile", [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (30, 2.0423)]
)
def test_quantiles_of_student(degrees, quantile):
    assert student(degrees) == pytest.approx(quantile, abs=5e-5)


def test_means_and_intervals_as_by_hand():
    first, second = summaries(ROWS, "change")
    half = 4.302653 * 7**0.5 / 3**0.5  # deviations -2, -1 and 3: variance 14 / 2
    assert (first.label, first.mean) == ("reward=a", 3.0)
    assert first.low == pytest.approx(3 - half, abs=1e-5) and first.high == pytest.approx(3 + half, abs=1e-5)
    assert (second.mean, second.low, second.high) == (-1.0, None, None)
    table = summary_table(ROWS, "change").splitlines()
    assert table[2].split() == ["reward=a", "3", "3", "[-3.572,", "9.572]", "1", "6"]
    assert "one run: no interval" in table[3] and len(table) == 4


def test_runs_without_the_number_are_left_out_and_counted():
    rows = [*ROWS, Row({"reward": "a"}, 3, 1.0, {"change": float("nan")}), Row({"reward": "c"}, 0, 1.0, {})]
    assert [len(part.numbers) for part in summaries(rows, "change")] == [3, 1]
    assert summary_table(rows, "change").endswith("left out: 2 without a finite number")


def test_the_headline():
    assert headline(ROWS) == "change" and headline(ROWS, "other") == "other" and headline([ROWS[0]]) == "change"
    assert headline([Row({}, 0, 1.0, {"word": "x", "yes": True, "a": 1, "b": 2})]) == "a"
    with pytest.raises(SweepError, match="'kind': choose other, change"):
        headline(ROWS, "kind")
    with pytest.raises(SweepError, match="no run recorded a number"):
        headline([Row({}, 0, 1.0, {})])


def test_the_figure_has_a_dot_for_each_run():
    rows = [*ROWS, Row({"reward": "$x_"}, 0, 1.0, {"change": 0.0})]
    drawn = figure(rows, "change")
    (axis,) = drawn.axes
    lines = {
        label: [line for line in axis.get_lines() if line.get_label() == label]
        for label in ("seeds", "mean", "interval")
    }
    assert sorted(x for line in lines["seeds"] for x in line.get_xdata()) == [-1.0, 0.0, 1.0, 2.0, 6.0]
    assert [line.get_xdata()[0] for line in lines["mean"]] == [3.0, -1.0, 0.0] and len(lines["interval"]) == 1
    assert fmean(lines["interval"][0].get_xdata()) == pytest.approx(3.0)
    assert len({line.get_marker() for line in lines["seeds"]}) == 3, "not told by colour alone"
    assert axis.get_xlabel() == "change" and "A dot is one seed" in axis.get_title(loc="left")
    assert "reward=a: mean 3, [-3.572, 9.572]" in describe(drawn)
    assert to_png(drawn).startswith(b"\x89PNG")


cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.integers())
)


@given(cells)
def test_cells_are_read_as_they_were(value):
    assert read_cell(spelt(value)) == value and "\n" not in spelt(value)


def test_results_are_read_as_they_were(tmp_path):
    rows = [
        Row({"reward": "a,b", "steps": [1, 2]}, 0, 0.5, {"change": 1.5, "minutes": 3, "text": 'x "y"\n'}),
        Row({"reward": "1", "steps": None}, 10, 0.25, {"late": True}),
    ]
    write_results(tmp_path, rows)
    assert load_results(tmp_path) == rows
    assert (tmp_path / "results.csv").read_text().startswith("reward,steps,seed,minutes,change,minutes,text,late\n")
    with pytest.raises(SweepError, match="no results.csv"):
        load_results(tmp_path / "absent")
    for broken in ("", "a,b\n1,2\n", "a,seed,minutes\n1\n"):
        (tmp_path / "results.csv").write_text(broken)
        with pytest.raises(SweepError, match="not the table of a sweep"):
            load_results(tmp_path)
