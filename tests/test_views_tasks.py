"""Views of notebook 01, at the extremes of every control, and what they measure."""

from __future__ import annotations

import pytest

from azr_nb.course.views import tasks as views
from azr_nb.executor import Executor
from azr_nb.runs.plots import to_png
from azr_nb.tasks import ALL_TASK_TYPES

REST = "def f(a):\n    b = a % 3\n    return b * 2"
INPUTS = ("7", "2", "3", "10", "12", "-4")


@pytest.fixture(scope="module")
def executor():
    with Executor("monty") as running:
        yield running


def test_one_program_gives_a_task_of_every_type(executor):
    tasks = views.tasks_of(REST, INPUTS, executor)
    assert tuple(tasks) == ALL_TASK_TYPES and tasks["deduction"].output == "2" and tasks["error"].output == "NoError"
    assert len(tasks["induction"].pairs) == 6 and tasks["induction"].visible == 3
    assert "return" not in views.prompt(tasks["induction"]) and "f(?) => 2" in views.prompt(tasks["abduction"])
    with pytest.raises(ValueError, match="no deduction task.*division"):
        views.tasks_of("def f(a):\n    return 1 // a", ("0", "1"), executor)


@pytest.mark.parametrize("hidden", list(views.HIDDEN))
@pytest.mark.parametrize("answer", ["", "4", "a % 3 * 2", REST, "<script>", "x" * 5000, "1) or (True", "None", "\n"])
def test_any_answer_to_any_question_gets_a_verdict(executor, hidden, answer):
    page = views.ask(views.tasks_of(REST, INPUTS, executor)[views.HIDDEN[hidden]], answer, executor)
    assert ("✓ ok" in page) != ("✗ " in page) and "<script" not in page


def test_verdicts_of_the_questions(executor):
    tasks = views.tasks_of(REST, INPUTS, executor)
    right = {"deduction": "2.0", "abduction": "-2", "induction": "a * 2 % 6", "error": "noerror"}
    assert all("✓ ok" in views.ask(tasks[kind], answer, executor) for kind, answer in right.items())
    assert "not_plain" in views.judged(tasks["deduction"], ["2", "f(7)"], executor)


@pytest.mark.parametrize(
    "one, other, python, judge",
    [
        ("1", "True", "equal", "different"),
        ("nan", "nan", "not equal", "same"),
        ("1", "1.0", "equal", "same"),
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "equal", "same"),
        ("[1]", "(1,)", "not equal", "different"),
    ],
)
def test_comparison(one, other, python, judge):
    assert views.comparison(one, other) == (one, other, python, judge)


@pytest.mark.parametrize("output", ["0", "2", "12", "'x'", "nan"])
@pytest.mark.parametrize("program", [REST, "def f(a):\n    return 'x'", "def f(a):\n    return 1 // 0"])
def test_preimages_are_drawn_whatever_the_output(executor, program, output):
    assert to_png(views.preimages(program, output, range(-6, 16), executor))


def test_preimages_are_counted(executor):
    picture = views.preimages(REST, "2", range(-6, 16), executor)
    assert picture.axes[0].get_title(loc="left") == "f(?) => 2: 7 of 22 inputs are right answers"


def test_pairs(executor):
    task = views.tasks_of(REST, INPUTS, executor)["induction"]
    table = "def f(a):\n    return {7: 2, 2: 4, 3: 0}[a]"
    assert views.pair_marks(task, table, executor) == [True] * 3 + [False] * 3
    assert views.pair_marks(task, "no program", executor) == [False] * 6
    assert to_png(views.pairs_picture(task, {"table": table, "nothing": "def f(a):\n    pass"}, executor))


def test_statements_are_counted(executor):
    loop = "def f(a):\n    b = 0\n    for i in range(a):\n        b += i\n    return b"
    assert views.statements_run(loop, [0, 10], executor) == (3 + 13) / 2
    recursive = "def f(a):\n    if a > 0:\n        return f(a - 1)\n    return 0"
    assert views.statements_run(recursive, [3], executor) == 8


def test_inputs_tried_is_the_mean_over_random_orders():
    assert views.inputs_tried([1] * 9) == 1 and views.inputs_tried(list(range(9))) == 5
    assert views.inputs_tried([0, 0, 1]) == pytest.approx((4 / 3 + 4 / 3 + 2) / 3)


def test_the_library_goes_from_simple_to_less_simple_and_agrees_with_its_texts(executor):
    library = views.library()
    assert library[0][0] == "a" and len({text for text, _ in library}) == len(library) > 1000
    for text, value in library[::97]:
        found = views.outputs_of(views.as_program(text), range(12), executor)
        assert found == [value(number) for number in range(12)], text


def test_costs(executor):
    rows = {
        "parity": views.costs("def f(a):\n    return a % 2", executor),
        "powers": views.costs("def f(a):\n    return 2 ** a % 101", executor),
    }
    assert rows["parity"][1] < 2 < 50 < rows["powers"][1]
    assert rows["parity"][2].right and not rows["powers"][2].right
    assert to_png(views.costs_picture(rows))
