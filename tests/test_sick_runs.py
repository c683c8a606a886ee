"""The ward: every fault moves its own vital sign first, as recorded and when made again, and twins stay healthy."""

from __future__ import annotations

import json
import math

import pytest

from azr_nb.course.views.diagnosis import (
    DIAGNOSES,
    HEALTHY,
    MYSTERY,
    causes_table,
    diagnosis_of,
    exams_figure,
    first_signs,
    mystery_view,
    own_and_held_out,
    ward_bands,
)
from azr_nb.runs.catalogue import CATALOGUE, FAULTS
from azr_nb.runs.plots import read_metrics, with_before
from azr_nb.runs.shipped import archive, open_recorded, recorded_metrics
from azr_nb.runs.vitals import SIGNS, Move, moves
from azr_nb.runs.vitals_figure import moves_table, vitals_figure

TWINS = [run.name for run in CATALOGUE.values() if run.group == "twin"]
# columns that the release which recorded the runs measured in another way, or did not have
MEASURED_OTHERWISE = {"entropy"}
QUICK = ("dead-groups",)  # faults that show within a few steps
NEW_SINCE = {"entropy/propose", "entropy/solve", "advantage_share/propose", "gradient_share/propose", "sampler_gap"}


def needs(*names: str) -> None:
    """Skip unless these recorded runs are there."""
    missing = [name for name in names if not archive(name).is_file()]
    if missing:
        pytest.skip(f"the recorded run {missing[0]} is not there yet")


def has_the_right_order(found: list[Move], name: str) -> None:
    """The fault's sign has moved on its side, and no other one more than a step before it."""
    fault = CATALOGUE[name].fault
    mine = next((move for move in found if move.sign == fault.sign), None)
    assert mine is not None, (fault.sign, found)
    assert mine.side == fault.side and mine.step <= found[0].step + 1, found


# --- recorded --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", FAULTS)
def test_a_recorded_fault_moves_its_sign_first(name):
    needs(name, *TWINS)
    assert FAULTS[name][1].sign in first_signs(name, within=1)
    has_the_right_order(moves(recorded_metrics(name), ward_bands()), name)


@pytest.mark.parametrize("name", TWINS)
def test_healthy_twins_do_not_move(name):
    needs(*TWINS)
    assert moves(recorded_metrics(name), ward_bands()) == [] == first_signs(name)


def test_bands_know_all_signs():
    needs(*TWINS)
    assert list(ward_bands()) == [sign.name for sign in SIGNS]


# --- made again ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS]
)
def test_a_fault_made_again_moves_its_sign_first(name):
    needs(name, *TWINS)
    pytest.importorskip("torch")
    from azr_nb.environments.python_programs.environment import PythonPrograms
    from azr_nb.policy.load import load_policy
    from azr_nb.runs.train import quiet
    from azr_nb.selfplay import SelfPlay

    quiet()
    fault, config = CATALOGUE[name].fault, CATALOGUE[name].config()
    environment = PythonPrograms.for_run(config)
    rows, found = [], []
    try:
        for trace in SelfPlay(config, load_policy(config.model), environment).steps(config.steps):
            rows.append(trace.metrics)
            columns = dict.fromkeys(column for row in rows for column in row)
            metrics = {column: [row.get(column, math.nan) for row in rows] for column in columns}
            found = [move for move in moves(metrics, ward_bands()) if move.sign not in MEASURED_OTHERWISE]
            if any(move.sign == fault.sign for move in found):
                break
    finally:
        environment.close()
    has_the_right_order(found, name)


def test_a_recorded_run_made_again_has_the_same_numbers(tmp_path):
    needs("short")
    pytest.importorskip("torch")
    from azr_nb.runs.train import train

    again, recorded = train(CATALOGUE["short"].config(), tmp_path / "short", progress=False), open_recorded("short")
    assert again.folder == tmp_path / "short" and not again.interrupted
    ours, theirs = (read_metrics(folder / "metrics.csv") for folder in (again.folder, recorded))
    assert set(theirs) <= set(ours) and set(ours) - set(theirs) == NEW_SINCE
    for name in theirs:
        if not name.startswith("seconds_") and name != "minutes" and name not in MEASURED_OTHERWISE:
            assert ours[name] == pytest.approx(theirs[name], rel=1e-4, abs=1e-5, nan_ok=True), name
    tasks, known = ((folder / "buffer.jsonl").read_text().splitlines() for folder in (again.folder, recorded))
    assert tasks == known


@pytest.mark.slow
def test_the_bundled_policy_scores_as_it_did_when_runs_were_recorded():
    needs("learnability-0")
    pytest.importorskip("torch")
    from azr_nb.environments.python_programs.environment import PythonPrograms
    from azr_nb.evaluation.held_out import task_scores
    from azr_nb.policy.load import load_policy

    config = CATALOGUE["learnability-0"].config()
    recorded = json.loads((open_recorded("learnability-0") / "held_out.json").read_text())["before"]
    environment = PythonPrograms.for_run(config)
    scores = task_scores(
        load_policy("tiny"), environment.usual(), tasks=config.eval_tasks, samples=config.eval_samples, config=config
    )
    environment.close()
    pairs = [
        (old, new)
        for suite, cells in recorded.items()
        for kind, cell in cells.items()
        for mode in cell
        for old, new in zip(cell[mode], scores[suite][kind][mode], strict=True)
    ]
    # other processors may round a draw the other way; other draws would move half of the sampled scores
    assert len(pairs) == 2 * 6 * config.eval_tasks and sum(old != new for old, new in pairs) < 0.02 * len(pairs)


