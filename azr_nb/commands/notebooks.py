"""The commands around the course: `azr-nb notebooks build | run | screens`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

notebooks = typer.Typer(name="notebooks", help="Build, run and photograph the notebooks of the course.",
                        no_args_is_help=True)  # fmt: skip

Numbers = Annotated[list[str] | None, typer.Argument(help="numbers of notebooks, such as 00 03; all without")]


def _chosen(paths: list[Path], numbers: list[str] | None) -> list[Path]:
    from azr_nb.config import ConfigError

    if not paths:
        raise ConfigError("there are no notebooks here: start the command in the folder that holds notebooks/")
    known = {path.stem[:2]: path for path in paths}
    for number in numbers or ():
        if number.zfill(2) not in known:
            raise ConfigError(f"there is no notebook {number}: choose some of {', '.join(known)}")
    return [known[number.zfill(2)] for number in numbers] if numbers else paths


@notebooks.command("build")
def build_command(
    numbers: Numbers = None,
    text: Annotated[bool, typer.Option("--text", help="renew prose only, where no code changed; nothing is executed")]
    = False,
) -> None:
    """Build notebooks anew from their sources: execute them and write them with their outputs.

    Each gives two: the learner's in notebooks/, and the instructor's, with solutions, in notebooks/teaching/.
    """
    from azr_nb.course import build_notebooks as builder

    for source in _chosen(builder.sources(), numbers):
        for kind in builder.BUILDS:
            print(f"building {builder.target(source, kind)} ...", flush=True)
            (builder.retext if text else builder.build)(source, kind)


@notebooks.command("run")
def run_command(
    numbers: Numbers = None,
    tier: Annotated[str, typer.Option(help="smoke (seconds), cpu (the minutes they promise) or gpu")] = "cpu",
) -> None:
    """Execute notebooks with papermill into data_out/notebooks/, with minutes and memory beside the promise."""
    from azr_nb.config import ConfigError
    from azr_nb.notebooks import TIERS, committed, run_all

    if tier not in TIERS:
        raise ConfigError(f"unknown tier {tier!r}: choose {', '.join(TIERS)}")
    failed = run_all(_chosen(committed(), numbers), tier, lambda line: print(line, flush=True))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


@notebooks.command("screens")
def screens_command(numbers: Numbers = None) -> None:
    """Run notebooks in JupyterLab in a headless Chromium and write screenshots to data_out/screens/."""
    from azr_nb.course.screens import take
    from azr_nb.notebooks import committed

    take(_chosen(committed(), numbers), lambda line: print(line, flush=True))
