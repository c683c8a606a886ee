"""The attack gallery on every engine, hostile programs among honest ones, and the command that shows the gallery."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azr_nb.cli.app import app
from azr_nb.cli.doctor import attack_table
from azr_nb.environments.python_programs import attacks as module
from azr_nb.environments.python_programs.attacks import HONEST, HONEST_TEXT, gallery, run_gallery
from azr_nb.executor import EngineUnavailable, Executor, Job, Limits, Outcome, Result
from azr_nb.tasks import ALL_TASK_TYPES, STATUSES

SMALL = Limits(seconds=0.3, memory_mb=128)
ENGINES = ("monty", "cpython", "auto")
HOSTILE = (
    "plain loop",
    "big dict",
    "200 MB result",
    "forks",
    "segfault, back door",
    "patched modules",
    "close every descriptor, back door",
    "os._exit, back door",
)


def need(engine: str) -> None:
    try:
        with Executor(engine) as executor:
            executor.run([HONEST])
    except EngineUnavailable as error:
        pytest.skip(str(error))


def orphans() -> set[int]:
    """Every process that this one started or inherited, on Linux."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    return {pid for pid, parent in parents.items() if parent == os.getpid()}


@pytest.fixture()
def adopting():
    """Have orphans of processes below this one become its own children, so that they can be counted."""
    if not sys.platform.startswith("linux"):
        yield None
        return
    libc = ctypes.CDLL(None)
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    yield orphans
    libc.prctl(36, 0, 0, 0, 0)


def test_the_gallery_is_large_and_well_formed():
    attacks = gallery()
    assert len(attacks) >= 45 and len({(a.kind, a.name) for a in attacks}) == len(attacks)
    assert {a.type for a in attacks if a.kind == "answer"} >= set(ALL_TASK_TYPES)
    for attack in attacks:
        assert attack.must <= set(STATUSES) - {"ok"} and attack.must, attack.name
        assert attack.tries.endswith(".") and attack.group and attack.calls, attack.name
        assert attack.kind == "answer" or "def f(" in attack.program or "\nf = " in attack.program, attack.name
    groups = {a.group for a in attacks}
    assert groups >= {
        "loops",
        "memory",
        "output",
        "nesting",
        "exits",
        "processes",
        "files",
        "network",
        "parent",
        "protocol",
        "patches",
        "objects",
        "chance",
        "injection",
        "answers",
        "memory of others",
        "neighbours",
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_every_attack_fails(engine, adopting):
    need(engine)
    before = adopting() if adopting else set()
    rows = run_gallery(engine, SMALL)
    assert len(rows) == len(gallery())
    assert all(row.passed for row in rows), "\n" + attack_table([row for row in rows if not row.passed])
    if adopting:
        deadline = time.monotonic() + 2
        while adopting() - before and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not adopting() - before, "an attack left a process behind"


@pytest.mark.parametrize("engine", ENGINES)
def test_hostile_programs_among_honest_ones(engine):
    need(engine)
    programs = {attack.name: attack.program for attack in gallery() if attack.kind == "program"}
    jobs = [Job(f"import math\ndef f(a):\n    return [len(str(a)), math.sqrt(a), a + {i}]", ("9",)) for i in range(256)]
    expected: list[str | None] = [f"[1, 3.0, {9 + i}]" for i in range(256)]
    for i, name in enumerate(HOSTILE):
        jobs.insert(32 * i + 7, Job(programs[name], ("3",)))
        expected.insert(32 * i + 7, None)
    with Executor(engine, SMALL) as executor:
        begun = time.monotonic()
        results = executor.run(jobs)
        seconds = time.monotonic() - begun
    wrong = [
        i for i, (r, e) in enumerate(zip(results, expected, strict=True)) if e and r.outcomes[0] != Outcome("ok", e)
    ]
    assert not wrong
    assert seconds < 8 * 4 * SMALL.seconds


class Gullible:
    """An executor that believes everything, to see that the gallery finds it out."""

    def __init__(self, engine: str, limits: Limits) -> None:
        self.limits = limits

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def run(self, jobs, *rest, **more):
        texts = [HONEST_TEXT if job.program.startswith(HONEST.program) else "42" for job in jobs]
        return [
            Result((Outcome("ok", text),) * len(job.calls), "gullible", 0.0)
            for job, text in zip(jobs, texts, strict=True)
        ]


def test_the_gallery_finds_a_bad_executor_out(monkeypatch):
    monkeypatch.setattr(module, "Executor", Gullible)
    failed = {row.name for row in run_gallery("any") if row.kind == "program" and not row.passed}
    believed = {a.name for a in gallery() if a.steady or "42" in a.texts}
    assert failed == {a.name for a in gallery() if a.kind == "program"} - believed


@pytest.mark.parametrize(
    "harm, trouble",
    [
        ("(folder / 'secret.txt').unlink()", "deleted or changed"),
        ("(folder / 'x').write_text('')", "wrote the file x"),
        ("socket.create_connection(('127.0.0.1', port))", "reached the network"),
    ],
)
def test_what_an_attack_leaves_behind_is_seen(monkeypatch, harm, trouble):
    class Harmful(Gullible):
        def run(self, jobs, *rest, **more):
            import socket

            for job in jobs:
                if not job.program.startswith(HONEST.program):
                    folder, port = job.program.split()
                    exec(harm, {"folder": Path(folder), "port": int(port), "socket": socket})
            return super().run(jobs)

    monkeypatch.setattr(module, "Executor", Harmful)
    attack = module.Attack("program", "x", "x", "x", frozenset({"ok"}), program="@SCRATCH@ @PORT@", texts=("42",))
    (row,) = run_gallery("any", attacks=(attack,))
    assert not row.passed and trouble in row.trouble


def test_doctor_shows_the_gallery(monkeypatch):
    monkeypatch.setattr(module, "gallery", lambda: gallery()[-3:])
    good = CliRunner().invoke(app, ["doctor", "--attacks", "--engine", "monty"])
    assert good.exit_code == 0 and "3 attacks, all held" in good.output and "engine monty" in good.output
    monkeypatch.setattr(module, "Executor", Gullible)
    monkeypatch.setattr(module, "gallery", lambda: gallery()[:2])
    bad = CliRunner().invoke(app, ["doctor", "--attacks", "--engine", "monty"])
    assert bad.exit_code == 1 and "FAILED" in bad.output and "2 attacks, 2 failed" in bad.output


def test_doctor_finds_nothing_broken_here():
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0 and "broken" not in result.output and "missing" not in result.output, result.output
    assert "executor: works" in result.output and "bundled policy" in result.output


def test_doctor_says_what_is_broken(monkeypatch):
    from azr_nb.cli import doctor
    from azr_nb.policy import models

    monkeypatch.delattr(models, "TINY")
    monkeypatch.setattr(doctor, "PACKAGES", ("torch", "no-such-package"))
    text, healthy = doctor.report()
    assert not healthy and "policy is broken: ImportError" in text and "no-such-package is missing: run" in text


def test_doctor_shows_the_layers():
    from azr_nb.cli.doctor import _layers

    text = _layers()
    assert "CPython engine" in text and ("not covered" in text or "not on this system" in text)
