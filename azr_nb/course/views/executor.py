"""Views of notebook 02: the judge's gates and limits, what depends on chance, what stops attacks, and a weak judge.

Pure functions of texts, verdicts and settings; programs run in the executor alone. Only the weak judge runs answers in
a process of its own, with a time limit, an empty environment and a folder that is thrown away. This is not a sandbox:
it is meant for texts that the reader of the notebook wrote.
"""

import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from azr_nb.config.assets import toml_asset
from azr_nb.course.drawing import LEGEND, beside, box, canvas, count_bars, dress, panels, word
from azr_nb.course.texts import cut
from azr_nb.environments.python_programs.answers import check
from azr_nb.environments.python_programs.attacks import gallery, run_gallery
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.environments.python_programs.verifier import validate
from azr_nb.executor import EngineUnavailable, Executor, Job, Limits
from azr_nb.executor.cpython import CPythonEngine
from azr_nb.programs.values import NotPlain, parse_arguments, parse_value
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture
from azr_nb.tasks import Proposal, Task, Verdict

# --- the gates of the real judge -------------------------------------------------------------------------------------
GATES = toml_asset("gates")["judge"]


def gate_of(verdict: Verdict) -> int:
    """The number of gates that a proposal with this verdict has passed; all of them if it is valid."""
    stops = [i for i, statuses in enumerate(GATES.values()) if verdict.status in statuses]
    return stops[0] if stops else len(GATES)


# mark of a gate, and colours of its words and its box
_LIGHTS = {
    "passed": ("✓ ", INK, dict(fc="#DCEBF7")),
    "stopped": ("✗ ", INK, dict(fc="#FBE6D4", hatch="//")),
    "not reached": ("", GREY, dict(fc="white", linestyle=":")),
}


def lights(verdict: Verdict, output: str | None = None) -> Picture:
    """The gates in a row: passed, stopped, or not reached, and in a sentence what the judge says."""
    passed = gate_of(verdict)
    figure, axis = canvas(1.5, (-0.55, len(GATES) - 0.45), (-0.95, 0.5))
    for place, name in enumerate(GATES):
        state = "passed" if place < passed else "stopped" if place == passed else "not reached"
        mark, ink, looks = _LIGHTS[state]
        box(axis, place, 0, (0.9, 0.84), looks)
        ground = dict(fc=looks["fc"], ec="none", pad=0.5)
        word(axis, place, 0.08, name, color=ink, bbox=ground)
        word(axis, place, -0.28, mark + state, color=ink, bbox=ground, fontsize=8.5)
    said = f"ok: the output is {output}" if output is not None else f"{verdict.status}: {verdict.reason}"
    word(axis, -0.45, -0.7, cut(" ".join(said.split()), 110), fontsize=9.5, ha="left")
    return figure


def try_proposal(program: str, text: str, seconds: float = 0.5, engine: str = "auto") -> Picture:
    """The gates for one proposal, a program and the text of its input, under a time limit."""
    with Executor(engine, Limits(seconds=seconds)) as executor:
        task, verdict = validate([Proposal("deduction", program, (text,))], executor)[0]
    return lights(verdict, task.output if task else None)


