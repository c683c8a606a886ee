"""The commands that compare and verify: `azr-nb compare | rewards | verify | serve | doctor`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from typer import Argument, Option


def compare(
    runs: list[str] = Argument(help="run folders or recorded runs, for example of five seeds"),
    minus: list[str] | None = Option(
        None, help="another run to take away, such as a control; one for each run, in the same order"
    ),
    as_json: bool = Option(False, "--json", help="print JSON instead of a table"),
) -> None:
    """Change in held-out scores over several runs, with 95 % intervals over warm-ups, runs and tasks.

    With --minus also by how much the runs end above other ones, pair by pair.

    \b
    Examples:
    azr-nb compare data_out/seed-*
    azr-nb compare data_out/first --minus data_out/first-further
    """
    from azr_nb.runs.compare import compare_runs, comparison_table, difference_lines, differences
    from azr_nb.runs.shipped import open_run

    folders, others = [open_run(run) for run in runs], [open_run(run) for run in minus or ()]
    result = compare_runs(folders)
    if others:
        result["minus"] = differences(folders, others)
    if as_json:
        print(json.dumps(result, indent=1))
        return
    print(comparison_table(result))
    if others:
        print(difference_lines(result["minus"], [run.name for run in others]))


def rewards(plugin: str | None = Option(None, help="Python file of your own; its rewards are listed too")) -> None:
    """List the rewards and intrinsic terms that a run can name, each with what it rewards and where it comes from."""
    from azr_nb.rewards import load_plugin, registered
    from azr_nb.rewards.signals import BUILT_IN, SIGNALS
    from azr_nb.runs.text_table import text_table

    if plugin is not None:
        load_plugin(plugin)
    for kind, setting in (
        ("proposer", "--proposer-reward"),
        ("solver", "--solver-reward"),
        ("intrinsic", "--set intrinsic='{NAME: WEIGHT}'"),
    ):
        print(f"{kind} ({setting})")
        rows = []
        for reward in registered(kind):
            rows.append(("", reward.name, reward.summary))
            rows += [("", "", f"needs {', '.join(reward.needs)}")] if reward.needs else []
            rows += [("", "", reward.cite)] if reward.cite else []
        print(text_table(rows))
    print("signals (what rewards may need; see azr_nb.rewards.signal)")
    print(text_table([("", name, says) for name, says in (BUILT_IN | {n: s.cite for n, s in SIGNALS.items()}).items()]))


def verify(
    file: Path = Argument(exists=True, dir_okay=False, help="the tasks with their answers, one JSON object a line"),
    out: Path | None = Option(None, help="where to write the verdicts; by default beside FILE, as FILE.verdicts.jsonl"),
    engine: str = Option("auto", help="what runs the programs: auto, monty or cpython"),
) -> None:
    """Verify answers to tasks from a file, one task and answer a line, one verdict a line.

    \b
    Example line:
    {"type": "deduction", "program": "def f(a): return a + 1", "input": "3", "output": "4", "answer": "4"}

    type is deduction (answer: the output), abduction (an input that gives the output), error (the exception's name or
    NoError, with that name as output) or induction ("pairs": [["1", "2"], ["2", "4"]] instead of input and output;
    answer: a program). Inputs and outputs are texts of plain Python values. A verdict is
    {"ok": false, "status": "wrong", "reason": "..."}; a line that cannot be read gets the status malformed, and the
    exit code is 2.
    """
    from azr_nb.cli.verify_file import MALFORMED, summary_table, verify_file

    out = out or file.with_name(f"{file.stem}.verdicts.jsonl")
    counts = verify_file(file, out, engine, complain=lambda problem: print(problem, file=sys.stderr))
    print(summary_table(counts, out))
    if counts["-", MALFORMED]:
        sys.exit(2)


def serve(
    source: str = Argument("own", help="tasks of a held-out suite (own, harder), or of a run: its buffer"),
    port: int = Option(8000, help="the port of this machine to listen at", min=1, max=65535),
    limit: int | None = Option(None, help="at most so many tasks of each type", min=1),
) -> None:
    """Serve tasks and the verifier to other libraries, as an OpenEnv server on this machine only.

    A client's reset gives a prompt, and its step takes a completion and gives the verdict and a reward of 1 or 0. It
    needs OpenEnv: pip install 'openenv>=0.10,<0.11'.

    Example: azr-nb serve own --port 8000
    """
    from azr_nb.export.openenv_server import serve as run

    run(source, port, limit)


def doctor(
    attacks: bool = Option(False, "--attacks", help="run the attack gallery on the executor instead"),
    engine: str = Option("auto", help="the engine to attack: auto, monty or cpython"),
) -> None:
    """Check the installation: versions, threads, the executor and its isolation, the bundled policy.

    With --attacks: what becomes of every hostile program, proposal and answer of the gallery; exit code 1 if one wins.
    """
    from azr_nb.cli.doctor import report, report_attacks
    from azr_nb.config import ConfigError

    if engine != "auto" and not attacks:
        raise ConfigError("--engine belongs to --attacks")
    text, healthy = report_attacks(engine) if attacks else report()
    print(text)
    if not healthy:
        sys.exit(1)
