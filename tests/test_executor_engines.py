"""The engines: the same outcomes from each, hostile programs and calls, two hash seeds, and nothing left behind."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azr_nb.executor import EngineUnavailable, Executor, Job, Limits, Outcome
from azr_nb.executor.checks import check_program, readable_call
from azr_nb.executor.core import agreed
from azr_nb.executor.cpython import CPythonEngine
from azr_nb.executor.engines import AutoEngine
from azr_nb.executor.lane import read_reply
from azr_nb.programs.values import parse_value, repr_value, same

FORK = hasattr(os, "fork")
needs_fork = pytest.mark.skipif(not FORK, reason="the cpython engine needs fork")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc: Linux only")
NAMES = [pytest.param("monty"), pytest.param("cpython", marks=needs_fork), pytest.param("auto", marks=needs_fork)]
LIMITS = Limits(seconds=0.5)
DOUBLE = "def f(a):\n    return a * 2"
LOOP = "def f(a):\n    while True:\n        pass"
# the system's functions, as a hostile program finds them
BACK_DOOR = """class o:
    pass
for c in object.__subclasses__():
    if c.__name__ == '_wrap_close':
        for k, v in c.__init__.__globals__.items():
            setattr(o, k, staticmethod(v) if callable(v) else v)
"""


@pytest.fixture(scope="module")
def engines():
    """One executor per engine, started when a test first runs something on it."""
    made = {name: Executor(name, LIMITS) for name in (("monty", "cpython", "auto") if FORK else ("monty",))}
    yield made
    for one in made.values():
        one.__exit__(None, None, None)


def outcomes(executor, program, *calls):
    return executor.run([Job(program, calls or ["3"])])[0].outcomes


# --- the same outcomes from each engine ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "program, call, value",
    [
        (DOUBLE, "'ab'", "abab"),
        ("def g(x):\n    return x + 1\ndef f(a, b=2):\n    return g(a) * b", "3, b=5", 20),
        (
            "class P:\n    def __init__(self, x):\n        self.x = x\ndef f(a):\n    return P(a).x",
            "(1, None)",
            (1, None),
        ),
        ("import math\ndef f(a):\n    return math.floor(math.sqrt(a))", "17", 4),
        ("def f(a):\n    def g(n):\n        return 1 if n < 2 else n * g(n - 1)\n    return g(a)", "5", 120),
        ("def d(g):\n    return lambda a: g(a) + 1\n@d\ndef f(a):\n    return a", "1", 2),
        ("def f(a):\n    print('x' * 10**6)\n    return {k: [v] for k, v in a.items()}", "{'a': -1.5}", {"a": [-1.5]}),
        ("def repr(x):\n    return '6'\ndef f(a):\n    return a", "5", 5),
    ],
)
def test_honest_programs(engines, name, program, call, value):
    (outcome,) = outcomes(engines[name], program, call)
    assert outcome.status == "ok" and same(parse_value(outcome.text), value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "program, status, text",
    [
        ("def f(a):\n    return 1 / 0", "error", "ZeroDivisionError: "),
        ("def f(a):\n    return a.nothing", "error", "AttributeError: "),
        ("def f(a):\n    return f(a)", "error", "RecursionError: "),
        ("def f(a, b):\n    return a", "error", "TypeError: "),
        ("x = 1 / 0\ndef f(a):\n    return a", "error", "ZeroDivisionError: "),
        (LOOP, "timeout", ""),
        (
            "def f(a):\n    while True:\n        try:\n            f(a)\n        except:\n            pass",
            "timeout",
            "",
        ),
        ("def f(a):\n    return 'x' * 10**9", "memory", ""),
        ("def f(a):\n    return 'x' * 20001", "too_big", ""),
        ("def f(a):\n    return lambda: 1", "not_plain", ""),
        ("class A:\n    def __repr__(self):\n        return '3'\ndef f(a):\n    return [A()]", "not_plain", ""),
        ("def f(a):\n    b = []\n    b.append(b)\n    return b", "not_plain", ""),
    ],
)
def test_statuses(engines, name, program, status, text):
    begun = time.monotonic()
    (outcome,) = outcomes(engines[name], program)
    assert (outcome.status, outcome.text[: len(text)]) == (status, text)
    assert time.monotonic() - begun < LIMITS.seconds + 5  # on a busy machine too


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "program, status, word",
    [
        ("", "error", "empty"),
        ("# nothing\n", "error", "no function f"),
        ("\0", "error", "null byte"),
        ("def f(a:\n", "error", "SyntaxError"),
        ("def f(a):\n    return (a", "error", "never closed"),
        ("def f(a):\n    return '\ud800'", "error", "surrogate"),
        ("def g(a):\n    return a", "error", "no function f"),
        ("def f(a):\n    return " + "(" * 500, "error", "SyntaxError"),
        ("def f(a):\n    return " + "-" * 9000 + "1", "error", "nested"),
        ("def f(a):\n    return 1\ndef f(a):\n    return 2", "forbidden", "two functions"),
        ("async def f(a):\n    return a", "error", "async"),
        ("#" * 20001, "too_big", "20001"),
        ("if True:\n    def f(a):\n        return a", "error", "top level"),
    ],
)
def test_texts_that_are_no_programs(engines, name, program, status, word):
    (outcome,) = outcomes(engines[name], program)
    assert outcome.status == status and word in outcome.text
    assert check_program(program) == outcome


@pytest.mark.parametrize("name", NAMES)
def test_hostile_calls_are_not_run(engines, name):
    hostile = [
        "3)",
        "3) or (4",
        "3 # x",
        "3), f(4",
        "*[3]",
        "**{'a': 3}",
        "(lambda: 3)()",
        "a := 3",
        "3\n)\nf(4",
        "\0",
        "'\ud800",
        "[" * 300,
        "9" * 20001,
        "__import__('os')",
        "3" * 20001,
    ]
    found = outcomes(engines[name], DOUBLE, *hostile, "3", " [ 1,2 ] # two\n")
    statuses = [outcome.status for outcome in found]
    assert statuses == ["unparsable", "unparsable", "ok"] + ["unparsable"] * 12 + ["ok", "ok"]
    assert [found[i].text for i in (2, 15, 16)] == ["6", "6", "[1, 2, 1, 2]"]


@pytest.mark.parametrize("name", NAMES)
def test_order_is_kept_in_mixed_company(engines, name):
    wild = "import json\ndef f(a):\n    return json.loads(str(a)) + %d"
    programs = [(wild if i % 7 == 3 else "def f(a):\n    return a + %d") % i for i in range(45)]
    programs[11], programs[20] = LOOP, ""
    results = engines[name].run([Job(program, ["1", "'x'", "2"]) for program in programs])
    for i, result in enumerate(results):
        statuses = [outcome.status for outcome in result.outcomes]
        if i in (11, 20):
            assert set(statuses) == {"timeout" if i == 11 else "error"}
        else:
            assert [statuses[0], statuses[2]] == ["ok", "ok"] and statuses[1] == "error"
            assert [result.outcomes[0].text, result.outcomes[2].text] == [str(1 + i), str(2 + i)]
    assert results[20].engine == "checks" and {r.engine for r in results} <= {"checks", "monty", "cpython"}


@pytest.mark.parametrize("name", NAMES)
def test_no_calls_no_jobs(engines, name):
    assert engines[name].run([]) == []
    assert engines[name].run([Job(DOUBLE, [])])[0].outcomes == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        | st.frozensets(st.integers() | st.text(max_size=3), max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_values_come_back_the_same(engines, values):
    calls = [repr_value(value) for value in values]
    for executor in engines.values():
        for value, outcome in zip(values, outcomes(executor, "def f(a):\n    return a", *calls), strict=True):
            assert outcome.status == "ok" and same(parse_value(outcome.text), value)


# --- reading programs and calls --------------------------------------------------------------------------------------
@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="f()[]{},='\"\\#\n 19-.aT", max_size=12))
def test_a_call_that_is_readable_is_one_call_of_literals(text):
    canonical = readable_call(text)
    if canonical is not None:
        (statement,) = ast.parse(f"f({canonical})").body
        arguments = [*statement.value.args, *(keyword.value for keyword in statement.value.keywords)]
        assert len(arguments) == len(ast.parse(f"f({text}\n)").body[0].value.args) + len(statement.value.keywords)
        assert all(
            ast.unparse(node) == ast.unparse(ast.parse(repr_value(parse_value(ast.unparse(node)))).body[0].value)
            for node in arguments
        )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "program",
    [
        "import os\ndef f(a):\n    return 1",
        "import sys\ndef f(a):\n    return len({a})",
        "from . import x\ndef f(a):\n    return 1",
        "from os.path import join\ndef f(a):\n    return 1",
        "def f(a):\n    if a > 9:\n        import numpy\n    return 1",
    ],
)
def test_one_rule_for_imports_on_every_engine(engines, name, program):
    (outcome,) = outcomes(engines[name], program)
    assert outcome.status == "forbidden" and "may not import" in outcome.text


# --- two processes ---------------------------------------------------------------------------------------------------
WORDS = "['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta', 'iota', 'kappa']"
CHANCE = [
    "return list(set(a))",
    "return hash(a[0])",
    "return id(a)",
    "return set(a).pop()",
    "return list(dict.fromkeys(set(a)))",
    "return {x: 1 for x in set(a)}.popitem()",
    "return ''.join({*a[:2]})",
    "return min({*a[:2]}, key=bool)",
    "return str({*a[:2]})",
    "return list({'x': 1, 'y': 2}.keys() & {'x', 'y'})",
    "return next(iter(frozenset(a[:2])))",
    "return hash('a') % 2",
    "return hash(('a', 1)) & 1",
    "return id(a) % 4096 // 16",
    "return id(a) // 16 % 2",
    "return id(a) < id(a[0])",
    "return id(a) // 16 % 4",
    "return abs(id(a) - id(f))",
    "return id(a) ^ id(f)",
    "return repr(object())[-4:-1]",
    "return len(repr(f))",
    "class A:\n        pass\n    return len(repr(A()))",
    "return len(str([f]))",
    "return str(a.append)[-3:]",
    "return str(a.append)[-3]",
    "return repr(object())[-3]",
    "return repr(object().__str__)[-4]",
    "n = 0\n    def g():\n        nonlocal n\n        n += 1\n        g()\n"
    "    try:\n        g()\n    except RecursionError:\n        return n",
    "n = []\n    try:\n        while True:\n            n.append('x' * 10**6)\n"
    "    except MemoryError:\n        return len(n)",
]
STEADY = {
    "return set(a)": "ok",
    "return sorted(set(a))": "ok",
    "return list({3, 1, 2})": "ok",
    "return len(a) is 10": "ok",
    "return hash(7) + hash((1, 2.5)) + hash(frozenset({3}))": "ok",
    "return id(a) == id(a)": "ok",
    "return id(a) % 16": "ok",
    "return {1: len(set(a))}[2]": "error",
    "import heapq\n    return heapq.nsmallest(2, a)": "ok",
    "return {*a} == {*a[::-1]}": "ok",
    "class A:\n        def __hash__(self):\n            return 3\n    return hash(A())": "ok",
    "return max(set(a))": "ok",
    "s = set(a)\n    for x in s:\n        s.add(x + 'x')": "error",
}


@linux
def test_what_depends_on_chance_is_refused(engines):
    jobs = [Job(f"def f(a):\n    {body}", [WORDS]) for body in CHANCE]
    kept = [
        job.program
        for job, result in zip(jobs, engines["auto"].run(jobs), strict=True)
        if result.outcomes[0].status != "nondeterministic"
    ]
    assert not kept


@linux
def test_what_does_not_depend_on_chance_is_kept(engines):
    found = engines["auto"].run([Job(f"def f(a):\n    {body}", [WORDS]) for body in STEADY])
    assert [(r.outcomes[0].status, r.engine) for r in found] == [(status, "cpython") for status in STEADY.values()]


@linux
@pytest.mark.parametrize("depth, status", [(998, "ok"), (999, "error")])
def test_recursion_goes_as_deep_as_in_a_script(engines, depth, status):
    body = "return n and 1 + f(n - 1)"
    script = f"def f(n):\n    {body}\nf({depth})"
    plain = subprocess.run([sys.executable, "-c", script], capture_output=True).returncode
    assert (plain == 0) == (status == "ok")
    found = engines["auto"].run([Job(f"def f(n):\n    {body}", [str(depth)])], runs=1)[0]
    assert found.outcomes[0].status == status


@linux
def test_calls_in_one_process_see_what_the_first_left_behind(engines):
    counter = "n = 0\ndef f(a):\n    global n\n    n += a\n    return n"
    apart, together = engines["auto"].run([Job(counter, ["1", "2"]), Job(counter, ["1", "2"], times=2)])
    assert [o.text for o in apart.outcomes] == ["1", "2"]
    assert [o.status for o in together.outcomes] == ["nondeterministic"] * 2


@linux
def test_only_a_wanted_outcome_is_confirmed():
    coin = "def f(a):\n    return list(set(a))[0] if a else 1"
    with CPythonEngine() as engine:
        made = []
        engine._outcomes, outcomes_of = (
            lambda calls, *rest: made.append(len(calls)) or outcomes_of(calls, *rest),
            engine._outcomes,
        )
        jobs = [Job(coin, [WORDS]), Job(DOUBLE, ["4"])]
        refused = engine.run(jobs, LIMITS, wanted=lambda call, outcome: False)
        assert [r.outcomes[0].status for r in refused] == ["ok", "ok"]  # of one run; it was not what was wanted
        both = engine.run(jobs, LIMITS, wanted=lambda call, outcome: True)
        assert [r.outcomes[0].status for r in both] == ["nondeterministic", "ok"]
        assert made == [2, 2]
        engine.run(jobs, LIMITS)
        assert made == [2, 2]  # known by now


@needs_fork
def test_references_to_groups_are_replaced_as_python_does(engines):
    program = "import re\ndef f(a):\n    return re.sub('(a)', r'\\1_', a)"
    assert [o.text for o in outcomes(engines["auto"], program, "'ab'")] == ["'a_b'"]


@needs_fork
def test_a_poisoned_module_reaches_nobody(engines):
    poison = "import math\nmath.sqrt = lambda x: 7\nimport heapq\ndef f(a):\n    return 1"
    victim = "import math, heapq\ndef f(a):\n    return math.sqrt(a)"
    for name in ("cpython", "auto"):
        results = engines[name].run([Job(p, ["4"]) for p in [poison, victim, poison] * 8])
        assert [r.outcomes[0].text for r in results] == ["1", "2.0", "1"] * 8


@pytest.mark.parametrize(
    "first, second, both",
    [
        (("ok", "{1, 2}"), ("ok", "{2, 1}"), "ok"),
        (("ok", "[1, 2]"), ("ok", "[2, 1]"), None),
        (("error", "KeyError: 'a'"), ("error", "KeyError: 'b'"), "error"),
        (("error", "A: x"), ("error", "B: x"), None),
        (("ok", "1"), ("timeout", "slow"), "timeout"),
        (("ok", "1"), ("error", "A: x"), None),
    ],
)
def test_agreement_of_two_runs(first, second, both):
    outcome = agreed(Outcome(*first), Outcome(*second))
    assert (outcome and outcome.status) == both


# --- the CPython worker ----------------------------------------------------------------------------------------------
@needs_fork
def test_calls_get_fresh_globals_and_allowed_modules_work_without_files(engines):
    counter = "n = 0\ndef f(a):\n    global n\n    n += 1\n    return n"
    assert [o.text for o in outcomes(engines["cpython"], counter, "1", "1")] == ["1", "1"]
    lazy = (
        "import datetime, decimal, fractions, statistics, json, dataclasses, typing, enum, re, random\n"
        "def f(a):\n    d = datetime.datetime.strptime(a, '%Y-%m-%d').strftime('%a')\n"
        "    return [d, str(decimal.Decimal(1) / 3), str(fractions.Fraction(a[:2])), a.encode('utf-16').hex(),\n"
        "        '{:,}'.format(12345), '\\N{BULLET}', statistics.median([1]), random.Random(3).random()]"
    )
    (outcome,) = outcomes(engines["cpython"], lazy, "'2025-01-02'")
    assert outcome.status == "ok" and parse_value(outcome.text)[0] == "Thu"


@linux
@pytest.mark.parametrize("without", [(), ("namespaces",), ("namespaces", "landlock", "seccomp")])
def test_layers_are_told_and_each_can_be_missing(without):
    system = BACK_DOOR + "def f(a):\n    return %s"
    tries = ["o.open('/etc/passwd', 0)", "o.fork()", "o.listdir('/')", "o.kill(o.getppid(), 9)", "o.pipe()"]
    if "seccomp" in without:  # the limits are left: no new descriptors, and no new processes unless root asks
        tries = [tries[0], tries[4], *([tries[1]] if os.getuid() else [])]
    with CPythonEngine(1, without=without) as engine:
        layers = engine.layers()
        assert all(layers[name] == "off: switched off" for name in without)
        assert layers["fork"] is True and layers["rlimits"] is True
        statuses = [engine.run([Job(system % t, ["1"])], LIMITS)[0].outcomes[0].status for t in tries]
        assert statuses == ["error"] * len(tries)
        assert engine.run([Job(DOUBLE, ["2"])], LIMITS)[0].outcomes[0].text == "4"


def test_the_filter_lets_only_the_listed_calls_pass():
    """Runs the filter's own instructions, for both machines."""
    from struct import iter_unpack

    from azr_nb.executor import sandbox

    def verdict(code, machine, number, arguments=(0, 0, 0)):
        data = {0: number, 4: machine} | {16 + 8 * i: value for i, value in enumerate(arguments)}
        at, register = 0, 0
        while True:
            kind, true, false, constant = code[at]
            at += 1
            if kind == 0x20:
                register = data[constant]
            elif kind == 0x06:
                return {0x7FFF0000: "allow", 0x00050001: "refuse", 0x80000000: "kill"}[constant]
            else:
                test = {0x15: register == constant, 0x35: register >= constant, 0x45: register & constant}[kind]
                at += true if test else false

    for calls in sandbox._CALLS.values():
        code = list(iter_unpack("=HBBI", sandbox._filter(calls, 3)))
        audit, special = calls["audit"], {calls["write"], calls["mmap"], calls["mprotect"]}
        for number in range(500):
            expected = "allow" if number in calls["others"] else "refuse"
            if number not in special:
                assert verdict(code, audit, number) == expected
                assert verdict(code, audit, number + 0x40000000) == "refuse"
        for name in ("mmap", "mprotect"):
            assert verdict(code, audit, calls[name], (0, 0, 3)) == "allow"
            assert verdict(code, audit, calls[name], (0, 0, 5)) == "refuse"
        assert [verdict(code, audit, calls["write"], (fd, 0, 0)) for fd in (1, 3)] == ["refuse", "allow"]
        assert verdict(code, audit ^ 1, calls["write"], (3, 0, 0)) == "kill"


