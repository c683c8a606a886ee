"""The weak judge of notebook 02, asked in a process of its own, and what kind of trick fools it.

The process has a time limit, an empty environment and a folder that is thrown away. It is no sandbox: it is meant for
texts that the reader of the notebook wrote.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from azr_nb.environments.python_programs.answers import check
from azr_nb.executor import Executor
from azr_nb.programs.values import NotPlain, parse_arguments, parse_value
from azr_nb.runs.pages import Page, pre, table
from azr_nb.tasks import Task, Verdict

# the task that the weak judge is asked about, by task type
PROGRAM = "def f(a):\n    return a % 3"
_PAIRS = (("7", "1"), ("3", "0"), ("5", "2"), ("-1", "2"))
TASKS = {
    "deduction": Task("deduction", PROGRAM, _PAIRS[:1]),
    "abduction": Task("abduction", PROGRAM, _PAIRS[:1]),
    "induction": Task("induction", PROGRAM, _PAIRS, visible=2, message="#% 3"),
}
SHOWN = (("abduction", "7) or (True"), ("deduction", "eval(output)"))


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


# the judge is called in a process of its own and nowhere else
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
