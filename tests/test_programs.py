"""Programs as text: cleaned, renamed, measured and composed, on small cases, by properties, and on hostile text."""

from __future__ import annotations

import ast
import json
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from azr_nb.environments.python_programs.grammar import HARDER, sample_program
from azr_nb.executor import Executor, Job, Limits
from azr_nb.programs.source import (
    ProgramError,
    block_complexities,
    calls_of,
    cleaned,
    cognitive_complexity,
    compose,
    depth,
    halstead,
    halstead_measures,
    nodes,
    parse,
    passes_through,
    redefines,
    renamed,
    tree_distance,
)

FULL = '''\
LIMIT = 3
"a bare string"
def f(a, b=2):  # a comment
    """What it does."""
    print(a); c = a + b
    if c:
        print("only this")
    else:
        print("and this")
    try:
        print(c)
    finally:
        print(c)
    d = print(c)
    return c  # the end
'''


# --- cleaned ---------------------------------------------------------------------------------------------------------
def test_comments_and_bare_strings_go():
    assert cleaned("def f(a):\n    'doc'\n    # why\n    'more'\n    return '#' + a") == "def f(a):\n    return '#' + a"
    assert cleaned("def f(a):\n    'doc only'") == "def f(a):\n    pass"
    assert cleaned("'doc'\nx = 'kept'") == "x = 'kept'" and cleaned("'doc'") == ""


def test_all_three_together():
    assert cleaned(FULL, True, True, True) == (
        "def f(a, b=2):\n    c = a + b\n    if c:\n        pass\n    try:\n        pass\n    finally:\n        pass\n"
        "    d = print(c)\n    return c"
    )


def test_the_layout_stays_where_comments_do():
    assert (
        cleaned(FULL, False, True, True)
        == '''\
"a bare string"
def f(a, b=2):  # a comment
    """What it does."""
    pass; c = a + b
    if c:
        pass
    else:
        pass
    try:
        pass
    finally:
        pass
    d = print(c)
    return c  # the end
'''
    )
    assert cleaned(FULL, False) == FULL
    program = "é = 'é'; print(é)\ny = 1\r\nprint(\n  y)  # z"
    assert cleaned(program, False, prints=True) == "é = 'é'; pass\ny = 1\r\npass  # z"


def test_a_print_of_the_programs_own_stays():
    program = "def f(print):\n    print(1)\n    return 2"
    assert cleaned(program, prints=True) == program


# --- renamed ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "program, expected",
    [
        ("def f(x, y):\n    z = x + y\n    return z", "def f(v0, v1):\n    v2 = v0 + v1\n    return v2"),
        ("K = 1\ndef f(a):\n    'doc'\n    return a + K", "K = 1\n\ndef f(v0):\n    return v0 + K"),
        ("def f(a):\n    global n\n    n = a\n    return n", "def f(v0):\n    global n\n    n = v0\n    return n"),
        ("def f(a):\n    return [a for a in a]", "def f(v0):\n    return [v1 for v1 in v0]"),
        ("def f(v1):\n    return v0(v1)", "def f(v1):\n    return v0(v1)"),
        ("def f(a):\n    import math\n    return math.pi * a", "def f(v0):\n    import math\n    return math.pi * v0"),
        (
            "def f(a):\n    def g(b, c):\n        return b\n    return g(a, c=1)",
            "def f(v0):\n\n    def v1(v2, c):\n        return v2\n    return v1(v0, c=1)",
        ),
        ("def f(a):\n    return locals()", "def f(a):\n    return locals()"),
        (
            "def f(a):\n    class C:\n        a = 1\n        def m(self):\n            return a\n    return C.a",
            "def f(v0):\n\n    class C:\n        a = 1\n\n        def m(v1):\n            return v0\n    return C.a",
        ),
        (
            "def f(a):\n    match a:\n        case [b, *c]:\n            return c\n        case {'k': d, **e}:\n"
            "            return e",
            "def f(v0):\n    match v0:\n        case [v1, *v2]:\n            return v2\n        case {'k': v3, **v4}:\n"
            "            return v4",
        ),
        (
            "def f(a):\n    return [(b := x) for x in a] and b",
            "def f(v0):\n    return [(v2 := v1) for v1 in v0] and v2",
        ),
    ],
)
def test_canonical_names(program, expected):
    assert renamed(program) == expected == renamed(expected)


