"""The runs that come with the package: what each is for, its settings, and the command that makes it again.

- *healthy*: the classroom preset for 100 steps, with everything that it wrote.
- *ward*: one faulty setting each, beside healthy twins of the same settings without the fault. They learn faster and
  from smaller batches than the classroom preset, so that a fault shows within 40 steps. Which vital sign has to move
  first, or within a step of the first, is part of the entry; a test makes each fault again to see it move.
- *study*: the classroom preset, shorter and with twice its learning rate, under several rewards and controls, each with
  the same three seeds and the same number of updates, completions and held-out tasks; scores and metrics only.
- *short*: three steps, which a test makes again.
- *things*: paths over a grid, under several rewards, penalties and controls, from three warm-ups: `things-ARM-W-S` is
  seed S from warm-up W. Warm-up 0 is the bundled policy, and `azr-nb pretrain --environment things --seed W --out
  data_out/recorded/things-warm-W` makes the others. In arms called *whole* a proposal is a whole path, in the others
  most go on from one; those called *elsewhere* are whole paths from other warm-ups. Every tenth step's metrics
  are kept.
- *levers*: what might teach more than the preset does, each a setting, and controls; shorter and at twice the
  learning rate where the preset is classroom, on more held-out tasks:
  `lever-PRESET-NAME-S`. Runs that are not finished yet stand here too.
- *curiosity*: deductions under ten proposer rewards, without and with televisions among the seed tasks:
  `curiosity-quiet-REWARD-S` and `curiosity-television-REWARD-S`. Runs that are not finished yet stand here too.
- *zero*: what a warm-up taught and what is hard-coded, one arm each: `zero-ARM-S`. Those from `zero-brief` on begin
  with a brief warm-up, some on a role or a task type alone. Runs that are not finished yet stand here too.
- *language*: SmolLM2-135M, a real language model, with the laptop preset: one longer run with everything that it wrote,
  and short ones for scores and metrics, under the usual and under random rewards, from the same first policy and on
  the same held-out tasks. Their numbers depend on the machine, because bfloat16 rounds differently on different
  processors.

They stand in `assets/catalogue.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from azr_nb.config import SelfPlayConfig, make_config

FILE = Path(__file__).parents[1] / "assets" / "catalogue.toml"
_DATA = tomllib.loads(FILE.read_text(encoding="utf-8"))
# The release that made all of them. Since then CPython alone decides, entropy is that of all samples at temperature 1,
# nan is written as nan, and a full buffer drops its oldest task: made again today, they end in other numbers.
MADE_WITH: str = _DATA["made_with"]
THEN: dict[str, Any] = _DATA["then"]
BESIDE: dict[str, list[str]] = _DATA["beside"]
SCORES = ("config.yaml", "metrics.csv", "summary.json", "held_out.json")
SCORES_ALONE = tuple(name for name in SCORES if name != "metrics.csv")
EVERYTHING = (*SCORES, "buffer.jsonl", "rollouts.jsonl.gz")
SEALED = "sealed.json"  # scores on the suite `sealed`, for the runs that notebook 13 compares
WITH_ADAPTER = (*EVERYTHING, "adapter/adapter_config.json", "adapter/adapter_model.safetensors")
_KEPT = {"everything": EVERYTHING, "everything, with the adapter": WITH_ADAPTER}


@dataclass(frozen=True)
class Fault:
    """What was done to a sick run: its cause, the vital sign that moves first and on which side, and why."""

    cause: str
    sign: str
    side: str
    why: str


@dataclass(frozen=True)
class RecordedRun:
    """One run: the kind and group it belongs to, a sentence about it, its settings over a preset, and what is kept.

    `defaults` are those of the release that made it, where they are others now. Of `every` so many steps one has its
    metrics kept. `control_of` names the run that this is a `control` of, on so many `cases` (see `azr-nb baseline`).
    `expected` was written before it was made.
    """

    name: str
    kind: str
    about: str
    settings: Mapping[str, Any]
    group: str = ""
    keep: tuple[str, ...] = SCORES
    fault: Fault | None = field(default=None, repr=False)
    preset: str = "classroom"
    defaults: Mapping[str, Any] = field(default_factory=lambda: THEN)
    every: int = 1
    control_of: str = ""
    control: str = "further"
    cases: int = 0
    expected: str = ""

    def config(self) -> SelfPlayConfig:
        """All settings of the run."""
        return make_config(self.preset, **{**self.defaults, **self.settings})

    def command(self, out: str | None = None) -> str:
        """The command that makes it again."""
        out = out or f"data_out/recorded/{self.name}"
        if self.control_of:
            words = [f"azr-nb baseline data_out/recorded/{self.control_of}"]
            words += [f"--control {self.control}"] * (self.control != "further")
            words += [f"--cases {self.cases}"] * (self.cases > 0)
            return " ".join([*words, f"--out {out}"])
        words = [f"azr-nb train --preset {self.preset}"]
        words += [f"--{name} {self.settings[name]}" for name in ("steps", "seed") if name in self.settings]
        for name, value in {**self.settings, **self.defaults}.items():
            if name not in ("steps", "seed"):
                text = f"{name}={_text(value)}"
                words.append(f'--set "{text}"' if set(text) & set("{}[] ") else f"--set {text}")
        return " ".join([*words, f"--out {out}"])


def _text(value: Any) -> str:
    """A setting as YAML takes it on a command line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_text(part)}" for name, part in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


