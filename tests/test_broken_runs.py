"""A run that breaks: it says in one line where, is marked, and leaves its last good checkpoint."""

from __future__ import annotations

import json
import math
import shutil

import pytest

torch = pytest.importorskip("torch")

from typer.testing import CliRunner  # noqa: E402

from azr_nb.cli.app import app  # noqa: E402
from azr_nb.config import make_config  # noqa: E402
from azr_nb.export.policy import export  # noqa: E402
from azr_nb.policy.load import PolicyError, load_policy  # noqa: E402
from azr_nb.runs.compare import load  # noqa: E402
from azr_nb.runs.folder import RunFolderError, _number  # noqa: E402
from azr_nb.runs.train import train  # noqa: E402
from azr_nb.tasks import BrokenRun  # noqa: E402

SMALL = dict(
    steps=4, save_every=1, proposals_per_type=4, seed_tasks=4, solve_tasks_per_type=1, eval_tasks=2, eval_samples=1
)
PLUGIN = """
from azr_nb.rewards import solver_reward
@solver_reward("late")
def late(record):
    if record.step < 2:
        return float(record.verdict.ok)
    return 3e38 if record.index % 2 else -3e38
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A run whose rewards become giants at its third step."""
    base = tmp_path_factory.mktemp("broken")
    (base / "late.py").write_text(PLUGIN)
    config = make_config(plugin=str(base / "late.py"), solver_reward="late", advantage="task_unscaled", **SMALL)
    with pytest.raises(BrokenRun) as caught:
        train(config, base / "run", progress=False)
    return base / "run", str(caught.value)


def test_it_names_step_group_and_task(broken):
    folder, message = broken
    assert message.startswith("step 2: ") and "solve/" in message and "task " in message and "\n" not in message
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["broken"] == message and summary["steps"] == 2 and "after" not in summary
    assert any(message in note for note in summary["notes"])
    assert message in (folder / "report.html").read_text()


def test_its_checkpoint_and_adapter_are_finite(broken):
    from safetensors.torch import load_file

    folder, _ = broken
    names = [path.name for path in (folder / "checkpoints").iterdir()]
    assert "checkpoint-2" in names and "checkpoint-3" not in names
    for place in ("adapter", "checkpoints/checkpoint-2"):
        weights = load_file(folder / place / "adapter_model.safetensors")
        assert weights and all(torch.isfinite(weight).all() for weight in weights.values())


def test_commands_refuse_or_flag_it(broken, tmp_path):
    folder, message = broken
    with pytest.raises(RunFolderError, match="broke"):
        export(folder, tmp_path / "out")
    with pytest.raises(RunFolderError, match="broke"):
        load(folder)
    told = CliRunner().invoke(app, ["explain", "--run", str(folder)])
    assert told.exit_code == 0 and message[:40] in " ".join(told.output.split())


def test_it_goes_on_once_its_reward_is_mended(broken, tmp_path):
    folder, _ = broken
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    plugin = folder.parent / "late.py"
    plugin.write_text(PLUGIN.replace("record.step < 2", "True"))
    result = train(None, again, resume=True, progress=False, report=False, trust_plugin=True)
    summary = json.loads((again / "summary.json").read_text())
    assert result.summary["steps"] == 4 and "broken" not in summary and "after" in summary


def test_nan_is_written_as_nan(broken):
    folder, _ = broken
    head, *rows = [line.split(",") for line in (folder / "metrics.csv").read_text().splitlines()]
    assert len(rows) == 2 and all(math.isfinite(float(row[head.index("loss")])) for row in rows)
    assert not any("" in row for row in rows)
    assert _number(math.nan) == "nan" and _number(0.5) == "0.5"


def test_explain_finds_a_loss_that_is_no_number(tmp_path):
    (tmp_path / "metrics.csv").write_text("step,loss,grad_norm\n0,0.1,0.2\n1,nan,inf\n2,nan,nan\n")
    told = CliRunner().invoke(app, ["explain", "--run", str(tmp_path)])
    text = " ".join(told.output.split())
    assert "loss is not finite in 2 of 3 steps, first in step 1" in text and "grad_norm is not finite" in text
    assert "Nothing is out" not in text


def test_a_model_whose_weights_are_no_numbers_is_not_loaded(tmp_path):
    policy = load_policy("tiny")
    with torch.no_grad():
        next(policy.model.parameters())[0, 0] = math.nan
    policy.model.save_pretrained(tmp_path)
    policy.tokenizer.save_pretrained(tmp_path)
    with pytest.raises(PolicyError, match="not finite"):
        load_policy(str(tmp_path))
