"""What builds and measures the project itself: `python -m tools`, followed by
build, run, figure, study, suites, screens, site, slides, seats, settings, badges or bench.

These commands work on a checkout, not on an installed package: they read notebooks/ and write to it or to data_out/.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from azr_nb.cli.app import run_app

app = typer.Typer(
    name="python -m tools",
    help="Build, run and photograph the notebooks; site, slides, benchmarks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Numbers = Annotated[list[str] | None, typer.Argument(help="numbers of notebooks, such as 00 03; all without")]


def _chosen(paths: list[Path], numbers: list[str] | None) -> list[Path]:
    from azr_nb.config import ConfigError

    if not paths:
        raise ConfigError("no notebooks found: run this command in the folder that holds notebooks/")
    known = {path.stem.partition("_")[0]: path for path in paths}
    for number in numbers or ():
        if number.zfill(2) not in known:
            raise ConfigError(f"there is no notebook {number}: choose some of {', '.join(known)}")
    return [known[number.zfill(2)] for number in numbers] if numbers else paths


@app.command("build")
def build_command(
    numbers: Numbers = None,
    text: Annotated[
        bool, typer.Option("--text", help="renew prose only, where no code changed; nothing is executed")
    ] = False,
) -> None:
    """Build notebooks anew from their sources: execute them and write them with their outputs.

    Each gives two: the learner's in notebooks/, and the instructor's, with solutions, in docs/teaching/.
    """
    from tools import build_notebooks as builder

    for source in _chosen(builder.sources(), numbers):
        for kind in builder.BUILDS:
            print(f"building {builder.target(source, kind)} ...", flush=True)
            (builder.retext if text else builder.build)(source, kind)


@app.command("study")
def study_command(
    names: Annotated[
        list[str] | None, typer.Argument(help="names, groups or kinds of recorded runs; all without")
    ] = None,
    workers: Annotated[int, typer.Option(help="runs at a time, with one thread each if more than one", min=1)] = 2,
    left: Annotated[bool, typer.Option("--left", help="only say what is missing, and how many hours it takes")] = False,
) -> None:
    """Make the recorded runs that are missing or have other settings now, and pack each when it is finished.

    Called again it goes on where it was stopped, on any machine that has the archives packed so far.
    """
    from tools.study import chosen, left_table, study

    runs = chosen(names or [])
    print(left_table(runs, workers), flush=True)
    if left:
        return
    failed = study(runs, workers, lambda text: print(text, flush=True))
    if failed:
        sys.exit(1)


@app.command("run")
def run_command(
    numbers: Numbers = None,
    tier: Annotated[str, typer.Option(help="smoke (seconds), cpu (the minutes they promise) or gpu")] = "cpu",
) -> None:
    """Execute notebooks with papermill into data_out/notebooks/, with minutes and memory beside the promise."""
    from azr_nb.config import ConfigError
    from tools.run_notebooks import TIERS, committed, run_all

    if tier not in TIERS:
        raise ConfigError(f"unknown tier {tier!r}: choose {', '.join(TIERS)}")
    failed = run_all(_chosen(committed(), numbers), tier, lambda line: print(line, flush=True))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


@app.command("figure")
def figure_command() -> None:
    """Draw the README's figure of what self-play teaches from the recorded runs, to notebooks/learning.png."""
    from azr_nb.config import ConfigError
    from azr_nb.course import by_cell, changes, two_environments
    from azr_nb.runs.plots import save

    if not Path("notebooks").is_dir():
        raise ConfigError("no notebooks found: run this command in the folder that holds notebooks/")
    arms = {"self-play": "self-play", "further warm-up": "further", "fixed tasks": "fixed-tasks"}
    lines = {"before": by_cell("things-self-play", "before")}
    lines |= {name: by_cell(f"things-{arm}") for name, arm in arms.items()}
    save(two_environments(lines, changes(mode="greedy")), Path("notebooks/learning.png"))
    print("notebooks/learning.png: renewed")


@app.command("suites")
def suites_command() -> None:
    """Draw the held-out suites of Python programs anew, apart from the bundled policy's warm-up (20 minutes)."""
    from azr_nb.config import ConfigError
    from tools.suites import FILE, draw

    if not FILE.is_file():
        raise ConfigError("no held-out suites found: run this command in the folder that holds azr_nb/")
    FILE.write_bytes(draw(print))
    print(f"{FILE}: renewed")