@needs_fork
def test_frames_from_a_child_are_hostile():
    def statuses(data, end=b"e", times=1, **rest):
        return [o.status for o in read_reply(data, end, times, LIMITS, **rest).outcomes]

    good = b"ro\0\0\0\x012" + b"e\0\0\0\x03E: "
    assert statuses(good, times=2) == ["ok", "error"] and statuses(good * 50, times=2) == ["ok", "error"]
    assert statuses(good, b"t", 2) == ["timeout", "timeout"]  # whatever it wrote before
    for bad in (b"", b"o\0\0\0\x012", b"r", b"ro", b"rx\0\0\0\x011", b"ro\xff\xff\xff\xff1", b"r" + b"\0" * 100):
        assert statuses(bad) == ["error"]
    assert "layer" in read_reply(b"", b"e", 1, LIMITS).outcomes[0].text
    assert "layer" not in read_reply(b"r", b"e", 1, LIMITS).outcomes[0].text
    assert statuses(b"ro\0\0\0\x02\xff\xfe") == ["error"] and statuses(b"r" * 99, flooded=True) == ["too_big"]
    assert statuses(b"ro\0\0\x75\x30" + b"1" * 30000) == ["too_big"]
    assert read_reply(b"rO\0\0\0\x012", b"e", 1, LIMITS).chance_seen


