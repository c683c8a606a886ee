"""A run's tasks as a dataset: what stands in it, and that nothing leaves the machine unasked."""

from __future__ import annotations

import pytest

from azr_nb.cli import runs
from azr_nb.config import ConfigError
from azr_nb.export import tasks as module
from azr_nb.export.tasks import ABOUT, export_tasks
from azr_nb.runs.folder import RunFolderError, read_lines
from azr_nb.runs.shipped import archive, open_recorded

datasets = pytest.importorskip("datasets")


@pytest.fixture(scope="module")
def run():
    if not archive("short").is_file():
        pytest.skip("the recorded run short is not there")
    return open_recorded("short")


def test_tasks_come_back_with_lineage_and_pass_rates(run, tmp_path):
    count = export_tasks(run, tmp_path / "tasks")
    rows = datasets.load_dataset(str(tmp_path / "tasks"), split="train", cache_dir=str(tmp_path / "cache")).to_list()
    lines = [line for line in read_lines(run / "buffer.jsonl")]
    assert len(rows) == count == len(lines) > 20 and set(rows[0]) == set(ABOUT)
    known = {row["id"] for row in rows}
    for row, line in zip(rows, lines, strict=True):
        assert (row["id"], row["type"], row["program"]) == (line["id"], line["type"], line["program"])
        assert [list(pair) for pair in zip(row["inputs"], row["outputs"], strict=True)] == [
            list(p) for p in line["pairs"]
        ]
        assert row["right"] <= row["attempts"] and set(row["parents"]) <= known
        assert row["pass_rate"] == (row["right"] / row["attempts"] if row["attempts"] else None)
    answers = [row for row in read_lines(run / "rollouts.jsonl.gz") if row["role"] == "solve" and row["task"] in known]
    assert sum(row["attempts"] for row in rows) == len(answers) > 0
    card = (tmp_path / "tasks/README.md").read_text()
    assert f"{count:,} tasks" in card and "sandbox" in card and "data/tasks.parquet" in card


def test_what_cannot_be_exported_is_said_in_one_line(run, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(RunFolderError, match="exists already"):
        export_tasks(run, tmp_path / "there")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/config.yaml").write_text((run / "config.yaml").read_text())
    with pytest.raises(RunFolderError, match="has no buffer.jsonl"):
        export_tasks(tmp_path / "empty", tmp_path / "out")
    (tmp_path / "empty/buffer.jsonl").write_text("")
    with pytest.raises(RunFolderError, match="has no tasks yet"):
        export_tasks(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(ConfigError, match="choose one"):
        runs.export_command(str(run), None, True, True, None, False)


@pytest.mark.parametrize("answer, yes, pushed", [(False, False, False), (True, False, True), (False, True, True)])
def test_nothing_is_uploaded_without_a_yes(run, tmp_path, monkeypatch, capsys, answer, yes, pushed):
    calls = []
    monkeypatch.setattr(runs, "confirm", lambda text: answer)
    monkeypatch.setattr(module, "push", lambda *given: calls.append(given) or "https://example")
    runs.export_command(str(run), tmp_path / "tasks", False, True, "me/tasks", yes)
    assert calls == ([(tmp_path / "tasks", "me/tasks", "dataset")] if pushed else [])
    assert ("Uploaded" in capsys.readouterr().out) == pushed