def generated(seed: int) -> str:
    """A program of the grammar, with a nested function, a comprehension, prints and comments around its statements."""
    program = sample_program(random.Random(seed), HARDER).program
    head, body = program.split("\n", 1)
    extra = """\
    # a comment
    def helper(n, items=[1]):
        items = [n for n in items if n]
        return n + len(items)
    print(helper(2))
    unused = {k: v for k, v in zip('ab', 'cd')}
"""
    return f"{head}\n    '''doc'''\n{extra}{body}"


def bound_names(program: str) -> list[str]:
    tree = ast.parse(program)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return sorted((names | {"helper"}) - {"f"})  # a variable may be called f too, but the function has to stay f


class Renamer(ast.NodeTransformer):
    """Another way to rename: the same new name for a name wherever it stands."""

    def __init__(self, names):
        self.names = names

    def generic_visit(self, node):
        for field in ("id", "arg", "name"):
            if getattr(node, field, None) in self.names:
                setattr(node, field, self.names[getattr(node, field)])
        return super().generic_visit(node)


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
@example(seed=285, rng=random.Random(0))  # has a variable called f
@settings(max_examples=50, deadline=None)
def test_canonical_text_does_not_depend_on_names_and_is_its_own(seed, rng):
    program = generated(seed)
    old = bound_names(program)
    new = [f"{word}{i}" for i, word in enumerate(rng.choices(["x", "v", "name", "sum", "_"], k=len(old)))]
    other = ast.unparse(Renamer(dict(zip(old, new, strict=True))).visit(ast.parse(program)))
    canonical = renamed(program)
    assert renamed(other) == canonical == renamed(canonical)
    assert "helper" not in canonical and "doc" not in canonical


@pytest.fixture(scope="module")
def monty():
    with Executor("monty", Limits(seconds=1.0)) as one:
        yield one


def test_cleaned_and_renamed_programs_behave_the_same(monty):
    rng = random.Random(5)
    for seed in range(40):
        program = generated(seed)
        arguments = ast.parse(program).body[0].args.args
        call = ", ".join(rng.choice(["3", "'abc'", "[1, 2, 5]"]) for _ in arguments)
        variants = [
            program,
            renamed(program),
            cleaned(program),
            cleaned(program, True, True, True),
            cleaned(program, False, True, True),
        ]
        assert "print" in variants[2] and "print" not in variants[3] + variants[4]
        outcomes = [result.outcomes[0] for result in monty.run([Job(one, (call,)) for one in variants])]
        assert len({(outcome.status, outcome.text if outcome.status == "ok" else "") for outcome in outcomes}) == 1


def test_renamed_real_programs_behave_the_same(monty, shared_data):
    rows = [json.loads(line) for line in (shared_data / "cruxeval_dev.jsonl").read_text().splitlines()]
    rows = [row for row in rows if "lambda" not in row["input"] and "range" not in row["input"]]
    plain = monty.run([Job(row["code"], (row["input"],)) for row in rows])
    canonical = monty.run([Job(renamed(row["code"]), (row["input"],)) for row in rows])
    for one, two in zip(plain, canonical, strict=True):
        assert one.outcomes[0].status == two.outcomes[0].status
        if one.outcomes[0].status == "ok":
            assert one.outcomes[0].text == two.outcomes[0].text


def by_recursion(node: ast.AST) -> tuple[int, int]:
    below = [by_recursion(c) for c in ast.iter_child_nodes(node) if not isinstance(c, (ast.Load, ast.Store, ast.Del))]
    return 1 + sum(count for count, _ in below), 1 + max((depth for _, depth in below), default=0)


@pytest.mark.parametrize("program", ["def f(a):\n    return [x for x in a if x > 2][0]", "pass", "a = [b.c, *d[1:2]]"])
def test_tree_size_against_recursion(program):
    assert (nodes(program), depth(program)) == by_recursion(ast.parse(program))


# --- measures --------------------------------------------------------------------------------------------------------
def test_measures_of_small_programs():
    straight = "def f(a):\n    return a"
    nested = "def f(a):\n    for i in a:\n        if i:\n            a = 1\n    return a"
    assert cognitive_complexity(straight) == 0 and cognitive_complexity(nested) == 1 + 2
    assert halstead(straight) == pytest.approx(0.3 * 0.1)
    # one operator +, two operands in two places: volume 3 log2(3), effort = difficulty (1/2 x 2/2) x volume
    volume = 3 * 1.584962500721156
    assert halstead("def f(a):\n    return a + 1") == pytest.approx(
        0.5 * 0.5 * volume / 1e4 + 0.03 + 0.2 * volume / 500
    )
    assert nodes("x") == 3 and depth("x") == 3  # module, expression statement, name
    assert nodes("") == depth("") == 1


