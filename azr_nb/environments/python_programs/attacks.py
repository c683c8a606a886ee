"""The attack gallery: runs the attacks of `assets/attacks.toml` and tells what became of each.

An attack passes when its outcome is one of those the file allows, in about the time limit, and when it harms nobody:
honest programs in the same batch and after it are right, no file was changed, no packet came through.

Not covered: what an attack could learn without showing it, and side channels. Attacks aim at the process that
started their own and at a folder made for them; they never name another process of the machine.

Source: the failures of the released executor, and the 43 attacks it was compared with other engines on.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from azr_nb.environments.python_programs.rules import ALLOWED_MODULES, Rules
from azr_nb.environments.python_programs.verifier import check, read_outcome, validate
from azr_nb.executor import Executor, Job, Limits, Outcome, Result
from azr_nb.tasks import Proposal, Task

ATTACKS = Path(__file__).resolve().parents[2] / "assets" / "attacks.toml"
SECRET = "the secret of the attack gallery"
LITTER = Path("azr-nb-gallery-was-here")

# uses what attacks patch: built-ins, modules, and types
HONEST = Job(
    """import json
import math
class Pair:
    def __init__(self, left):
        self.left = left
def f(a):
    text = ''.join(sorted(str(a) + 'cab'))
    numbers = [math.sqrt(a), math.floor(2.5), len(text), sum([a, 1]), max(a, 4), Pair(a).left]
    return numbers + [text, repr(a), isinstance(a, int), json.dumps([a])]""",
    ("9",),
)
HONEST_TEXT = "[3.0, 2, 4, 10, 9, 9, '9abc', '9', True, '[9]']"

# the verifier's rules, open to the modules that are tried for chance: the executor has to find it
_OPEN = Rules(max_output=20_000, allowed_modules=frozenset(["datetime", "os", "random", "time", "uuid"]))
# any module there is, or what is left of one that was taken away, through the classes that the interpreter knows
_BACK_DOOR = """class _Names:
    def __init__(self, names):
        self.__dict__.update(names)
_doors = {c.__name__: c.__init__.__globals__ for c in object.__subclasses__() if c.__name__ in ('_wrap_close', 'CDLL')}
_os = _Names(_doors['_wrap_close'])
_taken = {'os': _os, 'sys': _os.sys, 'ctypes': _Names(_doors.get('CDLL', {}))}
def _import(name):
    return _taken[name] if name in _taken else _os.sys.modules['builtins'].__import__(name)
"""

# what the answers in the gallery are offered to; the last hidden output stands for a gold text
TASKS = {
    "abduction": Task("abduction", "def f(a):\n    return a * a", (("3", "9"),)),
    "deduction": Task("deduction", "def f(a):\n    return {a: 1}", (("'x'", "{'x': 1}"),)),
    "induction": Task(
        "induction", "def f(a):\n    return a * 2", (("1", "2"), ("2", "4"), ("3", "6"), ("'ab'", "'abab'")), visible=2
    ),
    "error": Task("error", "def f(a):\n    return 1 // a", (("0", "ZeroDivisionError"),)),
    # the visible outputs do not tell the hidden ones
    "unguessable": Task(
        "induction",
        "def f(a):\n    return pow(a, 7919, 1000003)",
        tuple((str(a), str(pow(a, 7919, 1000003))) for a in range(11, 17)),
        visible=3,
    ),
}


@dataclass(frozen=True)
class Attack:
    """One attack. `kind` is program, proposal or answer; `must` and `texts` are its only acceptable ends.

    `texts` are the values, as `repr` text, with which a program may return; with `steady` any value will do that the
    judge accepts and new processes give again. `type` is the task type of a proposal; of an answer it names one of
    `TASKS`.
    """

    kind: str
    name: str
    group: str
    tries: str
    must: frozenset[str]
    program: str = ""
    calls: tuple[str, ...] = ("3",)
    texts: tuple[str, ...] = ()
    steady: bool = False
    type: str = "deduction"
    answer: str = ""

    @property
    def expected(self) -> str:
        """Every acceptable end, in words."""
        normal = [f"ok {text}" for text in self.texts] + ["ok, always the same"] * self.steady
        return " | ".join(sorted(self.must) + normal)


@dataclass(frozen=True)
class Row:
    """What became of one attack: what came out, what had to, seconds, and the trouble it left behind, if any."""

    kind: str
    group: str
    name: str
    tries: str
    got: str
    expected: str
    seconds: float
    passed: bool
    trouble: str = ""


@cache
def gallery() -> tuple[Attack, ...]:
    """All attacks in the order of the file: programs, then proposals, then answers to tasks."""
    data = tomllib.loads(ATTACKS.read_text(encoding="utf-8"))
    sets = data["outcomes"]
    attacks = []
    for kind in ("program", "proposal", "answer"):
        for row in data[kind]:
            must = row.pop("must", ["refused", "stopped", "unfit"])  # for an answer everything but ok
            row["must"] = frozenset(status for word in must for status in sets.get(word, [word]))
            repeat = row.pop("repeat", {})
            for field in ("program", "answer"):
                for word, (text, times) in repeat.items():
                    row[field] = row.get(field, "").replace(word, text * times)
            row["calls"] = tuple(row.pop("inputs", row.get("calls", ("3",))))
            row["texts"] = tuple(row.get("texts", ()))
            attacks.append(Attack(kind=kind, **row))
            hidden = _back_door(attacks[-1])
            if hidden:
                attacks.append(hidden)
    return tuple(attacks)


def _back_door(attack: Attack) -> Attack | None:
    """The attack again, its imports fetched behind the importer's back; None if it imports nothing forbidden."""
    lines = attack.program.split("\n")
    modules = [line.removeprefix("import ").split(", ") for line in lines if line.startswith("import ")]
    names = {name for line in modules for name in line}
    if attack.kind != "program" or attack.steady or names <= ALLOWED_MODULES:
        return None
    rest = [line for line in lines if not line.startswith("import ")]
    imports = [f"{name.partition('.')[0]} = _import({name!r})" for name in sorted(names)]
    program = _BACK_DOOR + "\n".join(imports + rest)
    return replace(attack, name=f"{attack.name}, back door", program=program)