@needs_fork
@pytest.mark.parametrize(
    "body, status",
    [
        ("o.write(3, b'o\\0\\0\\0\\x019')\n    o._exit(0)", "ok"),  # it can say so of its own call anyway
        ("o.write(3, b'x' * 10**4)\n    o._exit(0)", "error"),
        ("o._exit(5)", "error"),
        ("o._exit(97)", "error"),
        ("\n    while True:\n        o.write(3, b'x' * 10**5)", "too_big"),
        ("o.close(3)\n    while True:\n        pass", ("error", "timeout")),
    ],
)
def test_a_child_that_writes_its_own_frames_changes_only_its_own_result(engines, body, status):
    program = f"{BACK_DOOR}def f(a):\n    {body}"
    bad, good = engines["cpython"].run([Job(program, ["1"]), Job(DOUBLE, ["2"])])
    assert bad.outcomes[0].status in (status if isinstance(status, tuple) else (status,))
    assert good.outcomes[0].text == "4"


@linux
def test_a_killed_zygote_is_replaced():
    with CPythonEngine(1) as engine:
        assert engine.run([Job(DOUBLE, ["2"])], LIMITS)[0].outcomes[0].text == "4"
        os.kill(engine.lanes()[0][0].pid(), signal.SIGKILL)
        assert engine.run([Job(DOUBLE, ["3"])], LIMITS)[0].outcomes[0].text == "6"