@app.command("screens")
def screens_command(numbers: Numbers = None) -> None:
    """Run notebooks in JupyterLab in a headless Chromium and write screenshots to data_out/screens/."""
    from tools.run_notebooks import committed
    from tools.screens import take

    take(_chosen(committed(), numbers), lambda line: print(line, flush=True))


@app.command("site")
def site_command(
    out: Annotated[Path, typer.Option(help="folder of the site, in place of an older one")] = Path("data_out/site"),
) -> None:
    """Build a static site of the course from the notebooks as they are; no notebook is executed.

    It needs the extra `site`, which `make site` installs.
    """
    from tools.site import build

    print(f"Site: {build(out=out)}")


@app.command("slides")
def slides_command(
    numbers: Numbers = None,
    notes: Annotated[
        bool,
        typer.Option("--notes/--no-notes", help="with the teaching notes and solutions as speaker notes, or without"),
    ] = True,
    out: Annotated[Path, typer.Option(help="folder of the slides")] = Path("data_out/slides"),
) -> None:
    """Make slides from the notebooks: one page of HTML each, with reveal.js beside them.

    It needs the extra `site`. On a slide S opens the speaker's view, Esc shows all, F fills the screen.
    """
    from tools.slides import available, write

    for notebook in _chosen(available(notes), numbers):
        print(write(notebook, out), flush=True)


@app.command("seats")
def seats_command(
    numbers: Numbers = None,
    tier: Annotated[str, typer.Option(help="smoke (seconds), cpu (the minutes they promise) or gpu")] = "cpu",
    threads: Annotated[int, typer.Option(help="threads of a kernel, as OMP_NUM_THREADS", min=1)] = 1,
    students: Annotated[int, typer.Option(help="seats to reckon with", min=1)] = 30,
    into: Annotated[Path | None, typer.Option(help="the file whose table to renew, between its two markers")] = None,
) -> None:
    """Execute the notebooks one after another and print memory and CPU seconds of a seat as a Markdown table.

    Example: python -m tools seats --into docs/teaching/hub.md
    """
    from azr_nb.config import ConfigError
    from tools import seats
    from tools.marked import check_markers, renew
    from tools.run_notebooks import TIERS, committed

    if tier not in TIERS:
        raise ConfigError(f"unknown tier {tier!r}: choose {', '.join(TIERS)}")
    if into is not None:
        check_markers(into, *seats.MARKERS)  # before minutes of work, not after
    measured = [seats.measure(path, tier, threads) for path in _chosen(committed(), numbers)]
    page = seats.table(measured, threads, students)
    print(page)
    failed = [seat for seat in measured if seat.failure]
    for seat in failed:
        print(f"failed: {seat.notebook}: {seat.failure}", file=sys.stderr)
    if failed:
        sys.exit(1)
    if into is not None:
        print(renew(into, page, *seats.MARKERS))


@app.command("settings")
def settings_command(
    into: Annotated[Path | None, typer.Option(help="the file whose tables to renew, between its two markers")] = None,
) -> None:
    """Print the page of all settings as Markdown.

    Example: python -m tools settings --into docs/settings.md
    """
    from tools import settings_page
    from tools.marked import renew

    page = settings_page.reference_page()
    print(renew(into, page, *settings_page.MARKERS) if into else page)


@app.command("badges")
def badges_command() -> None:
    """Write the README's badges, with the repository that pyproject.toml names; none while it names none."""
    from tools import badges
    from tools.marked import renew

    print(renew(Path("README.md"), badges.badges(badges.repository()), *badges.MARKERS))


@app.command()
def bench(
    what: Annotated[str, typer.Argument(help="executor, sampler, step, or all")] = "all",
    model: Annotated[str, typer.Option(help="the policy of sampler and step, such as smollm2-135m")] = "tiny",
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of a table")] = False,
) -> None:
    """Measure ratios side by side in one run: executor, sampler and step against plain forms."""
    from tools.bench import run_bench

    print(run_bench(what, as_json, model))


if __name__ == "__main__":
    run_app(app)