# --- what notebook 08 shows of them ----------------------------------------------------------------------------------
def test_letters_stand_for_every_fault_and_one_healthy_run():
    assert sorted(map(diagnosis_of, MYSTERY)) == sorted(DIAGNOSES) and len(DIAGNOSES) == len(FAULTS) + 1
    page = causes_table()
    assert all(name in page for name in DIAGNOSES) and FAULTS["too-easy"][1].cause in page


@pytest.mark.parametrize("letter", MYSTERY)
def test_the_view_of_every_letter_tells_no_name(letter):
    needs(MYSTERY[letter], *TWINS)
    figure = mystery_view(letter)
    assert figure.get_suptitle().startswith(f"Run {letter}:")
    looks = set()
    for axis, sign in zip(figure.axes, SIGNS, strict=True):
        assert axis.get_title("left") == sign.name, "the step is the reader's to find"
        assert axis.get_ylabel() == sign.unit and axis.get_xlabel() == "step"
        (line,) = axis.lines
        looks.add((line.get_color(), line.get_linestyle()))
        (low, high), (bottom, top) = ward_bands()[sign.name], axis.get_ylim()
        room = high - low + 1e-9
        assert low - room <= bottom < top <= high + room, "near the band, where the step can be read off"
    assert len(looks) == 1
    texts = " ".join([figure.get_suptitle(), *(axis.get_title("left") for axis in figure.axes)])
    assert not any(name in texts.split() for name in FAULTS)
    figure.draw_without_rendering()


def a_run(steps=9, **changed):
    return {"step": [float(i) for i in range(steps)], "dead_share": [0.5] * steps, "entropy": [0.5] * steps, **changed}


BAND = {"dead share": (0.4, 0.6), "entropy": (0.4, 0.6)}


def test_vital_signs_say_where_they_left_and_what_was_not_recorded():
    figure = vitals_figure(a_run(entropy=[0.5] * 3 + [0.0] * 6), BAND, "<a & b>")
    titles = {axis.get_title("left").split("\n")[0]: axis for axis in figure.axes}
    assert figure.get_suptitle() == "<a & b>" and list(titles) == [sign.name for sign in SIGNS]
    left, stayed = titles["entropy"], titles["dead share"]
    assert "left at step 3, below" in left.get_title("left") and "in its band" in stayed.get_title("left")
    assert [line.get_linestyle() for line in left.lines] == ["-", ":"]
    assert [line.get_linestyle() for line in stayed.lines] == ["--"]  # not told by colour alone
    assert list(left.lines[1].get_xdata()) == [3, 3]
    assert "not recorded" in titles["KL"].texts[0].get_text()
    figure.draw_without_rendering()
    vitals_figure({}, {}).draw_without_rendering()


def test_the_table_of_moves_has_the_numbers_of_then_and_of_the_end():
    page = moves_table(a_run(entropy=[0.5] * 3 + [0.25] * 6), BAND)
    for text in ("entropy", "below", "0.40 to 0.60", "0.33", "0.25", ">4<"):
        assert text in page, text
    assert "stayed" in moves_table(a_run(), BAND) and "<td" not in moves_table(a_run(), BAND)


def test_own_tasks_and_held_out_tasks_are_drawn_apart():
    held_out = {
        f"held_out/own/{kind}/pass@1": [math.nan, 0.2 * i, math.nan, 0.3 * i]
        for i, kind in enumerate(("deduction", "induction"))
    }
    (axis,) = own_and_held_out(a_run(4, **{"solve_rate/deduction": [0.5] * 4, **held_out}), "a title").axes
    own, other = axis.lines
    assert list(own.get_ydata()) == [50] * 4 and list(other.get_xdata()) == [1, 3]
    assert list(other.get_ydata()) == pytest.approx([10, 15]) and axis.get_title("left") == "a title"
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [
        "own new tasks, running mean",
        "held-out tasks, pass@1",
    ]
    own_and_held_out(a_run(1)).draw_without_rendering()  # the first step of a live run
    begun = with_before(a_run(4, **held_out), {"before": {"own": {"deduction": {"pass@1": 0.1}}}})
    left, right = exams_figure({"one": begun, "two": a_run(4)}).axes
    assert left.get_title("left") == "one" and len(left.lines) == 2 and len(right.lines) == 1
    assert list(left.lines[0].get_xdata()) == [-1, 0, 1, 2, 3] and left.get_legend() and not right.get_legend()


def test_nothing_is_healthy_by_definition():
    assert HEALTHY not in FAULTS and diagnosis_of("B") == HEALTHY