def test_tree_distance():
    a, b = "def f(a):\n    return a + 1", "def f(a):  # the same\n    return (a+1)"
    assert tree_distance(a, a) == tree_distance(a, b) == 0
    assert 0 < tree_distance(a, "def f(a):\n    return a - 1") < tree_distance(a, "import math") < 1


# --- composites ------------------------------------------------------------------------------------------------------
def test_compose_names_helpers_in_order_and_keeps_the_program():
    helpers = ["def f(a):\n    return a + 1", "def f(n):\n    return 1 if n < 2 else n * f(n - 1)"]
    program = "def f(a):\n    return g_1(g_0(a))"
    text = compose(helpers, program)
    assert text == (
        "def g_0(a):\n    return a + 1\n\ndef g_1(n):\n    return 1 if n < 2 else n * g_1(n - 1)\n\n"
        "def f(a):\n    return g_1(g_0(a))"
    )
    assert ast.unparse(ast.parse(text)) == text
    assert compose([], program) == program and compose(helpers[:1], "").strip() == text.split("\n\n")[0]


@pytest.mark.parametrize(
    "helper, value",
    [
        ("K = 4\ndef h(x):\n    return x + K\ndef f(a):\n    return h(a)", 7),
        ("def f(a):\n    f = a\n    return f", 3),
        ("def f(g_0):\n    return g_0 if g_0 < 2 else f(g_0 - 1)", 1),
        ("from __future__ import annotations\nimport math\ndef f(a):\n    return math.floor(a / 2)", 1),
        ("N = 0\ndef f(a):\n    global N\n    N = a\n    return N", 3),
    ],
)
def test_helpers_work_under_their_new_names(executor, helper, value):
    text = compose([helper, helper], "K = h = N = 'other'\ndef f(a):\n    return g_0(a), g_1(a), K, h, N")
    (outcome,) = executor.run([Job(text, ("3",))])[0].outcomes
    assert outcome.text == repr((value, value, "other", "other", "other"))


def test_a_helper_that_is_no_program_cannot_be_composed():
    with pytest.raises(ProgramError, match="helper 1 is not a Python program"):
        compose(["def f(a): return a", "def f("], "")


def test_calls():
    program = "def g_5(a):\n    return g_6(a)\n"
    program += "def f(a):\n    h = lambda x: g_0(x)\n    return g_1(a), g_2, g_x(a), a.g_3(a)"
    assert calls_of(program) == {"g_0", "g_1"}


@pytest.mark.parametrize(
    "line, expected",
    [
        ("g_0 = len", {"g_0"}),
        ("def g_0(x): pass", {"g_0"}),
        ("class g_0: pass", {"g_0"}),
        ("import g_0", {"g_0"}),
        ("for g_0 in a: pass", {"g_0"}),
        ("h = lambda g_0: 1", {"g_0"}),
        ("del g_0", {"g_0"}),
        ("x = g_0(a)", set()),
        ("import x as g_0, y as g_1", {"g_0", "g_1"}),
        ("x = [g_0 for g_0 in a]", {"g_0"}),
        ("(g_0 := 1)", {"g_0"}),
        ("try: pass\n    except ValueError as g_0: pass", {"g_0"}),
        ("g_2 = 1", set()),
    ],
)
def test_redefinitions(line, expected):
    program = compose(["def f(a):\n    return a"] * 2, f"def f(a):\n    {line}\n    return a")
    assert redefines(program, ["g_0", "g_1"]) == expected


def test_a_second_definition_is_a_redefinition():
    program = compose(["def f(a): return a"], "def g_0(a): return 1\ndef f(a): return g_0(a)")
    assert redefines(program, ["g_0"]) == {"g_0"}


@pytest.mark.parametrize(
    "body, expected",
    [
        ("return g_0(a)", True),
        ("b = g_0(a)\n    return b", True),
        ("b: int = g_0(a)\n    return b", True),
        ("'doc'\n    pass\n    return g_0(a)", True),
        ("return g_0(g_0(a))", True),
        ("return g_0(*a)", True),
        ("return g_0(x=a)", True),
        ("b = a\n    c = g_0(b)\n    return g_1(b)", True),
        ("return g_1(g_0(a))", False),
        ("b = g_0(a)\n    return g_1(b)", False),
        ("return g_0(a) + 1", False),
        ("return g_0(a + 1)", False),
        ("return a", False),
        ("return [g_0(a)]", False),
        ("return", False),
        ("pass", False),
        ("if a:\n        return g_0(a)\n    return g_0(a)", False),
        ("b, c = g_0(a), a\n    return b", False),
        ("return sorted(a)", False),
        ("return g_0(3)", False),
    ],
)
def test_passing_through(body, expected):
    assert passes_through(compose(["def f(a): return a"] * 2, f"def f(a):\n    {body}")) is expected


