"""Started by tests of several processes, alone or with accelerate: one update on rollouts, reported as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict


def main(target: str, *aggregations: str) -> None:
    import torch

    from azr_nb.config import make_config
    from azr_nb.environments.python_programs.environment import PythonPrograms
    from azr_nb.learning.learner import Learner
    from azr_nb.policy.load import load_policy
    from azr_nb.policy.processes import Team, team
    from azr_nb.runs.train import quiet
    from azr_nb.selfplay import SelfPlay

    quiet()
    reports = {}
    for aggregation in aggregations:
        config = make_config(
            proposals_per_type=4,
            solve_tasks_per_type=2,
            solve_samples=4,
            solve_rate_samples=4,
            seed_tasks=4,
            seed=3,
            loss_aggregation=aggregation,
            micro_batch_tokens=512,
            kl_weight=0.1,
            entropy_weight=0.01,
            learning_rate_schedule="constant",
        )
        policy = load_policy("tiny")
        environment = PythonPrograms.for_run(config)
        play = SelfPlay(config, policy, environment, fast=True)  # weights are whole until the trainer spreads them
        play.roles.team = Team()  # every process makes the same batch by itself; the update alone is shared
        play.seed()
        trace = play.step(train=False)
        environment.close()
        with tempfile.TemporaryDirectory() as folder:
            learner = Learner(policy, config, folder)
            torch.manual_seed(0)
            weights = [p for name, p in sorted(learner.trainer.model.named_parameters()) if p.requires_grad]
            with torch.no_grad():
                for p in weights:  # B is zero at first, and then A would have no gradient
                    p.normal_(0, 0.02)
            report = learner.update(trace.rollouts)
            after = learner.adapter()
            reports[aggregation] = asdict(report) | {
                "processes": team().size,
                "advantages": [r.advantage for r in trace.rollouts],
                "weights": [float(after[name].double().norm()) for name in sorted(after)],
            }
    if team().main:
        with open(target, "w") as file:
            json.dump(reports, file)


main(*sys.argv[1:])
