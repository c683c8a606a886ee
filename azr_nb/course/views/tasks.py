"""Views of notebook 01: one program and its questions, and what each would cost a clueless solver.

Pure functions of tasks and an executor. Nothing here looks at a model; programs run in the executor alone.
"""

import ast
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from azr_nb.course.drawing import beside, box, canvas, dress, panels, word
from azr_nb.environments.python_programs.messages import hint
from azr_nb.environments.python_programs.verifier import check, validate
from azr_nb.evaluation.measures import mean
from azr_nb.executor import Executor, Job, Outcome
from azr_nb.programs.syntax import read
from azr_nb.programs.values import parse_value, same
from azr_nb.prompts.compact import CompactFormat
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.plots import GREY, INK, Picture, look
from azr_nb.tasks import ALL_TASK_TYPES, TASK_TYPES, Proposal, Task

HIDDEN = {"output": "deduction", "input": "abduction", "program": "induction", "error": "error"}


# --- a program and its questions -------------------------------------------------------------------------------------
def tasks_of(program: str, inputs: Sequence[str], executor: Executor) -> dict[str, Task]:
    """One verified task of each type about a program; all but induction use the first input.

    Raises `ValueError` with the judge's reason if one does not hold.
    """
    found = {}
    for kind in ALL_TASK_TYPES:
        given = tuple(inputs) if kind == "induction" else tuple(inputs[:1])
        task, verdict = validate([Proposal(kind, program, given, hint(program))], executor)[0]
        if task is None:
            raise ValueError(f"no {kind} task comes of it: {verdict.reason}")
        found[kind] = task
    return found


def prompt(task: Task) -> str:
    """What the solver reads, in the prompt format of the bundled policy."""
    return CompactFormat().solve_prompt(task).removesuffix("\n###\n")


def triple_figure(program: str, pairs: Sequence[tuple[str, str]]) -> Picture:
    """A program with an input and its output three times, each time with another part hidden.

    Induction shows all `pairs`; deduction and abduction are about the first.
    """
    figure, axis = canvas(3.75, (0, 8), (0, 3.75))
    parts, places, wide = ("input", "program", "output"), (2.6, 4.6, 6.6), {"input": 0.9, "program": 2.3, "output": 0.9}
    for row, hidden in enumerate(("output", "input", "program")):
        y, shown = 3.0 - 1.2 * row, pairs if hidden == "program" else pairs[:1]
        told = {"program": program} | {
            part: "\n".join(pair[k] for pair in shown) for k, part in enumerate(("input", "output"))
        }
        word(axis, 0.85, y, HIDDEN[hidden], fontsize=11, weight="bold")
        for part, x in zip(parts, places, strict=True):
            unknown = part == hidden
            looks = dict(fc="#0B3C5D", lw=1.2) if unknown else dict(fc="#F3F3F3", lw=1.0)
            box(axis, x, y, (wide[part], 0.95), looks)
            looks = (
                dict(color="white", fontsize=16)
                if unknown
                else dict(family="monospace", fontsize=8.5, multialignment="left")
            )
            word(axis, x, y, "?" if unknown else told[part], **looks)
        for left in (3.1, 5.8):
            axis.annotate("", (left + 0.28, y), (left, y), arrowprops=dict(arrowstyle="-|>", color=INK))
    for part, x in zip(parts, places, strict=True):
        word(axis, x, 3.6, part, fontsize=8.5, color=GREY)
    figure.alt = (
        "Figure. A triple of input, program and output, three times. Deduction hides the output, abduction the input, "
        "induction the program."
    )
    return figure


def as_program(text: str) -> str:
    """A program as it is, an expression as the program that returns it."""
    return text if text.lstrip().startswith(("def ", "import ", "from ")) else f"def f(a):\n    return {text.strip()}"


def ask(task: Task, answer: str, executor: Executor) -> Page:
    """The question, an answer to it, and what the judge says."""
    answer = as_program(answer) if task.type == "induction" else answer
    verdict = check([task], [answer], executor)[0]
    mark = "✓ ok" if verdict.ok else f"✗ {verdict.status}"
    cells = (Page(pre(prompt(task))), Page(pre(answer)), mark, verdict.reason)
    return table((f"{task.type}: the question", "answer", "verdict", "reason"), [cells])


def judged(task: Task, answers: Sequence[str], executor: Executor) -> Page:
    """Several answers to one task, each with its verdict and the reason."""
    verdicts = check([task] * len(answers), answers, executor)
    rows = [(answer, verdict.status, verdict.reason) for answer, verdict in zip(answers, verdicts, strict=True)]
    return table(("answer", "verdict", "reason"), rows)


