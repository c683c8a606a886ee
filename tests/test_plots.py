"""Figures: drawn from whole, patchy and empty metrics, readable without colour, and free of global state."""

import base64
import math
import random
import struct
import subprocess
import sys
import zlib
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from azr_nb.course.loop_figure import STAGES, pipeline
from azr_nb.runs import plots
from azr_nb.tasks import ROLES, STATUSES, TASK_TYPES

SUITES = ("own", "harder")
STAGE_SECONDS = ("propose", "validate", "solve", "check", "update")
OF_A_RUN = (plots.learning_curves, plots.funnel, plots.lengths, plots.health, plots.seconds)


def run_metrics(steps=40, seed=0):
    """A whole run's columns with made-up values."""
    rng = random.Random(seed)
    column = lambda low, high: [rng.uniform(low, high) for _ in range(steps)]  # noqa: E731
    metrics = {"step": [float(i) for i in range(steps)], "minutes": [0.1 * (i + 1) for i in range(steps)]}
    for kind in TASK_TYPES:
        metrics[f"solve/{kind}/accuracy"] = column(0.1, 0.5)
        metrics[f"solve_rate/{kind}"] = column(0.5, 0.9)
        metrics[f"propose/{kind}/valid"] = column(0.6, 1)
        for role in ROLES:
            metrics[f"{role}/{kind}/tokens"] = column(10, 60)
        for suite in SUITES:
            values = [0.3 if i % 10 == 9 else math.nan for i in range(steps)]
            metrics[f"held_out/{suite}/{kind}/pass@1"] = values
    for name in ("distinct_programs", "dead_share", "grad_norm", "entropy"):
        metrics[name] = column(0, 1)
    metrics |= {f"funnel/{status}": [0.0] * steps for status in STATUSES}
    metrics |= {"funnel/ok": [30.0] * steps, "funnel/unparsable": [10.0] * steps}
    metrics |= {f"seconds_{stage}": column(0.1, 2) for stage in STAGE_SECONDS} | {"seconds_total": column(9, 10)}
    return metrics


def score(value):
    return {
        "pass@1": value,
        "greedy": value + 0.1,
        "n": 200,
        "samples": 4,
        "ci95": [value - 0.02, value + 0.03],
        "greedy_ci95": [value + 0.05, value + 0.15],
    }


