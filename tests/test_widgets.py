"""The turn's frames: one per stage, hostile text shown as text, and a button that moves."""

from __future__ import annotations

import pytest

from azr_nb.course.loop_figure import STAGES
from azr_nb.course.widgets import answers_table, explore, frames, player, proposals_table, shown_task, strip, table
from azr_nb.runs.plots import learning_curves
from azr_nb.selfplay import StepTrace
from azr_nb.tasks import Proposal, Rollout, Task, Verdict

HOSTILE = "<script>alert(1)</script>\n=> \x1b[2J"


def a_trace(valid: bool = True) -> StepTrace:
    task = Task("deduction", "def f(a):\n    return a", (("3", "3"),)) if valid else None
    proposal = Rollout(
        "propose",
        "deduction",
        "# p",
        HOSTILE,
        task=task,
        solve_rate=0.5 if valid else None,
        verdict=Verdict("ok" if valid else "error", "because <b>"),
        reward_parts={"learnability": 0.5},
        proposal=Proposal("deduction", "p", ("3",)),
    )
    answers = [Rollout("solve", "deduction", "# s", HOSTILE, task=task, answer="3") for _ in range(2)] if valid else []
    metrics = {"buffer/deduction": 3, "grad_norm/solve/deduction": 0.1}
    return StepTrace(0, [proposal, *answers], metrics)


def test_frames_follow_the_pipeline():
    for valid in (True, False):
        assert list(frames(a_trace(valid))) == list(STAGES)


def test_model_text_is_never_markup():
    trace = a_trace()
    pages = [strip(trace), proposals_table(trace.of("propose")), answers_table(trace.of("solve"))]
    pages.append(table([HOSTILE], [[HOSTILE]]))
    for page in pages:
        assert "<script" not in page and "&lt;script" in page
        assert "<b>" not in page


def test_the_chosen_task_is_the_one_solved_about_half_of_the_time():
    trace = a_trace()
    assert shown_task(trace) is trace.rollouts[0] and shown_task(a_trace(False)) is None


def test_the_player_walks_through_all_frames_starts_over_and_goes_back():
    controls, picture, page = player(a_trace()).children
    forward, back, place = controls.children
    seen = [(page.value, picture.value)]
    for _ in STAGES:
        forward.click()
        seen.append((page.value, picture.value))
    assert len(set(seen)) == len(STAGES) and seen[0] == seen[-1] and back.disabled
    assert "1 of 9" in seen[0][0]
    place.value = 5
    assert (page.value, picture.value) == seen[4] and not back.disabled
    back.click()
    assert (page.value, picture.value) == seen[3] and place.value == 4


def test_a_slider_follows_while_it_moves_where_the_view_is_quick(monkeypatch):
    def view(n=2):
        return str(n)

    assert explore(view, n=(1, 5, 1)).children[0].continuous_update
    monkeypatch.setattr("azr_nb.course.widgets.QUICK", -1.0)
    assert not explore(view, n=(1, 5, 1)).children[0].continuous_update


def test_a_view_is_redrawn_with_its_text_alternative_and_its_text_escaped():
    ipywidgets = pytest.importorskip("ipywidgets")

    def view(steps=2, kind="picture"):
        if kind == "picture":
            return learning_curves({"step": list(range(steps)), "solve/deduction/accuracy": [0.5] * steps})
        return table(("n",), [(steps,)]) if kind == "page" else HOSTILE

    box = explore(view, steps=(1, 5, 1), kind=["picture", "page", "text"])
    slider, menu, shown = box.children
    assert "Output" not in {type(part).__name__ for part in ipywidgets.Widget.widgets.values()}
    first = shown.value
    assert first.startswith('<img alt="Figure. Own tasks') and "data:image/png;base64," in first
    slider.value = 4
    assert shown.value != first
    menu.value = "page"
    assert "<td" in shown.value and ">4<" in shown.value
    menu.value = "text"
    assert "<script" not in shown.value and "&lt;script" in shown.value
