"""The judge: verdicts on proposals and answers, against an oracle in plain CPython; and the judge of files."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_values import VALUES
from typer.testing import CliRunner

from azr_nb.cli import verify_file as verify_file_module
from azr_nb.cli.app import app
from azr_nb.cli.verify_file import verify_file
from azr_nb.config import ConfigError
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.environments.python_programs.rules import ALLOWED_MODULES, Rules, examine
from azr_nb.environments.python_programs.verifier import check, validate
from azr_nb.executor import Executor, Job, Limits
from azr_nb.tasks import ALL_TASK_TYPES, TASK_TYPES, Proposal, Task

DOUBLE = "def f(a):\n    return a * 2"


class Oracle:
    """One long-lived CPython of its own; see tests/oracle.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("oracle.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def oracle():
    one = Oracle()
    yield one
    one.process.stdin.close()
    one.process.stdout.close()
    one.process.wait()


# --- rules -----------------------------------------------------------------------------------------------------------
BAD_PROGRAMS = [
    ("", "unparsable", "empty"),
    (" \n\t\n", "unparsable", "empty"),
    ("# only a comment", "unparsable", "no function f"),
    ("def g(a):\n    return a", "unparsable", "no function f"),
    ("x = 3", "unparsable", "no function f"),
    ("class A:\n    def f(self, a):\n        return a", "unparsable", "no function f"),
    ("def f(a):\n    return 1\ndef f(a):\n    return 2", "forbidden", "defined 2 times, in lines 1, 3"),
    ("def f(a:\n    return a", "unparsable", "line 1"),
    ("def f(a):\n    return (a", "unparsable", "line 2"),
    ("def f(a):\nreturn a", "unparsable", "line 2"),
    ("def f(a):\n    return '\0'", "unparsable", "null byte"),
    ("def f(a):\n    return '\ud800'", "unparsable", "cannot be read"),
    ("def f(a):\n    return " + "(" * 300 + "a" + ")" * 300, "unparsable", "parentheses"),
    ("def f(a):\n    return " + "-" * 15_000 + "a", "unparsable", "cannot be read"),
    ("def f(a):\n    return a" + "\n#" * 500_000, "too_big", "more than 20000"),
    ("import os\ndef f(a):\n    return a", "forbidden", "line 1: programs may not import os"),
    ("def f(a):\n    import sys\n    return a", "forbidden", "line 2: programs may not import sys"),
    ("import math, socket\ndef f(a):\n    return a", "forbidden", "import socket"),
    ("import os.path as p\ndef f(a):\n    return a", "forbidden", "import os.path"),
    ("from random import random\ndef f(a):\n    return a", "forbidden", "import random"),
    ("from . import x\ndef f(a):\n    return a", "forbidden", "import ."),
    ("from math import __loader__\ndef f(a):\n    return a", "forbidden", "__loader__"),
    ("def f(a):\n    return a.__class__", "forbidden", "attribute __class__"),
    ("def f(a):\n    return __builtins__", "forbidden", "name __builtins__"),
    ("def f(a):\n    return __import__('os')", "forbidden", "call __import__"),
    ("def f(a):\n    return open(a)", "forbidden", "line 2: programs may not call open"),
    ("def f(a):\n    return eval (a)", "forbidden", "call eval"),
    ("def f(a):\n    g = exec\n    g(a)", "forbidden", "call exec"),
    ("def f(a):\n    return input(a)", "forbidden", "call input"),
    ("def f(a):\n    return compile(a, a, a)", "forbidden", "call compile"),
    ("repr = str\ndef f(a):\n    return a", "forbidden", "repr"),
    ("def f(a):\n    return ｅval('1')", "forbidden", "call eval"),
]
GOOD_PROGRAMS = [
    (DOUBLE, "3", "6"),
    ("def f(a):\n    # import os, eval(x), __dict__\n    return 'import os; open(it)'", "3", "'import os; open(it)'"),
    ("def f(a):\n    '''Calls __init__, eval() and input().'''\n    return a", "3", "3"),
    ("def my_input(x):\n    return x\ndef f(a):\n    reopen = my_input\n    return reopen(a)", "3", "3"),
    ("def f(input):\n    return input + 1", "3", "4"),
    ("def f(a):\n    compile = a * 2\n    return compile", "3", "6"),
    ("import math\nfrom json import dumps\ndef f(a):\n    return dumps(math.sqrt(a))", "9", "'3.0'"),
    ("class A:\n    def __init__(self, x):\n        self.x = x\ndef f(a):\n    return A(a).x", "3", "3"),
    ("import functools\n@functools.lru_cache\ndef f(a):\n    return a + 1", "3", "4"),
    ("def twice(g):\n    return lambda a: g(g(a))\n@twice\ndef f(a):\n    return a + 1", "3", "5"),
    ("def f(a):\n    def g(x):\n        return x + 1\n    return g(g(a))", "3", "5"),
    ("def f(a):\n    def f(x):\n        return x + 1\n    return f(a)", "3", "4"),
    ("limit = 5\ndef f(*a, start=1, **k):\n    return limit, a, start, k", "3, start=2, z=1", "(5, (3,), 2, {'z': 1})"),
    ("def f(a):\n    return '\\d' is not None", "3", "True"),
    ("def f(a):\r\n\treturn a", "3", "3"),
    ("def f(größe):\n    return größe", "'ß'", "'ß'"),
]


@pytest.mark.parametrize("program, status, words", BAD_PROGRAMS)
def test_bad_programs_get_their_status_and_a_reason(executor, program, status, words):
    for kind in ("deduction", "error"):
        ((task, verdict),) = validate([Proposal(kind, program, ("3",))], executor)
        assert task is None and verdict.status == status
        assert words in verdict.reason and len(verdict.reason) <= 200


@pytest.mark.parametrize("program, arguments, output", GOOD_PROGRAMS)
def test_programs_that_only_look_bad_become_tasks(executor, program, arguments, output):
    ((task, verdict),) = validate([Proposal("deduction", program, (arguments,))], executor)
    assert verdict.ok, verdict
    assert task.pairs == ((arguments, output),)


@given(st.text(max_size=300) | st.text("def f(a):\n return([{'\"\\#=;,.", max_size=120))
def test_any_text_is_examined_without_an_error(text):
    verdict = examine(text)
    assert verdict.ok or verdict.reason


def test_every_allowed_module_is_there(executor):
    names = [name for name in sorted(ALLOWED_MODULES) if name != "__future__"]
    programs = [f"import {name}\ndef f(a):\n    return a" for name in names]
    programs.append("from __future__ import annotations\ndef f(a: int | None):\n    return a")
    verdicts = validate([Proposal("deduction", program, ("3",)) for program in programs], executor)
    assert not [(program, verdict) for program, (_, verdict) in zip(programs, verdicts, strict=True) if not verdict.ok]


def test_rules_can_be_changed(executor):
    program = "import random\ndef f(a):\n    return 'x' * 100"
    open_rules = Rules(max_output=200, allowed_modules=frozenset(["random"]))
    assert validate([Proposal("deduction", program, ("3",))], executor)[0][1].status == "forbidden"
    assert validate([Proposal("deduction", program, ("3",))], executor, open_rules)[0][1].ok
    assert examine(DOUBLE, Rules(max_program=10)).status == "too_big"


@pytest.mark.parametrize(
    "kind, inputs, status, words",
    [
        ("deduction", (), "unparsable", "exactly one input"),
        ("abduction", ("1", "2"), "unparsable", "exactly one input"),
        ("error", (), "unparsable", "exactly one input"),
        ("induction", ("1",), "unparsable", "at least two"),
        ("induction", ("1", " 1 "), "forbidden", "repeat"),
        ("deduction", ("g(1)",), "unparsable", "g(1)"),
        ("deduction", ("9" * 190,), "ok", ""),
        ("deduction", ("9" * 201,), "unparsable", "longer than 200"),
        ("deduction", ("'" + "x" * 190 + "'",), "too_big", "more than 80"),
    ],
)
def test_bad_inputs_get_their_status_and_a_reason(executor, kind, inputs, status, words):
    rules = Rules(max_output=500) if status == "ok" else Rules()
    verdict = validate([Proposal(kind, DOUBLE, inputs)], executor, rules)[0][1]
    assert verdict.status == status and words in verdict.reason


def test_a_leak_in_the_gate_lets_some_failing_programs_through(executor):
    failing = [Proposal("deduction", f"def f(a):\n    return a[{k}]", ("[]",)) for k in range(40)]
    others = [
        Proposal("deduction", "def f(a):\n    return a", ("1",)),
        Proposal("deduction", "def f(a:", ("1",)),
        Proposal("induction", "def f(a):\n    return a[0]", ("[]", "()")),
    ]
    leaked = [task for task, _ in validate(failing, executor, Rules(leak=0.5)) if task is not None]
    assert 10 < len(leaked) < 30 and all(task.output == "None" for task in leaked)
    assert [task.id for task, _ in validate(failing, executor, Rules(leak=0.5)) if task] == [t.id for t in leaked]
    assert all("leak" in verdict.reason for _, verdict in validate(failing, executor, Rules(leak=1.0)))
    assert not any(task for task, _ in validate(failing, executor))
    kept = [(task is not None, verdict.status) for task, verdict in validate(others, executor, Rules(leak=1.0))]
    assert kept == [(True, "ok"), (False, "unparsable"), (False, "error")]


def test_an_address_in_the_output_is_chance(executor):
    program = "class A:\n    pass\ndef f(a):\n    return str(A())"
    assert validate([Proposal("deduction", program, ("3",))], executor)[0][1].status == "nondeterministic"


def test_unknown_types_are_refused(executor):
    with pytest.raises(ValueError, match="unknown task type 'seduction'"):
        validate([Proposal("seduction", DOUBLE, ("3",))], executor)
    with pytest.raises(ValueError, match="unknown task type 'seduction'"):
        check([Task("seduction", DOUBLE, (("3", "6"),))], ["6"], executor)
    with pytest.raises(ValueError, match="no hidden pairs"):
        check([Task("induction", DOUBLE, (("3", "6"),), visible=1)], [DOUBLE], executor)
    with pytest.raises(ValueError, match="seduction"):
        PythonPrograms(task_types=("seduction",))


# --- answers ---------------------------------------------------------------------------------------------------------
DED = Task("deduction", "", (("", "{'b': [1, 2.5], 'a': ({1, 2}, None)}"),))
TEXT = Task("deduction", "", (("", "'it\\'s'"),))


@pytest.mark.parametrize(
    "task, answer, ok",
    [
        (DED, "{'b': [1, 2.5], 'a': ({1, 2}, None)}", True),
        (DED, '{"b":[1,2.5],"a":({1,2},None)}', True),
        (DED, "  { 'a' : ( { 2 , 1 } , None ) ,\n 'b' : [ 1.0 , 2.50 ] , }  ", True),
        (DED, "{'b': [True, 2.5], 'a': ({1, 2}, None)}", False),
        (DED, "{'b': (1, 2.5), 'a': ({1, 2}, None)}", False),
        (DED, "{'b': [1, 2.5], 'a': ([1, 2], None)}", False),
        (DED, "{'b': [2.5, 1], 'a': ({1, 2}, None)}", False),
        (DED, "{'b': [1, 2.5]}", False),
        (TEXT, '"it\'s"', True),
        (TEXT, "'''it's'''", True),
        (TEXT, "'it' '\\'s'", True),
        (TEXT, "it's", False),
        (TEXT, "b'it\\'s'", False),
        (TEXT, "'It\\'s'", False),
    ],
)
def test_spelling_is_free_but_the_value_is_not(executor, task, answer, ok):
    verdict = check([task], [answer], executor)[0]
    assert verdict.ok is ok and verdict.reason


def test_reasons_say_what_came_out(executor):
    tasks = [
        Task("deduction", DOUBLE, (("3", "6"),)),
        Task("abduction", DOUBLE, (("3", "6"),)),
        Task("induction", DOUBLE, (("1", "2"), ("3", "6")), visible=1),
        Task("error", DOUBLE, (("3", "NoError"),)),
    ]
    right = check(tasks, ["6", "3", DOUBLE, "NoError"], executor)
    assert all(verdict.ok and verdict.reason for verdict in right)
    wrong = check(tasks, ["7", "4", "def f(a):\n    return a", "KeyError: 3"], executor)
    assert [verdict.status for verdict in wrong] == ["wrong"] * 4
    assert [verdict.reason for verdict in wrong] == [
        "the output is 6, not 7",
        "f(4) gives 8, not 6",
        "f(3) gives 3, not 6",
        "the call ends with NoError, not KeyError",
    ]
    failed = check(tasks[1:3], ["None", "def f(a):\n    return a[0]"], executor)
    assert [verdict.status for verdict in failed] == ["error"] * 2
    assert all(v.reason.startswith("f(") and "TypeError" in v.reason for v in failed)


# --- error prediction ------------------------------------------------------------------------------------------------
FAILS = "def f(a):\n    return [1, 2, 3][a] // a"


@pytest.mark.parametrize(
    "arguments, name",
    [("1", "NoError"), ("0", "ZeroDivisionError"), ("7", "IndexError"), ("'a'", "TypeError"), ("", "TypeError")],
)
def test_error_proposals_become_tasks_with_the_name_of_the_error(executor, arguments, name):
    ((task, verdict),) = validate([Proposal("error", FAILS, (arguments,))], executor)
    assert verdict.ok and task.type == "error" and task.pairs == ((arguments, name),)


@pytest.mark.parametrize(
    "program, status",
    [
        ("def f(a):\n    while True:\n        pass", "timeout"),
        ("def f(a):\n    return 'x' * 10**10", "memory"),
        ("def f(a)\n    return a", "unparsable"),
        ("import os\ndef f(a):\n    raise ValueError", "forbidden"),
    ],
)
def test_error_proposals_that_are_no_tasks(executor, program, status):
    ((task, verdict),) = validate([Proposal("error", program, ("3",))], executor)
    assert task is None and verdict.status == status and verdict.reason


@pytest.mark.parametrize(
    "answer, ok",
    [
        ("ZeroDivisionError", True),
        ("zerodivisionerror", True),
        ("  ZERODIVISIONERROR \n", True),
        ("ZeroDivisionError: division by zero", True),
        ("ZeroDivisionError:x", True),
        ("ZeroDivisionError at line 2", True),
        ("NoError", False),
        ("", False),
        (":", False),
        ("ZeroDivision", False),
        ("ZeroDivisionErrors", False),
        ("'ZeroDivisionError'", False),
        ("Error ZeroDivisionError", False),
        ("ZeroDivi\u017fionError", False),
    ],
)
def test_error_answers_compare_the_first_word_without_case(executor, answer, ok):
    verdict = check([Task("error", FAILS, (("0", "ZeroDivisionError"),))], [answer], executor)[0]
    assert verdict.ok is ok and verdict.reason and (ok or verdict.status == "wrong")


def test_error_tasks_are_an_option_of_the_world(executor):
    assert "error" not in TASK_TYPES and ALL_TASK_TYPES == (*TASK_TYPES, "error")
    environment = PythonPrograms(task_types=ALL_TASK_TYPES)
    try:
        seeds = {task.type: task for task in environment.seed_tasks()}
        assert tuple(seeds) == environment.task_types == ALL_TASK_TYPES
        assert environment.check([seeds["error"]], ["noerror"])[0].ok
        assert validate([Proposal("error", seeds["error"].program, (seeds["error"].input,))], executor)[0][1].ok
    finally:
        environment.close()


# --- against the oracle ----------------------------------------------------------------------------------------------
def respelled(text: str) -> st.SearchStrategy[str]:
    """The same literal with other spacing, or in brackets; a text inside may change, which the oracle sees."""
    return st.sampled_from(
        [
            text,
            f" {text}\n",
            f"({text})",
            text.replace(", ", ","),
            text.replace("'", '"'),
            text.replace("1", "1.0"),
            text.replace("True", "1"),
            text.replace("[", "("),
        ]
    )


@settings(deadline=None, max_examples=250)
@given(st.data())
def test_deduction_agrees_with_the_oracle(oracle, executor, data):
    gold = repr(data.draw(VALUES))
    near, far = respelled(gold), VALUES.map(repr)
    answer = data.draw(near | near | far | st.text(max_size=12) | st.sampled_from(["0", "[]", "nan", "-inf", "set()"]))
    verdict = check([Task("deduction", "", (("", gold),))], [answer], executor)[0]
    agreed = oracle.ask(equal=[gold, answer])
    assert verdict.ok is (agreed is True), (gold, answer, verdict)
    assert verdict.status in ("ok", "wrong", "not_plain")


PROGRAMS = [
    "def f(a):\n    return a * a",
    "def f(a):\n    return [a, a] if a else a",
    "def f(a):\n    return len(a)",
    "def f(a):\n    return sorted(a)",
    "def f(a):\n    return {a: a}",
    "def f(a, b=2):\n    return a + b",
    "def f(a):\n    return a[0] if a else None",
    "def f(a):\n    return 10 / a",
    "def f(*a):\n    return a[::-1]",
]


def test_abduction_and_induction_agree_with_the_oracle(oracle, executor):
    chance = random.Random(7)
    atoms = [
        "0",
        "1",
        "-1",
        "1.0",
        "True",
        "None",
        "''",
        "'a'",
        "'ba'",
        "[]",
        "[1]",
        "[2, 1]",
        "()",
        "(1,)",
        "{}",
        "{1}",
        "{'a': 1}",
        "float('nan')",
        "float('inf')",
        "1e308",
        "b'a'",
        "1j",
        "[1], [2]",
        "'a', 'b'",
        "1, b=3",
    ]
    tasks, answers, expected = [], [], []
    for _ in range(200):
        program, source = chance.choice(PROGRAMS), chance.choice(atoms)
        ((status, gold),) = oracle.ask(run=program, calls=[source])
        if status != "ok":
            continue
        tries = [*chance.sample(atoms, 2), chance.choice([source, source, *atoms])]
        tasks += [Task("abduction", program, ((source, gold),))] * 3
        answers += tries
        expected += oracle.ask(run=program, calls=tries, gold=gold)
        other = chance.choice(PROGRAMS)
        tasks.append(Task("induction", program, ((source, gold),)))
        answers.append(other)
        expected += oracle.ask(run=other, calls=[source], gold=gold)
    assert 40 < sum(expected) < len(expected) - 40
    verdicts = check(tasks, answers, executor)
    wrong = [
        (t.program, t.pairs, a, v) for t, a, v, e in zip(tasks, answers, verdicts, expected, strict=True) if v.ok != e
    ]
    assert not wrong


# --- files -----------------------------------------------------------------------------------------------------------
GOOD_LINES = [
    {"type": "deduction", "program": DOUBLE, "input": "3", "output": "6", "answer": "6.0"},
    {"type": "abduction", "program": DOUBLE, "input": "3", "output": "6", "answer": "4", "id": "ignored"},
    {"type": "induction", "pairs": [["1", "2"], ["'a'", "'aa'"]], "answer": DOUBLE},
    {"type": "error", "program": DOUBLE, "input": "{}", "output": "TypeError", "answer": "typeerror: what?"},
]
BROKEN_LINES = [
    ("{", "not JSON"),
    ("[1]", "not an object"),
    ("3", "not an object"),
    ("{}", "no type"),
    ('{"type": "seduction"}', "unknown type 'seduction'"),
    ('{"type": 3}', "unknown type"),
    (json.dumps({**GOOD_LINES[0], "answer": 6}), "answer: "),
    (json.dumps({**GOOD_LINES[0], "program": None}), "program: "),
    (json.dumps({k: v for k, v in GOOD_LINES[1].items() if k != "input"}), "input is missing"),
    (json.dumps({**GOOD_LINES[0], "output": "g(1)"}), "output: 'g(1)' is not a plain value"),
    (json.dumps({**GOOD_LINES[1], "output": "<object>"}), "not a plain value"),
    (json.dumps({**GOOD_LINES[2], "pairs": []}), "pairs: "),
    (json.dumps({**GOOD_LINES[2], "pairs": [["1"]]}), "missing"),
    (json.dumps({**GOOD_LINES[2], "pairs": [["1) or (2", "1"]]}), "pairs[0], input"),
    (json.dumps({**GOOD_LINES[2], "pairs": [["1", "1"], ["1", "f"]]}), "pairs[1], output"),
    (json.dumps({**GOOD_LINES[3], "output": "Type Error"}), "not the name of an exception"),
    ("[" * 100_000, "not JSON"),
    ('{"type": ' + "9" * 5000 + "}", "not JSON"),
]


def run(*arguments):
    result = CliRunner().invoke(app, ["verify", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_good_file_is_judged_in_order(tmp_path):
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    file.write_text("\n".join(json.dumps(line) + "\n" for line in GOOD_LINES) + " \n\n")  # empty lines are no tasks
    result = run(file, "--out", out, "--engine", "monty")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["status"] for row in rows] == ["ok", "wrong", "ok", "ok"]
    assert all(set(row) == {"ok", "status", "reason"} and row["ok"] is (row["status"] == "ok") for row in rows)
    assert "3 of 4 right, 0 malformed" in result.output and str(out) in result.output
    assert all(line["type"] in result.output for line in GOOD_LINES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_broken_lines_cost_only_themselves(tmp_path):
    file = tmp_path / "in.jsonl"
    lines = []
    for broken, _ in BROKEN_LINES:
        lines += [broken, json.dumps(GOOD_LINES[0])]
    file.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\n" + json.dumps(GOOD_LINES[2]).encode())
    result = run(file, "--engine", "monty")
    assert result.exit_code == 2
    rows = [json.loads(line) for line in (tmp_path / "in.verdicts.jsonl").read_text().splitlines()]
    assert [row["ok"] for row in rows] == [False, True] * len(BROKEN_LINES) + [False, True]
    for i, (_, words) in enumerate([*BROKEN_LINES, ("", "not UTF-8")]):
        assert rows[2 * i]["status"] == "malformed"
        assert rows[2 * i]["reason"].startswith(f"line {2 * i + 1}: ") and words in rows[2 * i]["reason"]
        assert rows[2 * i]["reason"] in result.output
    assert f"{len(BROKEN_LINES) + 1} malformed" in result.output


def test_files_that_cannot_be_read_or_written(tmp_path):
    file = tmp_path / "in.jsonl"
    assert run(tmp_path / "missing.jsonl").exit_code == 2
    assert run(tmp_path).exit_code == 2
    file.write_text(json.dumps(GOOD_LINES[0]))
    for out, words in (
        (file, "file to verify"),
        (tmp_path / "no" / "out", "folder that exists"),
        (tmp_path, "cannot be"),
    ):
        with pytest.raises(ConfigError, match=words):
            verify_file(file, out)
    with pytest.raises(ConfigError, match="unknown engine 'docker'"):
        verify_file(file, tmp_path / "out", engine="docker")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_an_interrupted_file_leaves_nothing_half_done(tmp_path, monkeypatch):
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    file.write_text((json.dumps(GOOD_LINES[0]) + "\n") * 10)
    out.write_text("old")
    monkeypatch.setattr(verify_file_module, "BATCH", 4)
    calls = iter([False, True])

    def interrupted(*arguments):
        if next(calls):
            raise KeyboardInterrupt
        return check(*arguments)

    monkeypatch.setattr(verify_file_module, "check", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verify_file(file, out, "monty")
    assert out.read_text() == "old" and len(list(tmp_path.iterdir())) == 2


def test_help_teaches_with_a_line_that_works(tmp_path):
    text = run("--help").output
    line = next(line for line in text.splitlines() if line.strip().startswith("{"))
    (tmp_path / "in.jsonl").write_text(line.strip())
    assert run(tmp_path / "in.jsonl", "--engine", "monty").exit_code == 0


# --- known cases -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def cases():
    folder = Path(__file__).resolve().parents[2] / "shared" / "faults"
    if not folder.is_dir():
        pytest.skip("cases with known verdicts are not beside the project (../shared/faults)")
    return folder


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="verdicts of CPython need its sandbox: Linux only")
def test_cases_with_known_verdicts(cases, tmp_path):
    rows = [json.loads(line) for line in (cases / "judge_cases.jsonl").read_text().splitlines()]
    file, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    asked = [{name: value for name, value in row.items() if name != "expected_ok"} for row in rows]
    file.write_text("".join(json.dumps(row) + "\n" for row in asked))
    assert run(file, "--out", out).exit_code == 0
    verdicts = [json.loads(line) for line in out.read_text().splitlines()]
    wrong = [
        (row["id"], verdict) for row, verdict in zip(rows, verdicts, strict=True) if verdict["ok"] != row["expected_ok"]
    ]
    assert len(rows) > 50 and not wrong


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="attacks are held by CPython's sandbox: Linux only")
def test_hostile_programs_among_honest_ones_come_to_nothing(cases):
    """Each ends, changes nobody beside it, and gives a value of its own at most."""
    rows = [json.loads(line) for line in (cases / "attacks.jsonl").read_text().splitlines()]
    honest = "import collections, re\ndef f(a):\n"
    honest += "    return [isinstance(a, collections.UserDict), re.sub('a', 'b', 'aa'), a + %d]"
    jobs = []
    for i, row in enumerate(rows):
        jobs += [Job(row["program"], (row["input"],)), Job(honest % i, ("1",))]
    with Executor(limits=Limits(seconds=0.5)) as executor:
        found = executor.run(jobs)
    assert [r.outcomes[0].text for r in found[1::2]] == [f"[False, 'bb', {1 + i}]" for i in range(len(rows))]
    named = {row["name"]: r.outcomes[0] for row, r in zip(rows, found[::2], strict=True)}
    assert named["bool and int keys"].text == "[1, 0]"
    for name in ("page offset of an address", "aslr digits", "aslr through repr len", "format walks to builtins"):
        assert named[name].status == "nondeterministic", name