def safe_run(executor: Executor) -> Callable[[str, str], Outcome]:
    """`run(program, input)`, which gives the outcome of `f(input)` and never raises, whatever the texts."""
    return lambda program, text: executor.run([Job(program, (text,))])[0].outcomes[0]


def outputs_of(program: str, inputs: Sequence[int], executor: Executor) -> list[object]:
    """The program's value for each whole number; None where there is no plain one."""
    outcomes = executor.run([Job(program, [str(number) for number in inputs])])[0].outcomes
    return [parse_value(o.text) if o.status == "ok" else None for o in outcomes]


def comparison(one: str, other: str) -> tuple[str, str, str, str]:
    """Two texts of plain values, whether Python's `==` holds, and whether the judge calls them the same."""
    left, right = parse_value(one), parse_value(other)
    return one, other, "equal" if left == right else "not equal", "same" if same(left, right) else "different"


def preimages(program: str, output: str, inputs: Sequence[int], executor: Executor) -> Picture:
    """The program's output for each input, with a ring around every input that answers `f(?) => output`."""
    values = outputs_of(program, inputs, executor)
    points = [(x, y) for x, y in zip(inputs, values, strict=True) if type(y) in (int, float)]
    right = [(x, y) for x, y in points if same(y, parse_value(output))]
    figure, (axis,) = panels(1, 2.8)
    axis.plot(*zip(*points, strict=True) if points else ([], []), ".", color=GREY, markersize=7, label="inputs")
    if right:
        axis.axhline(right[0][1], color=INK, linewidth=0.8, linestyle=":")
        ring = dict(linestyle="none", mfc="none", markersize=11, markeredgewidth=1.8, label="right answers")
        axis.plot(*zip(*right, strict=True), **look("abduction") | ring)
    title = f"f(?) => {output}: {len(right)} of {len(inputs)} inputs are right answers"
    dress(axis, title, "output f(input)", "input")
    axis.margins(y=0.2)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


# --- visible and hidden pairs ----------------------------------------------------------------------------------------
def pair_marks(task: Task, program: str, executor: Executor) -> list[bool]:
    """For each pair of an induction task whether the program gives its output."""
    outcomes = executor.run([Job(program, [call for call, _ in task.pairs])])[0].outcomes
    golds = [parse_value(gold) for _, gold in task.pairs]
    return [o.status == "ok" and same(parse_value(o.text), gold) for o, gold in zip(outcomes, golds, strict=True)]


def pairs_picture(task: Task, programs: dict[str, str], executor: Executor) -> Picture:
    """Which program is right on which pair: visible pairs to the left of the line, hidden ones to the right."""
    figure, (axis,) = panels(1, 1.1 + 0.42 * len(programs))
    for row, program in enumerate(programs.values()):
        for column, right in enumerate(pair_marks(task, program, executor)):
            looks = dict(fc="#DCEBF7") if right else dict(fc="white", hatch="///")
            box(axis, column, row, (0.92, 0.84), looks | dict(lw=0.8))
            ground = None if right else dict(fc="white", ec="none", pad=1)
            word(axis, column, row, "right" if right else "wrong", bbox=ground)
    axis.axvline(task.visible - 0.5, color=INK, linewidth=2.5)
    pairs = [f"f({call}) => {gold}" for call, gold in task.pairs]
    axis.set_xticks(range(len(pairs)), pairs, fontsize=9)
    axis.set_yticks(range(len(programs)), list(programs), fontsize=9)
    axis.set(xlim=(-0.55, len(pairs) - 0.45), ylim=(len(programs) - 0.45, -0.55))
    axis.set_title("visible pairs, which the solver sees   |   hidden pairs, which decide", fontsize=9.5, color=INK)
    axis.set_xlabel("pairs of the task: f(input) => output", fontsize=9)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    return figure


# --- what a question costs a solver without any idea -----------------------------------------------------------------
class _Counted(ast.NodeTransformer):
    """Puts a counter before every statement, and calls f by the name `_f`."""

    def visit(self, node: ast.AST) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        if isinstance(node, ast.Name) and node.id == "f":
            node.id = "_f"
        if isinstance(node, ast.FunctionDef) and node.name == "f":
            node.name = "_f"
        return [ast.parse("_n[0] += 1").body[0], node] if isinstance(node, ast.stmt) else node