WARD: dict[str, Any] = _DATA["ward"]
STUDY: dict[str, Any] = _DATA["study"]
SEEDS: tuple[int, ...] = tuple(_DATA["seeds"])
FAULTS: dict[str, tuple[dict[str, Any], Fault]] = {
    name: (row.pop("settings"), Fault(**row)) for name, row in _DATA["fault"].items()
}
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    name: (row["about"], row["settings"]) for name, row in _DATA["variant"].items()
}
ARMS: dict[str, dict[str, dict[str, Any]]] = {"things": _DATA["arm"], "scenes": _DATA["scenes_arm"]}
SCREENED: dict[str, dict[str, Any]] = _DATA["levers"]  # settings that all levers of a preset share
LEVERS: dict[str, dict[str, Any]] = _DATA["lever"]
CURIOSITY: dict[str, Any] = _DATA["curiosity"]  # settings that all its runs share, conditions, and rewards
ZERO: dict[str, dict[str, Any]] = _DATA["zero_arm"]
LAPTOP: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    name: (row["about"], row["settings"], tuple(row["seeds"])) for name, row in _DATA["laptop"].items()
}


def _all() -> list[RecordedRun]:
    runs = [RecordedRun(**row | {"keep": _KEPT[row["keep"]]}) for row in _DATA["run"]]
    for seed in SEEDS:
        about, keep = "healthy twin of the sick runs, without a fault", SCORES if seed else EVERYTHING
        runs.append(RecordedRun(f"twin-{seed}", "ward", about, {"seed": seed, **WARD}, "twin", keep))
    for name, (settings, fault) in FAULTS.items():
        runs.append(RecordedRun(name, "ward", fault.cause, {"seed": 0, **WARD, **settings}, "sick", EVERYTHING, fault))
    for name, (about, settings) in VARIANTS.items():
        for seed in SEEDS:
            runs.append(RecordedRun(f"{name}-{seed}", "study", about, {"seed": seed, **STUDY, **settings}, name))
    for name, (about, settings, seeds) in LAPTOP.items():
        for seed in seeds:
            chosen = {"seed": seed, **settings}
            runs.append(RecordedRun(f"{name}-{seed}", "language", about, chosen, name, preset="laptop"))
    runs += [run for preset, arms in ARMS.items() for name, arm in arms.items() for run in _arm(preset, name, **arm)]
    every_lever = [(preset, name, seed) for seed in SEEDS for preset in SCREENED for name in LEVERS]
    runs += [_lever(*one, **LEVERS[one[1]]) for one in every_lever if one[0] in presets_of(one[1])]
    conditions, rewards = CURIOSITY["condition"], CURIOSITY["rewards"]
    runs += [_curious(where, reward, seed) for seed in SEEDS for reward in rewards for where in conditions]
    return runs + [_zero(name, seed, **ZERO[name]) for seed in SEEDS for name in ZERO]