@needs_fork
def test_lanes_outlive_the_thread_that_first_used_them():
    from threading import Thread

    with CPythonEngine(1) as engine:
        thread = Thread(target=engine.run, args=([Job(DOUBLE, ["2"])], LIMITS))
        thread.start()
        thread.join()
        pid = engine.lanes()[0][0].pid()
        assert engine.run([Job(DOUBLE, ["3"])], LIMITS)[0].outcomes[0].text == "6"
        assert engine.lanes()[0][0].pid() == pid


@linux
@pytest.mark.parametrize("name", ["monty", "cpython", "auto"])
def test_an_interrupt_ends_a_batch_and_leaves_a_working_executor(engines, name):
    def interrupt(*_):
        raise KeyboardInterrupt

    loop = "import heapq\ndef f(a):\n    while True:\n        pass"
    outcomes(engines[name], DOUBLE)  # started, so that it is a batch that is interrupted
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            engines[name].run([Job(loop, ["1"]), Job(LOOP, ["1"])] * 20)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert outcomes(engines[name], DOUBLE)[0].text == "6"
    assert time.monotonic() - begun < 3 * LIMITS.seconds + 1


# --- choosing and ending ---------------------------------------------------------------------------------------------
def test_wrong_choices_are_named():
    with pytest.raises(ValueError, match="auto or monty, or cpython"):
        Executor("docker")
    with pytest.raises(ValueError, match="workers"):
        Executor(workers=0)
    for wrong in ({"seconds": 0}, {"seconds": float("nan")}, {"memory_mb": -1}, {"output_chars": "9"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Limits(**wrong)


def test_without_fork_the_engine_says_so_and_auto_goes_on(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with Executor("cpython") as executor, pytest.raises(EngineUnavailable, match="engine='monty'"):
        executor.run([Job(DOUBLE, ["1"])])
    with Executor("auto", LIMITS) as executor:
        results = executor.run([Job(DOUBLE, ["1"]), Job("def f(a):\n    return len({a})", ["1"]), Job(LOOP, ["1"])])
        assert [r.outcomes[0].status for r in results] == ["ok", "ok", "timeout"]
        assert {r.engine for r in results} == {"monty"}


@linux
@pytest.mark.parametrize("layer", ["seccomp"])
def test_auto_leaves_cpython_alone_where_its_sandbox_is_missing(monkeypatch, layer):
    monkeypatch.setattr(
        CPythonEngine, "layers", lambda self: {"rlimits": True, "no new privileges": True, layer: "off: x"}
    )
    with AutoEngine() as engine:
        assert engine.run([Job(DOUBLE, ["1"])], LIMITS)[0].engine == "monty"


# --- who sees what ---------------------------------------------------------------------------------------------------
def memory_of(pid: int) -> bytes:
    """All that a process can read of its own memory, as its parent reads it."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            area, rights = line.split()[:2]
            if "r" in rights and not line.rstrip().endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                first, last = (int(part, 16) for part in area.split("-"))
                try:
                    memory.seek(first)
                    parts.append(memory.read(last - first))
                except OSError:
                    continue
    return b"\0".join(parts)


@linux
def test_no_worker_holds_anything_but_the_program_that_it_runs(monkeypatch):
    """Markers in golds, earlier batches, neighbours and the parent's environment are in no worker's memory."""
    from threading import Thread

    from azr_nb.environments.python_programs.verifier import check, validate
    from azr_nb.tasks import Proposal

    monkeypatch.setenv("AZR_TEST_SECRET", "marker-of-environment")
    build = "def f(a):\n    return '-'.join(['marker', 'of', a])"
    with Executor("cpython", Limits(seconds=2)) as executor:
        tasks = [
            task
            for task, _ in validate([Proposal("induction", build, ("'gold'", "'sold'", "'told'", "'cold'"))], executor)
        ]
        assert "marker-of-told" in tasks[0].hidden[0][1]
        check(tasks, [build], executor)
        executor.run([Job("def f(a):\n    return a + 'marker-of-program'", ["'marker-of-input'"])])
        loop = "def f(a):\n    b = a + '-runs'\n    while True:\n        pass"
        jobs = [Job(loop, ["'marker-of-what'"]), Job(loop + "\n    'marker-of-neighbour'", ["'x'"])]
        batch = Thread(target=lambda: executor.run(jobs), daemon=True)
        batch.start()
        deadline, running, seen = time.monotonic() + 10, set(), {}
        while not running and time.monotonic() < deadline:
            time.sleep(0.1)
            try:
                seen = {pid: memory_of(pid) for pid in workers_of(os.getpid())}
            except OSError as error:
                pytest.skip(f"the memory of other processes cannot be read here: {error}")
            running = {pid for pid, memory in seen.items() if b"marker-of-what-runs" in memory}
        batch.join(60)
    assert running and len(seen) >= 4, "the one thing that has to be found was not found"
    assert b"encodings" in min(seen.values(), key=len)
    marks = (
        b"of-environment",
        b"of-gold",
        b"of-told",
        b"of-cold",
        b"of-program",
        b"of-input",
        b"of-neighbour",
        b"'told'",
    )
    assert not [(pid, mark) for pid, memory in seen.items() for mark in marks if mark in memory]


@linux
def test_an_answer_that_searches_memory_finds_no_gold():
    """An induction answer that looks for its task's pairs in all memory it can map is wrong like any other."""
    from azr_nb.environments.python_programs.verifier import check, validate
    from azr_nb.tasks import Proposal

    search = """def f(a):
    found = []
    names = {}
    for c in object.__subclasses__():
        if c.__name__ == 'CDLL':
            names = c.__init__.__globals__
    if names:
        import re
        libc = names['CDLL'](None)
        libc.sbrk.restype = names['c_void_p']
        end = libc.sbrk(0)
        block = names['string_at'](end - 65536, 65536)
        found = re.findall(rb'[0-9]{3,}', block)
    for size in range(8, 4096, 8):
        found += re.findall(rb'[0-9]{3,}', bytes(bytearray(size))) if names else []
    return [int(x) for x in found][-1] if found else 0"""
    hide = "def f(a):\n    return a * 7919 % 1009"
    with Executor("cpython", LIMITS) as executor:
        ((task, _),) = validate([Proposal("induction", hide, tuple(map(str, range(11, 17))))], executor)
        assert check([task], [hide], executor)[0].ok
        assert not check([task], [search], executor)[0].ok


@linux
@pytest.mark.parametrize(
    "poison, victim, call, right",
    [
        (
            "import collections\ndef f(a):\n    collections.UserDict.register(list)\n    return %d",
            "import collections\ndef f(a):\n    return isinstance(a, collections.UserDict)",
            "[1]",
            "False",
        ),
        (
            "from typing import Iterable\ndef f(a):\n    Iterable.register(int)\n    return %d",
            "from typing import Iterable\ndef f(a):\n    return isinstance(3, Iterable)",
            "[1]",
            "False",
        ),
        (
            "from fractions import Fraction\ndef f(a):\n    Fraction.register(str)\n    return {%d}",
            "from fractions import Fraction\ndef f(a):\n    return Fraction(1, 2) == 'x'",
            "1",
            "False",
        ),
        (
            "import re\ndef f(a):\n    re.sub = lambda *x: 'poison'\n    return %d",
            "import re\ndef f(a):\n    return re.sub('a', 'b', a)",
            "'a'",
            "'b'",
        ),
        (
            "def f(a):\n    def g():\n        yield ('{0.g' + 'i_frame.f_back.f_back.f_back.f_locals}').format(it)\n"
            "    it = g()\n    return len(next(it)) > 99999 or %d",
            "def f(a):\n    return 'neighbour'",
            "1",
            "'neighbour'",
        ),
    ],
)
@pytest.mark.parametrize("name", ["cpython", "auto", "monty"])
def test_no_program_changes_what_another_one_sees(engines, name, poison, victim, call, right):
    jobs = (
        [Job(poison % i, ["1"]) for i in range(4)]
        + [Job(victim, [call])]
        + [Job(poison % i, ["1"]) for i in range(4, 8)]
    )
    found = engines[name].run(jobs)[4].outcomes[0]
    assert found.text == right or (name == "monty" and found.status in ("error", "unsupported"))


def workers_of(pid: int) -> set[int]:
    """All living descendants of a process."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                parents[int(name)] = int(parent)
    found, front = set(), {pid}
    while front:
        front = {child for child, parent in parents.items() if parent in front} - found
        found |= front
    return found


def alive(pids: set[int]) -> set[int]:
    living = set()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] != "Z":
                    living.add(pid)
        except OSError:
            pass
    return living


@linux
@pytest.mark.parametrize("name", ["monty", "cpython", "auto"])
def test_no_worker_outlives_a_killed_parent(name):
    script = f"""
        from azr_nb.executor import Executor, Job, Limits
        loop = "import heapq\\ndef f(a):\\n    while True:\\n        pass"
        plain = "def f(a):\\n    while True:\\n        pass"
        with Executor({name!r}, Limits(seconds=1.5)) as executor:
            executor.run([Job("def f(a):\\n    return len({{a}})", ["1"])])
            print("ready", flush=True)
            executor.run([Job(loop, ["1"]), Job(plain, ["1"])] * 4)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE)
    try:
        assert parent.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        workers = workers_of(parent.pid)
        assert workers
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    deadline = time.monotonic() + 2.5
    while alive(workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(workers)


@linux
def test_nothing_is_left_behind():
    before = workers_of(os.getpid())
    files = len(os.listdir("/proc/self/fd"))
    with Executor("auto", LIMITS) as executor:
        executor.run([Job("def f(a):\n    return len({a})", ["1"]), Job(LOOP, ["1"])])
        assert workers_of(os.getpid()) > before
    assert workers_of(os.getpid()) <= before
    assert len(os.listdir("/proc/self/fd")) <= files + 1


@linux
def test_start_is_lazy_and_small():
    with Executor("auto", LIMITS) as executor:
        before = workers_of(os.getpid())
        begun = time.perf_counter()
        executor.run([Job(DOUBLE, ["1"])])
        started = workers_of(os.getpid()) - before
        assert time.perf_counter() - begun < 5.0 and 2 <= len(started) <= 4  # measured 0.14 s
        executor.run([Job("def f(a):\n    return list({a, 'x', 'y'})", ["'z'"])])  # the third worker
        kilobytes = 0
        for pid in workers_of(os.getpid()) - before:
            with open(f"/proc/{pid}/status") as file:
                kilobytes += next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        assert kilobytes < 100 * 1024
