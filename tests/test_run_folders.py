"""Run folders that are shared, damaged or hostile: links, two processes, checkpoints, full disks, closed pipes."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from azr_nb.cli.terminal import one_line, patient_output  # noqa: E402
from azr_nb.config import files, make_config  # noqa: E402
from azr_nb.config.files import open_to_append, write_atomic  # noqa: E402
from azr_nb.runs.checkpoints import State, complete, newest_usable  # noqa: E402
from azr_nb.runs.folder import WRITTEN, RunFolder, RunFolderError  # noqa: E402
from azr_nb.runs.plots import before_after, to_png  # noqa: E402
from azr_nb.tasks import Task  # noqa: E402

PARTS = (
    "adapter_model.safetensors",
    "adapter_config.json",
    "optimizer.pt",
    "scheduler.pt",
    "rng_state.pth",
    "trainer_state.json",
    "buffer.jsonl",
    "state.json",
)


def checkpoint(run: Path, step: int, rollouts: int) -> None:
    """A checkpoint as a run writes it, with weights of no meaning."""
    from safetensors.torch import save_file

    folder = run / "checkpoints" / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    save_file({"weight": torch.zeros(40)}, folder / "adapter_model.safetensors")
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        torch.save({"state": torch.zeros(40)}, folder / name)
    (folder / "adapter_config.json").write_text("{}")
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    (folder / "tokenizer.json").write_text("{}")
    task = Task("deduction", "def f(a):\n    return a", (("1", "1"),))
    (folder / "buffer.jsonl").write_text(json.dumps(task.to_dict()) + "\n")
    complete(
        run,
        folder,
        State(
            step=step,
            checkpoint=f"checkpoints/checkpoint-{step}",
            rollouts_bytes=rollouts,
            recent=["def f(a): return '\ud800'"],
            solve_rates={task.id: 0.5},
            minutes=0.5 * step,
        ),
    )


@pytest.fixture()
def run(tmp_path) -> Path:
    """A run of five steps with checkpoints at two and four."""
    folder = tmp_path / "run"
    one = RunFolder(folder)
    one.start(make_config(save_every=2, steps=9))
    one.release()
    (folder / "metrics.csv").write_text("step,loss\n" + "".join(f"{i},0.{i}\n" for i in range(5)))
    (folder / "rollouts.jsonl.gz").write_bytes(b"x" * 50)
    for step in (2, 4):
        checkpoint(folder, step, 10 * step)
    return folder


def test_the_newest_checkpoint_is_taken_and_older_ones_are_kept(run):
    one = RunFolder(run)
    state = one.resume()
    assert state.step == 4 and not one.notes and len(one.rows) == 4
    assert state.recent == ["def f(a): return '\ud800'"]
    one.cut_back(state)
    assert (run / "rollouts.jsonl.gz").stat().st_size == 40
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"checkpoint-2", "checkpoint-4"}


@pytest.mark.parametrize("how", ["missing", "cut", "flipped"])
@pytest.mark.parametrize("name", PARTS)
def test_an_older_checkpoint_is_taken_where_the_newest_is_damaged(run, name, how):
    path = run / "checkpoints/checkpoint-4" / name
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
        if name == "state.json":  # the folder's own state is the last file of a checkpoint, so it was never finished
            (run / "state.json").unlink()
    elif how == "cut":
        path.write_bytes(data[:-3])
    elif name == "adapter_model.safetensors":
        path.write_bytes(b"\xff" + data[1:])  # of weights nothing but the head can be told
    else:
        path.write_bytes(bytes([data[0] ^ 0x80]) + data[1:])
    one = RunFolder(run)
    state = one.resume()
    assert state.step == 2 and len(one.rows) == 2
    (note,) = one.notes
    assert note.startswith("checkpoint-4: ") and note.endswith("going on from step 2")
    assert name in note or (name, how) == ("state.json", "missing")
    one.cut_back(state)
    assert (run / "rollouts.jsonl.gz").stat().st_size == 20
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["checkpoint-2"]


def test_without_a_whole_checkpoint_one_line_names_what_is_missing(run):
    (run / "checkpoints/checkpoint-2/optimizer.pt").unlink()
    (run / "checkpoints/checkpoint-4/scheduler.pt").write_bytes(b"")
    with pytest.raises(RunFolderError) as error:
        RunFolder(run).resume()
    assert "checkpoint-4: scheduler.pt has 0 bytes" in str(error.value) and "restore its files" in str(error.value)
    assert "checkpoint-2: optimizer.pt is missing" in str(error.value) and "\n" not in str(error.value)


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_over(run):
    shutil.rmtree(run / "checkpoints/checkpoint-4")
    for path in (run / "state.json", run / "checkpoints/checkpoint-2/state.json"):
        path.unlink()
    (run / "metrics.csv").write_text("step,loss\n0,1\n1,1\n")
    one = RunFolder(run)
    assert one.resume() is None and one.rows == []
    assert one.notes == ["checkpoint-2: it was never finished; starting over"]
    (run / "metrics.csv").write_text("step,loss\n0,1\n1,1\n2,1\n")  # there was one, and it is lost
    with pytest.raises(RunFolderError, match="no checkpoint that is whole"):
        RunFolder(run).resume()


def test_a_folder_of_the_first_release_is_gone_on_with(run):
    """Its state stood in one place, without sizes, and its config had no number."""
    for step in (2, 4):
        (run / f"checkpoints/checkpoint-{step}/state.json").unlink()
    state = json.loads((run / "state.json").read_text())
    del state["files"]
    (run / "state.json").write_text(json.dumps(state))
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(text.replace("format: 1\n", ""))
    assert RunFolder(run).resume().step == 4
    (run / "checkpoints/checkpoint-4/optimizer.pt").unlink()
    with pytest.raises(RunFolderError, match="optimizer.pt is missing"):
        RunFolder(run).resume()


@pytest.mark.parametrize(
    "values",
    [
        {"step": "4"},
        {"step": True},
        {"step": 10**30},
        {"checkpoint": "../../elsewhere"},
        {"rollouts_bytes": -1},
        {"recent": [1]},
        {"recent": "x"},
        {"solve_rates": []},
        {"minutes": float("nan")},
        {"minutes": None},
        {"files": {"buffer.jsonl": "x"}},
    ],
)
def test_states_of_wrong_types_are_no_states(run, values):
    for path in (run / "state.json", run / "checkpoints/checkpoint-4/state.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | values))
    state, problems = newest_usable(run, [{"step": str(i)} for i in range(5)], 50)
    assert state.step == 2 and len(problems) == 1 and "checkpoint-4" in problems[0]


@pytest.mark.parametrize(
    "text", ["step,loss\n0,1\n0,1\n2,1\n3,1\n", "loss\n1\n1\n1\n1\n", "", "step,loss\n0,1\n,\n2,1\n3,1\n"]
)
def test_rows_that_are_not_those_of_the_run_are_found(run, text):
    (run / "metrics.csv").write_text(text)
    with pytest.raises(RunFolderError, match="metrics.csv"):
        RunFolder(run).resume()


# --- links -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        *(name.replace("*", "any") for name in WRITTEN),
        "checkpoints/checkpoint-4",
        "checkpoints/checkpoint-2/optimizer.pt",
        "checkpoints/checkpoint-6",
        "adapter/x",
    ],
)
@pytest.mark.parametrize("kind", ["folder", "file", "nothing", "pipe"])
def test_nothing_is_written_or_deleted_through_a_link(run, tmp_path, name, kind):
    outside = tmp_path / "outside"
    (outside / "checkpoint-9").mkdir(parents=True)
    (outside / "file").write_text("mine")
    path = run / name
    path.parent.mkdir(exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"folder": outside, "file": outside / "file", "nothing": tmp_path / "nothing"}[kind])
    with pytest.raises(RunFolderError) as error:
        RunFolder(run).resume()
    assert "is a link" in str(error.value) or "is missing" in str(error.value) or "neither a file" in str(error.value)
    assert (outside / "file").read_text() == "mine" and (outside / "checkpoint-9").is_dir()
    assert not (tmp_path / "nothing").exists()


def test_the_run_folder_itself_may_be_a_link(run, tmp_path):
    (tmp_path / "link").symlink_to(run)
    assert RunFolder(tmp_path / "link").resume().step == 4


def test_files_are_written_beside_a_link_and_not_through_it(tmp_path):
    outside, path = tmp_path / "outside", tmp_path / "file"
    outside.write_text("mine")
    (tmp_path / "file.tmp").symlink_to(outside)
    path.symlink_to(outside)
    write_atomic(path, "new")
    assert outside.read_text() == "mine" and path.read_text() == "new" and not path.is_symlink()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "outside"]
    (tmp_path / "more").symlink_to(outside)
    with pytest.raises(OSError) as error:
        open_to_append(tmp_path / "more")
    assert error.value.errno == errno.ELOOP and outside.read_text() == "mine"


# --- two processes ---------------------------------------------------------------------------------------------------
def test_one_process_at_a_time(run):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from azr_nb.runs.folder import RunFolder\n"
            "one = RunFolder(pathlib.Path(sys.argv[1])); one.hold(); print('held', flush=True); sys.stdin.read()",
            run,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    command = [sys.executable, "-m", "azr_nb", "train", "--resume", "--out", run]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("error: another process is at work in")
    assert done.stderr.count("\n") == 1
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
    holder.send_signal(signal.SIGKILL)  # a crash lets the folder go
    holder.wait()
    one = RunFolder(run)
    one.hold()
    with pytest.raises(RunFolderError, match="another process"):
        RunFolder(run).hold()
    one.release()
    RunFolder(run).hold()


# --- what is damaged -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ['{"before": {', "[1]", "[" * 5000, "\0"])
def test_damaged_scores_cost_the_comparison_only(run, text):
    one = RunFolder(run)
    (run / "held_out.json").write_text(text)
    assert not one.write_held_out("after", {"own": {}})
    assert json.loads((run / "held_out.json").read_text()) == {"after": {"own": {}}}
    assert one.write_held_out("before", {}) and one.write_held_out("after", {})


@pytest.mark.parametrize("before", [5, [], {}, {"own": 3}, {"own": {"deduction": {"pass@1": "x"}}}])
def test_damaged_scores_in_a_summary_are_made_again(run, before):
    one = RunFolder(run)
    one.write_summary({"before": before, "notes": []})
    assert one.read_summary() == {"notes": []}


def test_a_name_with_a_dollar_is_no_formula():
    cell = {"pass@1": 0.5, "greedy": 0.5, "n": 4, "ci95": [0.4, 0.6], "greedy_ci95": [0.4, 0.6]}
    for name in (r"$\frac{a}{$", "$$", "$a$", "a $ b"):
        assert to_png(before_after({"before": {name: {name: cell}}, "after": {name: {name: cell}}}))


# --- full disks and closed pipes -------------------------------------------------------------------------------------
def test_a_full_disk_leaves_the_old_file(run, monkeypatch):
    path = run / "metrics.csv"
    before = path.read_bytes()

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError) as error:
        write_atomic(path, "new")
    assert path.read_bytes() == before and not path.with_name("metrics.csv.tmp").exists()
    assert one_line(error.value).startswith(f"{path}: No space left on device: make room")


@pytest.mark.parametrize(
    "error, words",
    [
        (OSError(errno.EROFS, "Read-only file system", "x"), "x: Read-only file system"),
        (OSError(errno.EMFILE, "Too many open files", "x"), "ulimit -n"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("[alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: 9"), "not enough memory"),
        (RuntimeError("[inline_container.cc:672] . unexpected pos 1035776 vs 1035668"), "make room on the disk"),
        (RuntimeError("Symlink loop from '/x'"), "lead in a circle"),
        (OSError("no such thing"), "no such thing"),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), "LC_ALL=C.UTF-8"),
        (RunFolderError("a\nb\x1b[2J"), "a b [2J"),
    ],
)
def test_what_a_user_can_mend_is_one_line(error, words):
    said = one_line(error)
    assert words in said and said.isprintable()


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("x"), TypeError("x")])
def test_errors_of_ours_keep_their_traceback(error):
    assert one_line(error) is None


def test_a_closed_pipe_does_not_end_a_command(monkeypatch):
    reader, writer = os.pipe()
    stream = io.TextIOWrapper(os.fdopen(writer, "wb"), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    with patient_output():
        print("heard \u2192", flush=True)
        assert os.read(reader, 100) == b"heard \\u2192\n"
        os.close(reader)
        for _ in range(3):
            print("not heard", flush=True)
    assert sys.stdout is stream


# --- whole runs ------------------------------------------------------------------------------------------------------
def test_ctrl_c_in_the_first_evaluation(tmp_path, monkeypatch, capsys):
    from azr_nb.cli import app as cli
    from azr_nb.runs import train

    def interrupt(self, side=""):
        raise KeyboardInterrupt

    monkeypatch.setattr(train._Run, "score", interrupt)
    monkeypatch.setattr(sys, "argv", ["azr-nb", "train", "--no-report", "--out", str(tmp_path / "run")])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr()
    assert stop.value.code == 130 and "go on with --resume" in said.out and not said.err
    assert RunFolder(tmp_path / "run").resume() is None


def test_minutes_of_training_are_those_of_training(tmp_path, monkeypatch):
    """Neither the evaluations during a run nor the last one are counted."""
    from types import SimpleNamespace

    from azr_nb.runs import train

    clock = [0.0]
    monkeypatch.setattr(train.time, "monotonic", lambda: clock[0])

    def spend(seconds):
        clock[0] += seconds

    one = train._Run.__new__(train._Run)
    one.minutes_before, one.progress, one.state = 1.0, False, None
    one.config = make_config(eval_every=1, steps=2)
    one.team = SimpleNamespace(from_main=lambda value: value, main=True)
    learner = SimpleNamespace(start=lambda checkpoint: None, save=lambda: None, log=lambda row: None, end=lambda: None)
    one.play, one.folder = SimpleNamespace(step_number=0, learner=learner), tmp_path
    one.run = SimpleNamespace(add_step=lambda trace: None, checkpoint=lambda *rest: None)
    one.score = lambda side="": spend(6000) or {}
    row = dict.fromkeys(
        (f"{a}/{kind}/{b}" for kind in one.config.task_types for a, b in (("propose", "valid"), ("solve", "accuracy"))),
        0.0,
    ) | {"distinct_programs": 1, "grad_norm": 0}

    def both_steps(until):
        for step in range(until):
            spend(60)
            yield SimpleNamespace(metrics=dict(row), step=step)

    one.play.steps = both_steps
    one.train()
    one.score("after")
    assert one.spent == pytest.approx(3.0)
