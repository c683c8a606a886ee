"""Views of notebook 02: the weak judge is fooled in its own process, and every control works at its extremes."""

from __future__ import annotations

import os

import pytest

from azr_nb.course.views import executor as views
from azr_nb.executor import Executor
from azr_nb.runs.plots import to_png
from azr_nb.tasks import STATUSES, Verdict

TRICKS = [
    ("abduction", "3) or (True", "breaks out of the bracket"),
    ("abduction", "7)#", "breaks out of the bracket"),
    ("deduction", "eval(output)", "reads what the judge knows"),
    (
        "induction",
        "import sys\ndef f(a):\n    return eval(sys._getframe(1).f_locals['o'])",
        "reads what the judge knows",
    ),
    ("deduction", "type('E', (), {'__eq__': lambda self, other: True})()", "brings its own comparison"),
    ("induction", "import os\ndef f(a):\n    print('right', flush=True)\n    os._exit(0)", "takes over the judge"),
    ("deduction", "True", "uses loose equality"),
    ("deduction", "7 % 3", "has the judge do the work"),
    ("abduction", "next(i for i in range(9) if f(i) == 1)", "has the judge do the work"),
]


@pytest.fixture(scope="module")
def executor():
    with Executor("monty") as running:
        yield running


@pytest.mark.parametrize("kind, text, name", TRICKS)
def test_tricks_fool_the_weak_judge_and_not_the_real_one(executor, kind, text, name):
    assert views.family(kind, text) == name
    assert views.weak_verdict(kind, text) == "right"
    assert not views.true_verdict(kind, text, executor).ok


@pytest.mark.parametrize(
    "kind, text, said",
    [
        ("deduction", "1", "right"),
        ("deduction", "2", "wrong"),
        ("deduction", "", "SyntaxError"),
        ("abduction", "4", "right"),
        ("abduction", "'x'", "TypeError"),
        ("induction", views.PROGRAM, "right"),
        ("induction", "def f(a):\n    return 0", "wrong"),
        ("deduction", "[0 for _ in iter(int, 1)]", "timeout"),
        ("deduction", "__import__('os')._exit(0)", "no verdict"),
    ],
)
def test_the_weak_judge_on_honest_and_broken_answers(kind, text, said):
    assert views.weak_verdict(kind, text, seconds=0.7) == said


def test_the_weak_judge_gets_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("AZR_NB_SECRET", "7")
    assert views.weak_verdict("deduction", "__import__('os').environ['AZR_NB_SECRET']") == "KeyError"
    assert views.weak_verdict("deduction", f"__import__('os').getcwd() != {os.getcwd()!r}") == "right"


def test_both_judges_escape_what_they_show(executor):
    assert "<script" not in views.both_judges([("deduction", "'<script>'")], executor)


@pytest.mark.parametrize("status", STATUSES)
def test_every_verdict_has_a_place_among_the_gates(status):
    picture = views.lights(Verdict(status, "because $x_1$ <b>"))
    assert to_png(picture)
    stopped = status not in ("ok", "repeat", "wrong")
    assert (views.gate_of(Verdict(status)) < len(views.GATES)) == stopped


@pytest.mark.parametrize("seconds", [0.1, 2.0])
@pytest.mark.parametrize(
    "program, text",
    [
        ("", ""),
        ("def f(a):\n    return a", "3"),
        ("def f(", "$"),
        ("<b>", "<b>"),
        ("def f(a):\n    return 'x' * a", "70"),
    ],
)
def test_any_proposal_lights_some_gates(program, text, seconds):
    assert to_png(views.try_proposal(program, text, seconds, "monty"))


def test_what_stops_is_counted_and_named():
    picture = views.stops({"good": Verdict("ok"), "late": Verdict("timeout"), "loud": Verdict("too_big")})
    said = [text.get_text() for text in picture.axes[0].texts]
    assert said[0].strip() == "3" and said[4].strip() == "2   stopped: late" and "loud" in said[7]
    assert to_png(views.stops({}))


@pytest.mark.parametrize("seconds", [0.1, 1.0])
def test_race(seconds):
    assert to_png(views.race(seconds, views.engines(), largest=6))


def test_memory_table():
    page = views.memory_table((16, 256), (4, 8))
    assert page.count("ok") == 2 and page.count(">memory<") == 2


def test_chance(executor):
    assert views.set_order(0) == views.set_order(0) and len({views.set_order(seed) for seed in range(8)}) > 1
    assert views.agreement(["a", "a", "b"]) == pytest.approx(1 / 3) and views.agreement([]) == 1
    assert [verdict.status for verdict in views.counter_verdicts(executor).values()] == ["ok", "nondeterministic"]


def test_gallery_table_has_no_path_and_nobody_wins():
    page, won = views.gallery_table(["plain loop", "read a secret", "print a result"], ["monty"], seconds=0.2)
    assert won == 0 and page.count("held: ") == 3 and "azr-nb-gallery" not in page
    assert "held: ok 3" in page and "held: error PermissionError" in page
    assert sum(views.gallery_counts().values()) > 200
    assert all(family in views.gallery_families() for family in views.gallery_counts())


def test_layers_say_on_or_why_not():
    assert views.layers() and all(views.layers().values())
    assert views.engines()[0] == "monty"


def test_the_recorded_laps_are_loops_of_both_engines_that_a_limit_stops():
    machine, limit, found = views.recorded_laps()
    assert machine and {lap.engine for lap in found} == {"monty", "cpython"}
    for engine in ("monty", "cpython"):
        mine = [lap for lap in found if lap.engine == engine]
        assert [lap.rounds for lap in mine] == [10**power for power in range(2, 8)]
        assert mine[0].ended and not mine[-1].ended and mine[-1].seconds >= limit
    figure = views.race_figure(found, limit)
    assert "10,000 rounds" in figure.alt
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()][-1] == "10,000,000"


def test_laps_are_measured_in_each_engine():
    found = views.laps(0.5, ["monty"], largest=3)
    assert [(lap.engine, lap.rounds, lap.ended) for lap in found] == [("monty", 100, True), ("monty", 1000, True)]
    assert all(0 < lap.seconds < 5 for lap in found)


def test_attacks_are_listed_with_what_they_try():
    page = views.gallery_list(["plain loop", "subprocess"])
    assert "plain loop" in page and "subprocess" in page and page.count("<tr>") == 3