def run_gallery(
    engine: str = "auto",
    limits: Limits | None = None,
    progress: Callable[[Row], None] | None = None,
    attacks: tuple[Attack, ...] | None = None,
) -> list[Row]:
    """Run every attack alone on an executor of the named engine, an honest program behind each.

    `limits` default to one second; `progress` is called with each row. Raises `ValueError` for an unknown engine.
    """
    limits = limits or Limits(seconds=1.0)
    rows = []
    with _target() as target, Executor(engine, limits) as executor:
        executor.run([HONEST])  # starts the workers, which is not the first attack's fault
        for number, attack in enumerate(gallery() if attacks is None else attacks):
            begun = time.perf_counter()
            status, text, neighbours = _run(attack, executor, engine, target, number)
            seconds = time.perf_counter() - begun
            trouble = target.trouble() + neighbours + _wronged(executor.run([honest(f"{number} behind")]))
            if len(text) > limits.output_chars:
                trouble.append("its text is longer than the limit")
            if SECRET in text:
                trouble.append("it read the secret")
            if seconds > 4 * limits.seconds + 3:  # two hash seeds, and a worker that has to be killed
                trouble.append("it ran far beyond the time limit")
            good = status in attack.must or (status == "ok" and (attack.steady or text in attack.texts))
            got = status if status == "ok" and not text else f"{status}: {' '.join(text.split())[:80]}"
            passed = good and not trouble
            row = Row(
                *(attack.kind, attack.group, attack.name, attack.tries, got, attack.expected),
                *(round(seconds, 3), passed, "; ".join(trouble)),
            )
            rows.append(row)
            if progress:
                progress(row)
    return rows


# --- one attack --------------------------------------------------------------------------------------------------
def honest(mark: str) -> Job:
    """The honest program, never the same twice, so that no engine can answer for it from memory."""
    return replace(HONEST, program=f"{HONEST.program}\n# {mark}")


def _run(attack: Attack, executor: Executor, engine: str, target: _Target, number: int) -> tuple[str, str, list[str]]:
    """The status as the verifier sees it, the value's text or the reason, and what became of programs beside it."""
    program, answer = target.aim(attack.program), target.aim(attack.answer)
    if attack.kind == "answer":
        task = TASKS[attack.type]
        if task.type != "error":
            executor.run([Job(task.program, [call for call, _ in task.pairs])])  # as the task's own validation did
        verdict = check([task], [answer], executor)[0]
        return verdict.status, verdict.reason, []
    if attack.kind == "proposal":
        return *_propose(executor, Proposal(attack.type, program, attack.calls), Rules()), []
    if not attack.steady:
        beside = [honest(f"{number} {place}") for place in range(4)]
        *before, result, after = executor.run([*beside[:3], Job(program, attack.calls), beside[3]])
        return *_worst(result.outcomes), _wronged([*before, after])
    proposal = Proposal("induction" if len(attack.calls) > 1 else "deduction", program, attack.calls)
    status, text = _propose(executor, proposal, _OPEN)
    if status == "ok":
        with Executor(engine, executor.limits) as other:
            again = _propose(other, proposal, _OPEN)
        if again != (status, text):
            return "wrong", "a task came of it, but new processes do not give it again", []
    return status, text, []


def _propose(executor: Executor, proposal: Proposal, rules: Rules) -> tuple[str, str]:
    task, verdict = validate([proposal], executor, rules)[0]
    return ("ok", ", ".join(output for _, output in task.pairs)) if task else (verdict.status, verdict.reason)


def _worst(outcomes: tuple[Outcome, ...]) -> tuple[str, str]:
    for outcome in outcomes:
        verdict, _ = read_outcome(outcome)
        if not verdict.ok:
            return verdict.status, verdict.reason
    return "ok", outcomes[0].text


def _wronged(results: Sequence[Result]) -> list[str]:
    wrong = [result.outcomes[0] for result in results if result.outcomes[0] != Outcome("ok", HONEST_TEXT)]
    return [f"an honest program got {outcome.status} {outcome.text[:60]}" for outcome in wrong[:1]]


class _Target:
    """A folder and a socket for attacks to aim at, and what became of them."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.folder, self.listener = folder, listener
        self.secret = folder / "secret.txt"
        self.secret.write_text(SECRET)

    def aim(self, text: str) -> str:
        port = str(self.listener.getsockname()[1])
        return text.replace("@SCRATCH@", self.folder.as_posix()).replace("@PORT@", port)

    def trouble(self) -> list[str]:
        """What the last attack did; the target is put in order for the next."""
        found = []
        self.folder.mkdir(exist_ok=True)
        names = {path.name for path in self.folder.iterdir()}
        if not self.secret.exists() or self.secret.read_text() != SECRET:
            found.append("it deleted or changed a file")
            self.secret.write_text(SECRET)
        for name in names - {self.secret.name}:
            found.append(f"it wrote the file {name}")
            (self.folder / name).unlink()
        if LITTER.exists():
            found.append("it wrote into the current folder")
            LITTER.unlink()
        with contextlib.suppress(BlockingIOError):
            self.listener.accept()[0].close()
            found.append("it reached the network")
        return found


@contextlib.contextmanager
def _target() -> Iterator[_Target]:
    with tempfile.TemporaryDirectory(prefix="azr-nb-gallery-") as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield _Target(Path(folder), listener)