def statements_run(program: str, inputs: Sequence[int], executor: Executor) -> float:
    """Mean number of statements that a call executes, which whoever predicts the output has to follow."""
    counted = ast.unparse(ast.fix_missing_locations(_Counted().visit(read(program))))
    text = f"_n = [0]\n{counted}\ndef f(a):\n    _n[0] = 0\n    _f(a)\n    return _n[0]"
    return mean([count for count in outputs_of(text, inputs, executor) if count is not None])


def inputs_tried(outputs: Sequence[object]) -> float:
    """Mean number of inputs to try, in random order, until one gives the output of a given one of them."""
    keys = [repr(value) for value in outputs]
    return mean([(len(keys) + 1) / (keys.count(key) + 1) for key in keys])


@cache
def library() -> tuple[tuple[str, Callable[[int], int]], ...]:
    """Expressions over one whole number with at most two operations, simple ones first, no two alike on 0 to 29."""
    signs = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv, "%": operator.mod}
    steps = [(sign, act, number) for sign, act in signs.items() for number in range(1, 10)]
    one = [(f"a {sign} {n}", lambda a, act=act, n=n: act(a, n)) for sign, act, n in steps]
    one += [("a + a", lambda a: a + a), ("a * a", lambda a: a * a)]
    two = [
        (f"({text}) {sign} {n}", lambda a, inner=inner, act=act, n=n: act(inner(a), n))
        for text, inner in one
        for sign, act, n in steps
    ]
    found: dict[tuple[int, ...], tuple[str, Callable[[int], int]]] = {}
    for text, value in [("a", lambda a: a), *((str(n), lambda a, n=n: n) for n in range(10)), *one, *two]:
        found.setdefault(tuple(map(value, range(30))), (text, value))
    return tuple(found.values())


@dataclass(frozen=True)
class Search:
    """How far a search through the library came: programs tried, the text that fitted, and whether it was right."""

    tried: int
    text: str
    right: bool


def programs_tried(task: Task, executor: Executor) -> Search:
    """The simplest expression of the library that fits the visible pairs of an induction task, judged.

    The task's inputs have to be single whole numbers.
    """
    visible = [(parse_value(call), parse_value(gold)) for call, gold in task.pairs[: task.visible]]
    for number, (text, value) in enumerate(library(), 1):
        if all(same(value(call), gold) for call, gold in visible):
            return Search(number, text, check([task], [as_program(text)], executor)[0].ok)
    return Search(len(library()), "", False)


def costs(program: str, executor: Executor) -> tuple[float, float, Search]:
    """What each question about a program costs on the inputs 0 to 99: statements, inputs, programs."""
    inputs = range(100)
    task = tasks_of(program, ["1", "3", "4", "12", "15", "27"], executor)["induction"]
    tried = inputs_tried(outputs_of(program, inputs, executor))
    return statements_run(program, inputs, executor), tried, programs_tried(task, executor)


def costs_picture(rows: dict[str, tuple[float, float, Search]]) -> Picture:
    """One panel per task type and one line per program: how much there is to do; hollow where it did not help."""
    figure, axes = panels(3, 1.3 + 0.3 * len(rows), share=True)
    panes = zip(TASK_TYPES, ("statements to follow", "inputs to try", "programs to try"), strict=True)
    for place, (axis, (kind, unit)) in enumerate(zip(axes, panes, strict=True)):
        color, marker = look(kind)["color"], look(kind)["marker"]
        for row, cost in enumerate(rows.values()):
            value, good = (cost[2].tried, cost[2].right) if place == 2 else (cost[place], True)
            axis.plot([0.6, value], [row, row], color=color, linewidth=1.2, alpha=0.5)
            face = color if good else "white"
            axis.plot(value, row, marker, color=color, mfc=face, markersize=8, markeredgewidth=1.6)
            text = f"{value:.1f}" if value % 1 else f"{value:,.0f}"
            beside(axis, value, row, text, (8, 0), va="center", fontsize=8.5)
        axis.set(xscale="log", xlim=(0.6, 30_000 if place == 2 else 3_000))
        axis.xaxis.set_major_formatter(lambda number, _: f"{number:,g}")
        axis.minorticks_off()
        axis.set_title(kind, loc="left", fontsize=9.5, color=INK)
        axis.set_xlabel(f"{unit} (log scale)", fontsize=9)
        axis.grid(axis="x", color="#DDDDDD", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_yticks(range(len(rows)), list(rows), fontsize=9)
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    return figure
