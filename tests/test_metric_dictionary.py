"""The dictionary of metrics: every column has an entry, every entry a column, and advice fits the run."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import pytest
from stand_ins import seeded_buffer, step_of

from azr_nb.config import make_config
from azr_nb.environments import PythonPrograms, Scenes
from azr_nb.evaluation.measures import COLLAPSE
from azr_nb.evaluation.metrics import step_metrics
from azr_nb.runs import metric_dictionary as dictionary
from azr_nb.tasks import ROLES, TASK_TYPES

# columns that are added behind step_metrics: by the update, by the run and by probes
ADDED = (
    [
        "minutes",
        "loss",
        "grad_norm",
        "entropy",
        "kl",
        "tokens_trained",
        "seconds_update",
        "gradient_share/propose",
        "sampler_gap",
        "sampler_masked",
    ]
    + [f"grad_norm/{role}/{kind}" for role in ROLES for kind in TASK_TYPES]
    + [
        f"held_out/{suite}/{kind}/{score}"
        for suite in ("own", "harder")
        for kind in TASK_TYPES
        for score in ("pass@1", "greedy")
    ]
    + [
        f"probe/{probe}/{part}"
        for probe in ("comments", "names", "messages")
        for part in ("fall", "standard_error", "tasks")
    ]
)
STAGES = ("propose", "validate", "solve", "check", "total")


def step_columns() -> list[str]:
    config, buffer = make_config("classroom"), seeded_buffer(10)
    rollouts, groups, recent = step_of(config, 0, buffer)
    environment, seconds = PythonPrograms(televisions=True), dict.fromkeys(STAGES, 0.1)
    return list(step_metrics(0, environment, config, rollouts, groups, buffer, recent, seconds))


COLUMNS = step_columns() + ADDED + list(Scenes().measures([]))


def call(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "azr_nb", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_has_an_entry(column):
    assert dictionary.entry_of(column).matches(column)


def test_no_entry_is_orphaned():
    used = {dictionary.entry_of(column).name for column in COLUMNS}
    assert [entry.name for entry in dictionary.entries() if entry.name not in used] == []


@pytest.mark.parametrize("entry", dictionary.entries(), ids=lambda entry: entry.name)
def test_entries_are_whole(entry):
    assert entry.meaning and entry.formula and entry.unit
    low, high = entry.range
    assert low < high
    if entry.healthy:
        assert low <= entry.healthy[0] <= entry.healthy[1] <= high
        assert bool(entry.below) == (entry.healthy[0] > low), "advice for a side that cannot be left, or none for one"
        assert bool(entry.above) == (entry.healthy[1] < high)
    else:
        assert not entry.below and not entry.above
    assert entry.matches(entry.name)
    names = re.findall(r"\{(\w+)\}", entry.below + entry.above)
    assert set(names) <= set(re.findall(r"\{(\w+)\}", entry.name))


def test_names_are_unique():
    names = [entry.name for entry in dictionary.entries()]
    assert len(set(names)) == len(names)


def test_settings_in_advice_are_settings():
    from azr_nb.config import SelfPlayConfig

    words = {
        word
        for entry in dictionary.entries()
        for word in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", entry.below + entry.above)
    }
    columns = {part for column in COLUMNS for part in column.split("/")}
    values = {"role_type", "not_plain"}
    assert words <= set(SelfPlayConfig.model_fields) | columns | values


@pytest.mark.parametrize("name", COLLAPSE)
def test_thresholds_of_collapse_are_ends_of_the_healthy_range(name):
    side, threshold, _ = COLLAPSE[name]
    assert dictionary.entry_of(name).healthy[side == "above"] == threshold


@pytest.mark.parametrize(
    "column, name",
    [
        ("funnel/ok", "funnel/ok"),
        ("funnel/timeout", "funnel/{status}"),
        ("seconds_total", "seconds_total"),
        ("seconds_solve", "seconds_{stage}"),
        ("solve/reach/accuracy", "solve/{type}/accuracy"),
        ("solve_rate_tasks/3_of_8", "solve_rate_tasks/{k}_of_{n}"),
        ("propose/{type}/valid", "propose/{type}/valid"),
    ],
)
def test_exact_names_go_before_patterns(column, name):
    assert dictionary.entry_of(column).name == name


@pytest.mark.parametrize(
    "column",
    ["", "accuracy", "solve/accuracy", "solve/a/b/accuracy", "grad_norm/judge/x", "solve_rate_tasks/x_of_8", "seconds"],
)
def test_unknown_names_are_one_line(column):
    with pytest.raises(dictionary.MetricError) as error:
        dictionary.entry_of(column)
    assert "\n" not in str(error.value) and repr(column) in str(error.value)


def test_close_names_are_offered():
    with pytest.raises(dictionary.MetricError, match="did you mean .*dead_share"):
        dictionary.entry_of("dead_shares")


def test_an_explanation_names_the_column_it_was_asked_for():
    text = dictionary.explanation(dictionary.entry_of("solve/induction/accuracy"), "solve/induction/accuracy")
    assert text.startswith("solve/induction/accuracy  (solve/{type}/accuracy)\n")
    assert "0.1 to 0.9" in text and "look at solve_rate/induction" in text
    assert max(map(len, text.splitlines())) <= 112


@pytest.mark.parametrize(
    "ends, words",
    [
        (None, "–"),
        ((0, 1), "0 to 1"),
        ((8, math.inf), "at least 8"),
        ((-math.inf, 2), "at most 2"),
        ((-math.inf, math.inf), "any number"),
        ((0, 0), "0"),
    ],
)
def test_ranges_in_words(ends, words):
    assert dictionary.span(ends) == words


def test_sides():
    entry = dictionary.entry_of("dead_share")
    assert [entry.side(value) for value in (0.0, 0.8, 0.81, math.nan)] == ["", "", "above", ""]
    assert dictionary.entry_of("step").side(1e9) == ""


def run_folder(folder, **columns):
    names = list(columns)
    rows = zip(*columns.values(), strict=True)
    (folder / "metrics.csv").write_text("\n".join([",".join(names), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return folder


def test_a_run_beside_what_is_healthy(tmp_path):
    steps = 14
    folder = run_folder(
        tmp_path,
        **{
            "step": range(steps),
            "dead_share": [0.1] * 4 + [0.9] * 10,
            "entropy": [0.5] * steps,
            "propose/abduction/valid": [0.2] * steps,
            "mystery": [1] * steps,
            "loss": [""] * steps,
        },
    )
    text = dictionary.run_table(folder)
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()[1:7]}
    assert rows["dead_share"] == ["0.9", "0", "to", "0.8", "above"]
    assert rows["entropy"] == ["0.5", "0.05", "to", "2"]
    assert rows["mystery"] == ["1", "no", "entry"] and rows["loss"][0] == "–"
    assert "Warning of collapse: dead_share 0.90" in text
    assert "dead_share is above 0 to 0.8. Nearly nothing is learnt" in text
    assert "propose/abduction/valid is below 0.5 to 1" in text and "entropy is" not in text


def test_a_healthy_run_says_so(tmp_path):
    text = dictionary.run_table(run_folder(tmp_path, step=[0, 1], entropy=[0.5, 0.6]))
    assert "last 2 steps" in text and text.endswith("Nothing is out of its healthy range.")


def test_the_command(tmp_path):
    assert call("explain", "solve/deduction/accuracy").stdout.startswith("solve/deduction/accuracy")
    everything = call("explain", "--all").stdout
    assert all(entry.name in everything for entry in dictionary.entries())
    assert "dead_share" in call("explain", "--run", run_folder(tmp_path, step=[0], dead_share=[0.9])).stdout
    for wrong in ([], ["dead_shares"], ["dead_share", "--all"], ["--run", tmp_path / "none"]):
        done = call("explain", *wrong)
        assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1