def _arm(
    preset: str,
    name: str,
    about: str,
    settings: dict[str, Any],
    seeds: int,
    warm_ups: Sequence[int] = (0, 1, 2),
    further: int = 0,
) -> list[RecordedRun]:
    """The runs of an arm, seed by seed, so that those of two arms with fewer seeds or more still make pairs.

    With `further` cases they are controls of the arm self-play.
    """
    runs = []
    for seed in range(seeds):
        for warm_up in warm_ups:
            model = {"model": f"data_out/recorded/{preset}-warm-{warm_up}"} if warm_up else {}
            row = RecordedRun(
                f"{preset}-{name}-{warm_up}-{seed}",
                "things",
                about,
                {**_DATA[preset], **model, "seed": seed, **settings},
                f"{preset}-{name}",
                preset=preset,
                defaults={},
                every=10,
            )
            if further:
                control = dict(keep=SCORES_ALONE, control_of=f"{preset}-self-play-{warm_up}-{seed}", cases=further)
                row = replace(row, **control)
            runs.append(row)
    return runs


def presets_of(lever: str) -> list[str]:
    """The presets under which a lever is tried."""
    return LEVERS[lever].get("presets", list(SCREENED))


def _lever(
    preset: str,
    name: str,
    seed: int,
    about: str,
    settings: Mapping[str, Any] = {},
    presets: Sequence[str] = (),
    control: str = "",
    cases: Mapping[str, int] = {},
    expected: str = "",
) -> RecordedRun:
    """A lever's run under a preset; seed by seed in the catalogue, so that all have one seed before any has two."""
    group = f"lever-{preset}-{name}"
    row = RecordedRun(
        f"{group}-{seed}",
        "levers",
        about,
        {**SCREENED[preset], "seed": seed, **settings},
        group,
        preset=preset,
        defaults={},
        every=10,
        expected=expected if preset == "classroom" else "",
    )
    if control:
        controlled = f"lever-{preset}-none-{seed}"
        row = replace(row, keep=SCORES_ALONE, control_of=controlled, control=control, cases=cases.get(preset, 0))
    return replace(row, keep=(*row.keep, SEALED)) if preset == "classroom" else row


def _curious(condition: str, reward: str, seed: int) -> RecordedRun:
    """A proposer reward, with or without televisions."""
    settings = {**CURIOSITY["settings"], **CURIOSITY["condition"][condition], "proposer_reward": reward, "seed": seed}
    group = f"curiosity-{condition}-{reward}"
    among = "televisions among the seed tasks" if condition == "television" else "no televisions"
    about = f"proposers are rewarded by {reward}, {among}"
    return RecordedRun(f"{group}-{seed}", "curiosity", about, settings, group, defaults={})


def _zero(name: str, seed: int, base: str, about: str, settings: Mapping[str, Any], expected: str) -> RecordedRun:
    """An arm from the bundled policy, or from a brief warm-up on the texts that `base` names."""
    shared = _DATA["zero"]["bundled" if base == "bundled" else "brief"]
    model = {} if base == "bundled" else {"model": f"data_out/recorded/python-brief-{base}-0"}
    chosen = {**shared, **model, "seed": seed, **settings}
    keep = (*SCORES, SEALED)
    return RecordedRun(
        f"zero-{name}-{seed}", "zero", about, chosen, f"zero-{name}", keep, defaults={}, every=10, expected=expected
    )


CATALOGUE: dict[str, RecordedRun] = {run.name: run for run in _all()}