def stops(verdicts: dict[str, Verdict]) -> Picture:
    """How many of some named proposals get through each gate, and which ones it stopped."""
    left = {name: gate_of(verdict) for name, verdict in verdicts.items()}
    counts, notes = {"proposed": len(left)}, [""]
    for place, gate in enumerate(GATES):
        counts[gate.replace("\n", " ")] = sum(passed > place for passed in left.values())
        stopped = ", ".join(name for name, passed in left.items() if passed == place)
        notes.append(f"   stopped: {stopped}" if stopped else "")
    title = "What gets through each gate, and what it stopped"
    figure, axis = count_bars(counts, notes, title, "proposals that got through", 3.4, room=1.9, size=8.5)
    axis.set_xticks(range(0, len(left) + 1, max(1, len(left) // 5)))
    return figure


# --- limits ----------------------------------------------------------------------------------------------------------
LOOP = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total"


def engines() -> list[str]:
    """The engines that run on this machine: monty everywhere, cpython where a process can fork."""
    return ["monty"] if "cpython engine" in layers() else ["monty", "cpython"]


@dataclass(frozen=True)
class Lap:
    """A loop of so many rounds in an engine: how many seconds it took, and whether it ended by itself."""

    engine: str
    rounds: int
    seconds: float
    ended: bool


def laps(limit: float = 0.3, names: Sequence[str] = ("monty",), largest: int = 7) -> list[Lap]:
    """Loops of 100 to 10**largest rounds under a limit in seconds, in each engine."""
    found = []
    for name in names:
        with Executor(name, Limits(seconds=limit), workers=1) as executor:
            executor.run([Job(LOOP, ("1",))])  # starts the worker, which is not the first loop's time
            for power in range(2, largest + 1):
                begun = time.perf_counter()
                ended = executor.run([Job(LOOP, (str(10**power),))])[0].outcomes[0].status == "ok"
                found.append(Lap(name, 10**power, time.perf_counter() - begun, ended))
    return found


def recorded_laps() -> tuple[str, float, list[Lap]]:
    """The laps that come with the package: the machine that they were measured on, the limit in seconds, the laps."""
    data = toml_asset("laps")
    return data["machine"], data["limit"], [Lap(**row) for row in data["lap"]]


def race_figure(found: Sequence[Lap], limit: float) -> Picture:
    """How long each loop took, by its rounds, and which were stopped at the limit (seconds)."""
    figure, (axis,) = panels(1, 3)
    engines_shown = list(dict.fromkeys(lap.engine for lap in found))
    for lap in found:
        number = engines_shown.index(lap.engine)
        color, marker, _ = LOOKS[number]
        label = lap.engine if lap.rounds == 100 else ""
        looks = dict(color=color, mfc=color if lap.ended else "white", label=label)
        axis.plot((0.92, 1.09)[number] * lap.rounds, lap.seconds, marker, markersize=8, mew=1.6, **looks)
    axis.axhline(limit, color=INK, linewidth=1, linestyle="--")
    beside(axis, 100, limit, f"limit {limit:g} s", (0, 4))
    largest = max(lap.rounds for lap in found)
    limits = dict(xscale="log", yscale="log", ylim=(1e-4, 5), xlim=(60, 2 * largest))
    title, legend = "Filled: the loop ended. Hollow: it was stopped.", LEGEND | dict(loc="lower right")
    dress(axis, title, "time (s)", "rounds of the loop", legend=legend, **limits)
    rounds = sorted({lap.rounds for lap in found})
    axis.set_xticks(rounds, [f"{number:,}" for number in rounds])
    axis.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    told = "; ".join(f"{lap.engine}, {lap.rounds:,} rounds: {lap.seconds:.2g} s" for lap in found if lap.ended)
    figure.alt = f"Figure. Time of loops by their rounds, those that ended: {told}"
    return figure


def race(seconds: float = 0.3, names: Sequence[str] = ("monty",), largest: int = 7) -> Picture:
    """The same picture, measured now."""
    return race_figure(laps(seconds, names, largest), seconds)


def memory_table(megabytes: Sequence[int], powers: Sequence[int]) -> Page:
    """What becomes of lists of 10**power items under each memory limit."""
    rows = []
    for limit in megabytes:
        with Executor("monty", Limits(seconds=1, memory_mb=limit)) as executor:
            found = executor.run([Job("def f(n):\n    return len([0] * n)", (str(10**power),)) for power in powers])
        rows.append((f"{limit} MB", *(result.outcomes[0].status for result in found)))
    return table(("limit", *(f"{10**power:,} items" for power in powers)), rows)


# --- chance ----------------------------------------------------------------------------------------------------------
def set_order(seed: int) -> str:
    """How a new Python process with this hash seed writes a set of three words as a list."""
    command = [sys.executable, "-P", "-s", "-S", "-c", "print(list({'ape', 'bee', 'cat'}))"]
    environment = bare_environment(PYTHONHASHSEED=str(seed))
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment).stdout.strip()


def agreement(values: Sequence[str]) -> float:
    """The share of pairs of values that are equal, 0 to 1."""
    pairs = list(combinations(values, 2))
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else 1.0


# --- attacks ---------------------------------------------------------------------------------------------------------
def gallery_counts() -> dict[str, int]:
    """How many attacks the gallery has, by family."""
    return dict(Counter(attack.group for attack in gallery()))


def gallery_families() -> Page:
    """The families of the gallery: how many attacks each has, and what the first of them tries."""
    first = {attack.group: attack.tries for attack in reversed(gallery())}
    rows = [(group, count, first[group]) for group, count in gallery_counts().items()]
    return table(("family", "attacks", "what the first of them tries"), rows)


def gallery_list(chosen: Sequence[str]) -> Page:
    """Some attacks of the gallery by name, and what each tries."""
    return table(("attack", "what it tries"), [(one.name, one.tries) for one in gallery() if one.name in chosen])


def gallery_table(chosen: Sequence[str], names: Sequence[str], seconds: float = 0.4) -> tuple[Page, int]:
    """Some attacks of the gallery on each engine: a table, and the number of runs in which an attack won."""
    attacks = tuple(attack for attack in gallery() if attack.name in chosen)
    runs = {name: run_gallery(name, Limits(seconds=seconds), attacks=attacks) for name in names}
    rows = []
    for attack, *found in zip(attacks, *runs.values(), strict=True):
        ends = [("held: " if row.passed else "WON: ") + _end(row.got) for row in found]
        rows.append((attack.group, attack.name, attack.tries, *ends))
    lost = sum(not row.passed for found in runs.values() for row in found)
    return table(("family", "attack", "what it tries", *names), rows), lost


def _end(got: str) -> str:
    """The status an attack ended with, and its value or the class of its error, without the words behind it."""
    status, _, text = got.partition(": ")
    named = [word for word in text.split(": ") if word.isidentifier() and word != "f(3)"]
    return f"{status} {text}" if status == "ok" else f"{status} {named[0]}" if status == "error" and named else status


def layers() -> dict[str, str]:
    """The layers around a CPython worker on this machine, each "on" or the reason why not."""
    try:
        with CPythonEngine(workers=1) as engine:
            return {name: "on" if state is True else str(state or "off") for name, state in engine.layers().items()}
    except EngineUnavailable as error:
        return {"cpython engine": str(error)}


COUNTER = "seen = []\ndef f(a):\n    seen.append(a)\n    return len(seen) * a"


def counter_verdicts(executor: Executor) -> dict[str, Verdict]:
    """What becomes of a program that counts its calls, as an induction proposal, under two ideas of a second run."""
    counting = Proposal("induction", COUNTER, tuple("12345"), "#* 2")
    ideas = {"a process for each call": Rules(), "two calls in one process (released)": Rules(one_session=True)}
    return {name: validate([counting], executor, rules)[0][1] for name, rules in ideas.items()}


def boundary_figure() -> Picture:
    """What goes out to the worker that runs a program, what comes back, and what never leaves."""
    figure, axis = canvas(2.7, (0, 8), (0, 2.7))
    for x, size, name, looks in (
        (1.75, (3.1, 2.1), "our process", dict(fc="#DCEBF7", lw=1.4)),
        (6.35, (2.9, 2.1), "a worker, made for one call", dict(fc="#FBE6D4", lw=1.4)),
    ):
        box(axis, x, 1.2, size, looks)
        word(axis, x, 2.45, name, fontsize=10.5, weight="bold")
    for y, text in ((1.75, "the right output"), (1.2, "the comparison"), (0.65, "other tasks, the policy")):
        word(axis, 1.75, y, text, bbox=dict(fc="white", ec=GREY, boxstyle="round,pad=0.4"))
    word(axis, 6.35, 1.2, "runs the program\non the input", bbox=dict(fc="white", ec=GREY, boxstyle="round,pad=0.4"))
    for y, ends, text in ((1.6, (3.35, 4.85), "program, inputs"), (0.8, (4.85, 3.35), "texts")):
        axis.annotate("", (ends[1], y), (ends[0], y), arrowprops=dict(arrowstyle="-|>", color=INK, lw=1.5))
        word(axis, 4.1, y + 0.18, text)
    figure.alt = (
        "Figure. Two boxes. The right output, the comparison, other tasks and the policy stay in our process. A "
        "program and its inputs go to a worker, and texts come back."
    )
    return figure


# --- the weak judge --------------------------------------------------------------------------------------------------
# the task that the weak judge is asked about, by task type
PROGRAM = "def f(a):\n    return a % 3"
_PAIRS = (("7", "1"), ("3", "0"), ("5", "2"), ("-1", "2"))
TASKS = {kind: Task(kind, PROGRAM, _PAIRS[:1]) for kind in ("deduction", "abduction")}
TASKS["induction"] = Task("induction", PROGRAM, _PAIRS, visible=2, message="#% 3")
SHOWN = (("abduction", "3) or (True"), ("deduction", "eval(output)"))


# naive, written to be fooled: it evaluates what a model wrote, with the faults of the released executor. It is called
# in a process of its own and nowhere else, and nothing in this package asks it for a verdict that counts
def judge(kind, program, pairs, answer):
    space = {}
    exec(program, space)
    output = pairs[0][1]
    if kind == "deduction":
        return eval(answer) == eval(output)
    if kind == "abduction":
        return eval(f"f({answer}) == {output}", space)
    exec(answer, space)  # induction: the answer is a program
    return all(space["f"](eval(i)) == eval(o) for i, o in pairs)


_SCRIPT = f"""import json, sys
{inspect.getsource(judge)}
print("right" if judge(*json.load(sys.stdin)) else "wrong")"""


def weak_verdict(kind: str, answer: str, seconds: float = 5.0) -> str:
    """What the weak judge says of an answer: right, wrong, timeout, or the name of the error it dies of."""
    task = TASKS[kind]
    command, given = [sys.executable, "-I", "-c", _SCRIPT], json.dumps([kind, task.program, task.pairs, answer])
    with tempfile.TemporaryDirectory(prefix="azr-nb-weak-") as folder:
        options = dict(capture_output=True, encoding="utf-8", errors="replace", cwd=folder, env=bare_environment())
        try:
            done = subprocess.run(command, input=given, timeout=seconds, **options)
        except subprocess.TimeoutExpired:
            return "timeout"
    said = done.stdout.split()[-1:]
    if said in (["right"], ["wrong"]):
        return said[0]
    return ([line for line in done.stderr.splitlines() if line.strip()] or ["no verdict"])[-1].partition(":")[0][:60]


def bare_environment(**names: str) -> dict[str, str]:
    """An environment with nothing of ours in it; Windows starts no Python without this one."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ} | names


def true_verdict(kind: str, answer: str, executor: Executor) -> Verdict:
    """What the real judge says of the same answer."""
    return check([TASKS[kind]], [answer], executor)[0]


def both_judges(answers: Sequence[tuple[str, str]], executor: Executor) -> Page:
    """Answers with the verdicts of the weak judge and of the real one, side by side."""
    rows = []
    for kind, text in answers:
        verdict = true_verdict(kind, text, executor)
        shown = Page(pre(text).replace("pre-wrap", "pre", 1))  # lines of code keep their width
        rows.append((family(kind, text), kind, shown, weak_verdict(kind, text), verdict.status, verdict.reason))
    return table(("family", "task type", "answer", "weak judge", "real judge", "reason"), rows)


_TRICKS = {
    "brings its own comparison": r"__(?!import|builtins|name|doc)\w+__",
    "reads what the judge knows": (
        r"\b(output|pairs|space|locals|vars|globals|dir|gc|inspect|_getframe|f_back|f_locals)\b"
    ),
    "takes over the judge": r":=|\b(print|exit|_exit|quit|SystemExit|setattr|write|builtins|__builtins__)\b",
}


def family(kind: str, text: str) -> str:
    """The kind of trick that an answer to the weak judge is, read from its text."""
    if kind == "abduction" and not _one_call(text):
        return "breaks out of the bracket"
    for name, pattern in _TRICKS.items():
        if re.search(pattern, text):
            return name
    try:
        parse_value(text)
    except NotPlain:
        return "has the judge do the work"
    return "uses loose equality"


def _one_call(text: str) -> bool:
    """Whether the text stays inside the brackets of one call, as code or as values."""
    try:
        parse_arguments(text)
        return True
    except NotPlain as error:
        return "not the arguments" not in str(error) and "not literal arguments" not in str(error)
