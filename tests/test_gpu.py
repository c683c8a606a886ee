"""On a GPU: the same answers and gradients as on the CPU. Skipped where there is none."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from azr_nb.config import make_config  # noqa: E402
from azr_nb.policy.load import load_policy  # noqa: E402
from azr_nb.runs.plots import read_metrics  # noqa: E402
from azr_nb.runs.train import train  # noqa: E402

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")]
SMALL = dict(steps=2, seed_tasks=8, proposals_per_type=4, solve_tasks_per_type=4, eval_tasks=4, eval_samples=1)


def test_logits_of_the_tiny_policy_are_those_of_the_cpu():
    ids = torch.arange(3, 60).unsqueeze(0)
    here, there = (load_policy("tiny", device, "float32") for device in ("cpu", "cuda"))
    with torch.no_grad():
        assert torch.allclose(here.model(ids).logits, there.model(ids.cuda()).logits.cpu(), atol=1e-3)


@pytest.mark.parametrize("precision, most", [("float32", 1e-3), ("bfloat16", 0.1)])
def test_the_trainer_sees_the_log_probabilities_that_the_sampler_saw(tmp_path, precision, most):
    settings = dict(SMALL, device="cuda", precision=precision, generation="transformers")
    train(make_config("classroom", **settings), tmp_path / "run", progress=False, report=False)
    rows = read_metrics(tmp_path / "run/metrics.csv")
    assert len(rows["sampler_gap"]) == 2 and max(rows["sampler_gap"]) < most
    assert all(value > 0 for value in rows["grad_norm"])