def run_summary():
    before = {suite: {kind: score(0.1 + 0.1 * i) for i, kind in enumerate(TASK_TYPES)} for suite in SUITES}
    after = {suite: {kind: score(0.2 + 0.1 * i) for i, kind in enumerate(TASK_TYPES)} for suite in SUITES}
    return {"before": before, "after": after}


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def png_size(data):
    """Width and height of a PNG whose every chunk is whole."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    place, kinds = 8, []
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        body = data[place + 4 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length) == (zlib.crc32(body),)
        kinds.append(body[:4])
        place += 12 + length
    assert kinds[0] == b"IHDR" and kinds[-1] == b"IEND"
    return struct.unpack_from(">II", data, 16)


# --- reading -----------------------------------------------------------------------------------------------------
def test_read_metrics_gives_nan_for_whatever_is_no_number(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss,note\n0,0.5,x\n1,,\n2,1e-3\n3,0.25,7,8\n")
    metrics = plots.read_metrics(path)
    assert list(metrics) == ["step", "loss", "note"]
    assert metrics["step"] == [0, 1, 2, 3]
    assert metrics["loss"] == [0.5, pytest.approx(math.nan, nan_ok=True), 0.001, 0.25]
    assert [math.isnan(value) for value in metrics["note"]] == [True, True, True, False]


@pytest.mark.parametrize("text", ["", "\n", "step,loss\n"])
def test_read_metrics_of_a_run_without_steps(tmp_path, text):
    (tmp_path / "metrics.csv").write_text(text)
    assert not any(plots.read_metrics(tmp_path / "metrics.csv").values())


@given(st.lists(st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)), max_size=20))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_read_metrics_returns_what_was_written(tmp_path, rows):
    (tmp_path / "m.csv").write_text("step,loss\n" + "".join(f"{a!r},{b!r}\n" for a, b in rows))
    metrics = plots.read_metrics(tmp_path / "m.csv")
    assert list(zip(metrics["step"], metrics["loss"], strict=True)) == rows


# --- looks -------------------------------------------------------------------------------------------------------
def test_task_types_differ_in_colour_and_in_shape():
    seen = [plots.look(kind) for kind in TASK_TYPES]
    for trait in ("color", "marker", "linestyle"):
        assert len({look[trait] for look in seen}) == len(TASK_TYPES)


def test_task_types_differ_in_grey_print_from_the_page():
    for kind in TASK_TYPES:
        red, green, blue = to_rgb(plots.look(kind)["color"])
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.55


def test_every_status_has_a_fill_of_its_own():
    fills = plots.FILLS[: len(STATUSES) - 1]  # proposals are never "wrong", the last status
    assert STATUSES[-1] == "wrong"
    assert len(fills) == len(STATUSES) - 1
    assert len({color for color, _ in fills}) == len({hatch for _, hatch in fills}) == len(fills)


def test_other_task_types_come_last_and_keep_their_look():
    assert plots.in_order(["reach", "induction", "push", "deduction"]) == ["deduction", "induction", "push", "reach"]
    known = {plots.look(kind)["color"] for kind in TASK_TYPES}
    assert plots.look("reach") == plots.look("reach")
    assert plots.look("reach")["color"] not in known


# --- the pipeline ------------------------------------------------------------------------------------------------
def boxes_of(figure):
    return {box.get_gid(): box for box in figure.axes[0].patches if box.get_gid()}


@pytest.mark.parametrize("stage", [None, *STAGES])
def test_pipeline_lights_one_box_and_nothing_overlaps(stage):
    figure = pipeline(stage)
    figure.draw_without_rendering()
    boxes = boxes_of(figure)
    assert tuple(boxes) == STAGES
    faces = {name: box.get_facecolor() for name, box in boxes.items()}
    plain = {name: box.get_facecolor() for name, box in boxes_of(pipeline()).items()}
    assert [name for name in faces if faces[name] != plain[name]] == ([stage] if stage else [])
    extents = [box.get_window_extent() for box in boxes.values()]
    words = [text.get_window_extent() for text in figure.axes[0].texts]
    assert not any(one.overlaps(two) for one, two in combinations(extents, 2))
    assert not any(one.overlaps(two) for one, two in combinations(words, 2))
    for word in words:
        around = [box for box in extents if box.overlaps(word)]
        assert all(box.x0 < word.x0 and word.x1 < box.x1 and box.y0 < word.y0 and word.y1 < box.y1 for box in around)
    for extent in extents + words:
        assert figure.bbox.x0 < extent.x0 and extent.x1 < figure.bbox.x1
        assert figure.bbox.y0 < extent.y0 and extent.y1 < figure.bbox.y1


def test_pipeline_is_a_loop_with_a_way_back_for_valid_tasks():
    arrows = [patch for patch in pipeline().axes[0].patches if not patch.get_gid()]
    assert len(arrows) == len(STAGES) + 1


def test_pipeline_explains_the_lit_stage():
    said = {stage: pipeline(stage).axes[0].texts[-1].get_text() for stage in (None, *STAGES)}
    assert len(set(said.values())) == len(said)


@pytest.mark.parametrize("stage", ["", "Solve", "train", "solve n times"])
def test_pipeline_refuses_an_unknown_stage_in_one_line(stage):
    with pytest.raises(ValueError, match="unknown stage .*buffer, propose.*update") as caught:
        pipeline(stage)
    assert "\n" not in str(caught.value)


# --- a run -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("draw", "panels"), zip(OF_A_RUN, (2, 1, 2, 4, 1), strict=True))
def test_every_panel_has_title_and_labels(draw, panels):
    figure = draw(run_metrics())
    assert isinstance(figure, Figure)
    assert len(figure.axes) == panels
    for axis in figure.axes:
        assert axis.get_title(loc="left") and axis.get_xlabel() == "step" and axis.get_ylabel()
        assert axis.has_data()


def test_learning_curves_show_raw_and_smoothed_values_in_percent():
    metrics = run_metrics()
    own, held_out = plots.learning_curves(metrics).axes
    raw, smooth = own.lines[:2]
    assert list(raw.get_ydata()) == [100 * value for value in metrics["solve/deduction/accuracy"]]
    assert max(smooth.get_ydata()) - min(smooth.get_ydata()) < max(raw.get_ydata()) - min(raw.get_ydata())
    assert raw.get_alpha() < 1 and raw.get_color() == smooth.get_color()
    assert len(held_out.lines) == len(SUITES) * len(TASK_TYPES)
    assert list(held_out.lines[0].get_xdata()) == [9, 19, 29, 39]
    assert held_out.get_ylabel() == "pass@1, sampled (%)"


def test_learning_curves_name_each_type_once():
    (legend,) = plots.learning_curves(run_metrics()).legends
    assert [text.get_text() for text in legend.get_texts()] == list(TASK_TYPES)


def test_learning_curves_can_begin_before_the_first_step():
    summary = {"before": {"own": {"deduction": {"pass@1": 0.25, "greedy": 0.5}}, "other": {"x": {"pass@1": 1.0}}}}
    column = [math.nan, 0.5]
    metrics = {"step": [0.0, 1.0], "solve/deduction/accuracy": [0.1, 0.2], "held_out/own/deduction/pass@1": column}
    found = plots.with_before(metrics, summary)
    assert list(found) == list(metrics) and found["step"] == [-1, 0, 1]
    own, held_out = plots.learning_curves(found).axes
    assert list(own.lines[0].get_xdata()) == [0, 1]
    assert list(held_out.lines[0].get_xdata()) == [-1, 1] and list(held_out.lines[0].get_ydata()) == [25, 50]
    assert plots.with_before(metrics, {})["step"] == [-1, 0, 1]


def test_learning_curves_without_held_out_scores_show_valid_proposals():
    metrics = {name: column for name, column in run_metrics().items() if not name.startswith("held_out/")}
    assert plots.learning_curves(metrics).axes[1].get_ylabel() == "valid proposals (%)"


def test_learning_curves_fall_back_to_solve_rates():
    metrics = {name: column for name, column in run_metrics().items() if "/accuracy" not in name}
    assert min(plots.learning_curves(metrics).axes[0].lines[0].get_ydata()) >= 50


def test_funnel_shares_fill_each_bar_and_leave_out_what_never_happened():
    (axis,) = plots.funnel(run_metrics()).axes
    names = [text.get_text() for text in axis.get_legend().get_texts()]
    assert names == ["unparsable", "ok"]  # as they lie, the lowest last
    ok, unparsable = axis.patches
    assert set(ok.get_data().values) == {75.0} and set(unparsable.get_data().values) == {100.0}
    assert ok.get_hatch() != unparsable.get_hatch()


@given(st.integers(1, 400))
@settings(max_examples=15, deadline=None)
def test_stacks_cover_every_step_with_few_bars(steps):
    metrics = {"step": list(range(steps)), "seconds_solve": [1.0] * steps, "seconds_update": [2.0] * steps}
    (axis,) = plots.seconds(metrics).axes
    data = axis.patches[-1].get_data()
    assert len(data.values) <= 80
    assert (data.edges[0], data.edges[-1]) == (-0.5, steps - 0.5)
    assert list(data.values) == pytest.approx([3.0] * len(data.values))


def test_seconds_leave_out_the_total():
    (axis,) = plots.seconds(run_metrics()).axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == list(STAGE_SECONDS)[::-1]


def test_scores_by_difficulty_are_curves():
    cell = {"pass@1": 0.4, "greedy": 0.5, "ci95": (0.3, 0.5), "greedy_ci95": (0.4, 0.6), "n": 9, "samples": 4}
    before = {"frontier": {"1": cell, "2": cell, "10": {**cell, "greedy": 0.1}}}
    (axis,) = plots.before_after({"before": before, "after": before}).axes
    greedy, sampled = axis.get_lines()[:2]
    assert list(greedy.get_xdata()) == [1, 2, 10] and list(greedy.get_ydata()) == [50, 50, 10]
    assert list(sampled.get_ydata()) == [40, 40, 40] and axis.get_xlabel() == "difficulty"
    assert plots.before_after({"before": before}).axes[0].get_lines()[0].get_markerfacecolor() == "white"


def test_before_after_has_two_dots_per_score():
    figure = plots.before_after(run_summary())
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["held-out suite: own", "held-out suite: harder"]
    dots = [line for line in figure.axes[0].lines if line.get_marker() != "None"]
    assert len(dots) == len(TASK_TYPES) * 2 * 2
    assert sum(dot.get_markerfacecolor() == "white" for dot in dots) == len(dots) // 2
    assert figure.axes[0].get_yticklabels()[1].get_text() == "deduction, greedy"
    assert list(dots[0].get_xdata()) == pytest.approx([10.0]) and list(dots[1].get_xdata()) == pytest.approx([20.0])


@pytest.mark.parametrize(
    "summary",
    [
        {},
        {"before": {}},
        {"before": None, "after": None},
        {"before": run_summary()["before"]},
        {"before": run_summary()["before"], "after": {"own": {"deduction": {"pass@1": 0.5}}}},
    ],
)
def test_before_after_copes_with_a_cut_run(summary):
    assert png_size(plots.to_png(plots.before_after(summary)))


@pytest.mark.parametrize("draw", OF_A_RUN)
@pytest.mark.parametrize("metrics", [{}, {"step": []}, {"step": [0.0, 1.0]}, {"loss": [1.0]}])
def test_a_run_without_the_columns_says_so(draw, metrics):
    figure = draw(metrics)
    assert texts(figure).count("not recorded in this run") == len(figure.axes)
    assert png_size(plots.to_png(figure))


@given(st.data())
@settings(max_examples=12, deadline=None)
def test_missing_columns_and_cells_never_fail(data):
    whole = run_metrics(steps=data.draw(st.integers(1, 30)))
    metrics = {name: list(column) for name, column in whole.items() if data.draw(st.booleans())}
    for column in metrics.values():
        for i in data.draw(st.sets(st.integers(0, len(column) - 1), max_size=4)):
            column[i] = data.draw(st.sampled_from([math.nan, math.inf, 0.0]))
    for draw in OF_A_RUN:
        draw(metrics).draw_without_rendering()


def test_drawing_leaves_the_numbers_alone():
    metrics, summary = run_metrics(), run_summary()
    for draw in OF_A_RUN:
        draw(metrics)
    plots.before_after(summary)
    assert repr(metrics) == repr(run_metrics())
    assert summary == run_summary()


# --- files and notebooks -----------------------------------------------------------------------------------------
def test_save_writes_a_whole_png_and_nothing_else(tmp_path):
    path = tmp_path / "loop.png"
    path.write_bytes(b"old")
    plots.save(pipeline(), path)
    assert png_size(path.read_bytes()) == (8 * 130, 455)
    assert [file.name for file in tmp_path.iterdir()] == ["loop.png"]


def test_the_same_figure_gives_the_same_bytes():
    assert plots.to_png(pipeline("solve")) == plots.to_png(pipeline("solve"))


def test_a_notebook_shows_the_figure_by_itself():
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    shown, metadata = formatter.format(pipeline("check"))
    assert png_size(base64.b64decode(shown["image/png"]))
    assert metadata["image/png"]["alt"] == shown["text/plain"] == plots.describe(pipeline("check"))


def test_every_figure_has_a_text_alternative():
    text = plots.describe(plots.learning_curves({"step": [0, 1], "solve/deduction/accuracy": [0.1, 0.2]}))
    assert "Own tasks" in text and "right answers (%)" in text and "drawn: deduction" in text and "\n" not in text
    assert plots.describe(plots.Picture()) == "Figure. no description"
    assert "Lit: check." in plots.describe(pipeline("check"))


def test_importing_brings_neither_pyplot_nor_torch():
    code = "import sys, azr_nb.runs.plots; print([m for m in ('matplotlib.pyplot', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
