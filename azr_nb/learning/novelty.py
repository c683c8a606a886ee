"""Random network distillation (Burda et al. 2018, arXiv 1810.12894): novelty as the error of a network that learns.

A network f with random weights stays as it is. A second one is trained to say what f says, on the tasks that were
tried. Its error is large on what is unlike anything before. Differs from the paper: the input is a language model's
hidden state instead of a picture, and an episode is one step.
"""

from __future__ import annotations

import torch
from torch import nn

OUTPUTS, HIDDEN = 64, 256
RATE = 1e-3
CLIP = 5.0  # standard deviations of a feature


class Novelty:
    """The two networks over features of a width, and the running moments of the features."""

    def __init__(self, width: int, seed: int = 0) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            layers = lambda: [nn.Linear(width, HIDDEN), nn.ReLU()]  # noqa: E731
            self.target = nn.Sequential(*layers(), nn.Linear(HIDDEN, OUTPUTS)).requires_grad_(False)
            deeper = [nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU()]
            self.learner = nn.Sequential(*layers(), *deeper, nn.Linear(HIDDEN, OUTPUTS))
        self.optimizer = torch.optim.AdamW(self.learner.parameters(), lr=RATE)
        self.count, self.mean, self.square = 0.0, torch.zeros(width), torch.zeros(width)

    def measure(self, features: torch.Tensor) -> list[float]:
        """The error on each row of (tasks, width), then one update on all of them; mean squares, without unit."""
        if not len(features):
            return []
        self._count(features)
        deviation = (self.square / self.count).sqrt().clamp(min=1e-6)
        given = ((features - self.mean) / deviation).clamp(-CLIP, CLIP)
        errors = (self.learner(given) - self.target(given)).square().mean(1)
        self.optimizer.zero_grad()
        errors.mean().backward()
        self.optimizer.step()
        return errors.detach().tolist()

    def _count(self, features: torch.Tensor) -> None:
        """Running mean and sum of squared distances of each feature (Chan et al. 1979)."""
        size, mean = len(features), features.mean(0)
        off, whole = mean - self.mean, self.count + size
        self.square += (features - mean).square().sum(0) + off.square() * self.count * size / whole
        self.mean += off * size / whole
        self.count = whole

    def state(self) -> dict[str, torch.Tensor]:
        """All that has changed since the start, as tensors by name."""
        found = {"count": torch.tensor(self.count, dtype=torch.float64), "mean": self.mean, "square": self.square}
        found |= {f"learner.{name}": value for name, value in self.learner.state_dict().items()}
        for i, moments in self.optimizer.state_dict()["state"].items():
            found |= {f"optimizer.{i}.{name}": value for name, value in moments.items()}
        return found

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from what `state` gave."""
        self.count, self.mean, self.square = float(state["count"]), state["mean"].clone(), state["square"].clone()
        part = lambda name: {key.removeprefix(name): v for key, v in state.items() if key.startswith(name)}  # noqa: E731
        self.learner.load_state_dict(part("learner."))
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in part("optimizer.").items():
            number, _, name = key.partition(".")
            moments.setdefault(int(number), {})[name] = value.clone()
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": moments})
