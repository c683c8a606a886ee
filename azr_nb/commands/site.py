"""The commands for those who teach: `azr-nb site | slides | seats`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from azr_nb.commands.notebooks import Numbers, _chosen


def site_command(
    out: Annotated[Path, typer.Option(help="folder of the site, in place of an older one")] = Path("data_out/site"),
) -> None:
    """Build a static site of the course from the notebooks as they are; nothing is executed.

    It needs the extra `site`, which `make site` installs.
    """
    from azr_nb.course.site import build

    print(f"Site: {build(out=out)}")


def slides_command(
    numbers: Numbers = None,
    notes: Annotated[bool, typer.Option("--notes/--no-notes", help="with the teaching notes and solutions as speaker "
                                        "notes, or without")] = True,
    out: Annotated[Path, typer.Option(help="folder of the slides")] = Path("data_out/slides"),
) -> None:  # fmt: skip
    """Make slides from the notebooks: one page of HTML each, with reveal.js beside them.

    It needs the extra `site`. On a slide S opens the speaker's view, Esc shows all, F fills the screen.
    """
    from azr_nb.course.slides import available, write

    for notebook in _chosen(available(notes), numbers):
        print(write(notebook, out), flush=True)


def seats_command(
    numbers: Numbers = None,
    tier: Annotated[str, typer.Option(help="smoke (seconds), cpu (the minutes they promise) or gpu")] = "cpu",
    threads: Annotated[int, typer.Option(help="threads of a kernel, as OMP_NUM_THREADS", min=1)] = 1,
    students: Annotated[int, typer.Option(help="seats to reckon with", min=1)] = 30,
    into: Annotated[Path | None, typer.Option(help="the file whose table to renew, between its two markers")] = None,
) -> None:
    """Execute the notebooks one after another and print memory and CPU seconds of a seat as a Markdown table.

    Example: azr-nb seats --into notebooks/teaching/hub.md
    """
    from azr_nb.config import ConfigError
    from azr_nb.course import seats
    from azr_nb.notebooks import TIERS, committed

    if tier not in TIERS:
        raise ConfigError(f"unknown tier {tier!r}: choose {', '.join(TIERS)}")
    if into is not None:
        seats.check_markers(into)  # before minutes of work, not after
    measured = [seats.measure(path, tier, threads) for path in _chosen(committed(), numbers)]
    page = seats.table(measured, threads, students)
    print(page)
    failed = [seat for seat in measured if seat.failure]
    for seat in failed:
        print(f"failed: {seat.notebook}: {seat.failure}", file=sys.stderr)
    if failed:
        sys.exit(1)
    if into is not None:
        print(f"{into}: {'renewed' if seats.write_into(into, page) else 'up to date'}")


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("site")(site_command)
    app.command("slides")(slides_command)
    app.command("seats")(seats_command)