# --- hostile text ----------------------------------------------------------------------------------------------------
HOSTILE = [
    "",
    "\0",
    "\ud800",
    "def f(",
    "def f(a):\n return " + "-" * 5000 + "1",
    "(" * 3000,
    "x" + "(1)" * 3000,
    "1" + "+1" * 9000,
    "[" * 90 + "]" * 90,
    "def f():\n nonlocal x",
    "return",
    "lambda: (yield)",
    "x" * 30_000,
    "\r\x0c\t",
    "def f(a, a): pass",
    "class C(f): f: f = f",
    "def f(a):\n global a\n a = 1",
    "print(print(1))",
    "\ufeffx = 1",
    "def g_0(): pass\ndel g_0",
    "def f(*a, b, **c): return g_0(*a, b=b, **c)",
    "async def f(a): return g_0(a)",
    "def f(a):\n" + "".join(" " * (i + 1) + "if a:\n" for i in range(95)) + " " * 96 + "print(a)",
    "f'{x!r:{y}}' ; print(f'{(z := 1)}')",
    "try:\n print(1)\nexcept* E as e:\n print(2)",
    "'a'; 'b'",
    "print(1);print(2)",
]


def look_at(text: str) -> None:
    for options in ((True, True, True), (False, True, True), (False, False, True), (True, False, False)):
        once = cleaned(text, *options)
        assert isinstance(once, str)
    once = renamed(text)
    assert renamed(once) == once
    assert cognitive_complexity(text) >= 0 and 0 <= halstead(text) <= 1
    assert 0 <= tree_distance(text, "def f(a): return a") <= 1
    assert nodes(text) >= 0 and depth(text) >= 0
    assert isinstance(calls_of(text), set) and isinstance(redefines(text, ["g_0"]), set)
    assert passes_through(text) in (True, False)
    try:
        compose([text], text)
    except ProgramError:
        pass


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_raises_anything_undocumented(text):
    look_at(text)


WORDS = st.sampled_from(
    [
        *"def f ( a ) : return g_0 print 'x' # = , lambda [ ] { } for in if else nonlocal global class * ** 1".split(),
        "\n",
        "\n  ",
        "\n    ",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=30).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_no_random_text_raises_anything_undocumented(text):
    look_at(text)


# (program, effort, volume, complexities of its blocks) as radon 6.0.1 counts them
MEASURED = [
    ("def f(a):\n    return a", 0, 0, [1]),
    ("def f(a, b=1 + 2):\n    return a * a + -b if a > b and b else a or b", 388.15, 58.81, [4]),
    (
        "def f(a):\n    for x in a:\n        if x % 2 == 0:\n            continue\n"
        "        a += [x]\n    else:\n        a.pop()\n"
        "    return [y for y in a if y if y > 1]",
        86.04,
        43.02,
        [7],
    ),
    (
        "class P:\n    def __init__(self, x):\n        self.x = x + 1\n    def g(self):\n"
        "        while self.x:\n            self.x -= 1\ndef f(a):\n    def h(b):\n"
        "        return b and a\n    assert a or 1\n    return P(a).g() == h(True) != 1",
        224.4,
        68.0,
        [1, 2, 2, 3],
    ),
    (
        "x = 3 * 4\ndef f(a):\n    try:\n        return x / a\n"
        "    except ZeroDivisionError:\n        return 1\n    except TypeError:\n"
        "        return 2\n    else:\n        return 3",
        15.51,
        15.51,
        [4],
    ),
    (
        "def f(a):\n    match a:\n        case [1, 2]:\n            return 1\n"
        "        case {'k': v} if v > 1:\n            return v\n        case _:\n"
        "            return a | 2",
        15.51,
        15.51,
        [3],
    ),
    (
        "if True:\n    class A:\n        y = [1 for _ in range(3)]\nasync def f(a):\n"
        "    async for b in a:\n        return b << 2\nlam = lambda q: q if q else 0",
        2.38,
        4.75,
        [2, 2],
    ),
]


@pytest.mark.parametrize("program, effort, volume, blocks", MEASURED)
def test_halstead_and_mccabe_are_counted_as_radon_counts(program, effort, volume, blocks):
    tree = parse(program)
    assert halstead_measures(tree) == (pytest.approx(effort, abs=0.01), pytest.approx(volume, abs=0.01))
    assert sorted(block_complexities(tree)) == blocks
