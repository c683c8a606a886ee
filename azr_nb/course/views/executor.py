"""Views of notebook 02: the gates of the judge, its limits, what hangs on chance, and what holds attacks back.

Pure functions of texts, verdicts and settings; programs run in the executor alone. The weak judge is in `views.weak`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from azr_nb.course.views.weak import bare_environment
from azr_nb.course.widgets import Page, table
from azr_nb.environments.python_programs.attacks import gallery, run_gallery
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.environments.python_programs.verifier import validate
from azr_nb.executor import EngineUnavailable, Executor, Job, Limits
from azr_nb.executor.cpython import CPythonEngine
from azr_nb.runs import plots
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture
from azr_nb.tasks import Proposal, Verdict

# --- the gates of the real judge -------------------------------------------------------------------------------------
GATES = {
    "has the form": ("unparsable",),
    "keeps the rules": ("forbidden", "unsupported"),
    "runs": ("error",),
    "ends in time\nand memory": ("timeout", "memory"),
    "gives a\nplain value": ("not_plain",),
    "gives it\ntwice": ("nondeterministic",),
    "is small": ("too_big",),
}


def gate_of(verdict: Verdict) -> int:
    """The number of gates that a proposal with this verdict has passed; all of them if it is valid."""
    stops = [i for i, statuses in enumerate(GATES.values()) if verdict.status in statuses]
    return stops[0] if stops else len(GATES)


def lights(verdict: Verdict, output: str | None = None) -> Picture:
    """The gates in a row: passed, stopped, or not reached, and in a sentence what the judge says."""
    passed = gate_of(verdict)
    figure = Picture(figsize=(8, 1.5), facecolor="white")
    axis = figure.add_axes((0, 0, 1, 1), xlim=(-0.55, len(GATES) - 0.45), ylim=(-0.95, 0.5))
    axis.set_axis_off()
    for place, name in enumerate(GATES):
        state = "passed" if place < passed else "stopped" if place == passed else "not reached"
        fill, hatch, line = {
            "passed": ("#DCEBF7", "", "-"),
            "stopped": ("#FBE6D4", "//", "-"),
            "not reached": ("white", "", ":"),
        }[state]
        axis.add_patch(_box(place - 0.45, -0.42, 0.9, 0.84, fill, hatch, line))
        mark = {"passed": "✓ ", "stopped": "✗ ", "not reached": ""}[state]
        axis.text(
            place,
            0.08,
            name,
            ha="center",
            va="center",
            fontsize=9,
            color=INK if mark else GREY,
            bbox=dict(fc=fill, ec="none", pad=0.5),
        )
        axis.text(
            place,
            -0.28,
            mark + state,
            ha="center",
            va="center",
            fontsize=8.5,
            color=INK if mark else GREY,
            bbox=dict(fc=fill, ec="none", pad=0.5),
        )
    said = f"ok: the output is {output}" if output is not None else f"{verdict.status}: {verdict.reason}"
    said = " ".join(said.split())
    axis.text(-0.45, -0.7, said if len(said) < 110 else said[:109] + "…", fontsize=9.5, color=INK, va="center")
    return figure


def _box(x: float, y: float, wide: float, high: float, fill: str, hatch: str, line: str):
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), wide, high, fc=fill, ec=GREY, hatch=hatch, linestyle=line, lw=1)


def try_proposal(program: str, text: str, seconds: float = 0.5, engine: str = "auto") -> Picture:
    """The gates for one proposal, a program and the text of its input, under a time limit."""
    with Executor(engine, Limits(seconds=seconds)) as executor:
        task, verdict = validate([Proposal("deduction", program, (text,))], executor)[0]
    return lights(verdict, task.output if task else None)


def stops(verdicts: dict[str, Verdict]) -> Picture:
    """How many of some named proposals get through each gate, and which ones it stopped."""
    left = {name: gate_of(verdict) for name, verdict in verdicts.items()}
    figure = Picture(figsize=(8, 3.4), layout="constrained", facecolor="white")
    axis = figure.subplots()
    names = ["proposed", *(name.replace("\n", " ") for name in GATES)]
    counts = [len(left), *(sum(passed > place for passed in left.values()) for place in range(len(GATES)))]
    axis.barh(names, counts, color="#88CCEE", edgecolor=INK, linewidth=0.6)
    for row, count in enumerate(counts):
        stopped = [name for name, passed in left.items() if passed == row - 1]
        axis.text(
            count,
            row,
            f"  {count}" + (f"   stopped: {', '.join(stopped)}" if stopped else ""),
            va="center",
            fontsize=8.5,
            color=INK,
        )
    axis.invert_yaxis()
    axis.set(xlim=(0, 1.9 * max(counts[0], 1)), xlabel="proposals that got through")
    axis.set_xticks(range(0, counts[0] + 1, max(1, counts[0] // 5)))
    axis.set_title("What gets through each gate, and what it stopped", loc="left", fontsize=9.5, color=INK)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


# --- limits ----------------------------------------------------------------------------------------------------------
LOOP = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total"


def engines() -> list[str]:
    """The engines that run on this machine: monty everywhere, cpython where a process can fork."""
    try:
        with CPythonEngine(workers=1) as engine:
            engine.layers()
        return ["monty", "cpython"]
    except EngineUnavailable:
        return ["monty"]


def race(seconds: float = 0.3, names: Sequence[str] = ("monty",), largest: int = 7) -> Picture:
    """Loops of 100 to 10**largest rounds under a time limit: how long each took, and which were stopped."""
    figure = Picture(figsize=(8, 3), layout="constrained", facecolor="white")
    axis = figure.subplots()
    for (color, marker, _), name, shift in zip(LOOKS, names, (0.92, 1.09), strict=False):  # beside each other
        with Executor(name, Limits(seconds=seconds), workers=1) as executor:
            executor.run([Job(LOOP, ("1",))])  # starts the worker, which is not the first loop's time
            for power in range(2, largest + 1):
                begun = time.perf_counter()
                ended = executor.run([Job(LOOP, (str(10**power),))])[0].outcomes[0].status == "ok"
                axis.plot(
                    shift * 10**power,
                    time.perf_counter() - begun,
                    marker,
                    color=color,
                    markersize=8,
                    mfc=color if ended else "white",
                    mew=1.6,
                    label=name if power == 2 else "",
                )
    axis.axhline(seconds, color=INK, linewidth=1, linestyle="--")
    axis.annotate(f"limit {seconds:g} s", (100, seconds), (0, 4), textcoords="offset points", fontsize=9, color=INK)
    plots._dress(axis, "Filled: the loop ended. Hollow: it was stopped.", "time (s)", "rounds of the loop")
    axis.set(xscale="log", yscale="log", ylim=(1e-4, 5), xlim=(60, 2 * 10**largest))
    axis.legend(loc="lower right", frameon=False, fontsize=9)
    return figure


def memory_table(megabytes: Sequence[int], powers: Sequence[int]) -> Page:
    """What becomes of lists of 10**power items under each memory limit."""
    rows = []
    for limit in megabytes:
        with Executor("monty", Limits(seconds=1, memory_mb=limit)) as executor:
            found = executor.run([Job("def f(n):\n    return len([0] * n)", (str(10**power),)) for power in powers])
        rows.append((f"{limit} MB", *(result.outcomes[0].status for result in found)))
    return table(("limit", *(f"{10**power:,} items" for power in powers)), rows)


# --- chance ----------------------------------------------------------------------------------------------------------
def set_order(seed: int, words: Sequence[str] = ("ape", "bee", "cat")) -> str:
    """How a new Python process with this hash seed writes `list(set(words))`."""
    text = f"print(list({{{', '.join(map(repr, words))}}}))"
    done = subprocess.run(
        [sys.executable, "-P", "-s", "-S", "-c", text],
        capture_output=True,
        text=True,
        timeout=30,
        env=bare_environment(PYTHONHASHSEED=str(seed)),
    )
    return done.stdout.strip()


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
