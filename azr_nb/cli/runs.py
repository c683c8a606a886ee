"""`azr-nb runs | report | export`: recorded runs, a page about a run, and its policy to be shared."""

from __future__ import annotations

from pathlib import Path

from typer import Argument, Option, confirm


def runs_command(
    name: str | None = Argument(None, help="a recorded run, to show its command and what is in it"),
    kind: str | None = Option(
        None, help="list one kind only: healthy, language, ward, study, things, levers, curiosity, zero or short"
    ),
    out: Path | None = Option(None, help="copy the run named to this folder"),
    pack: Path | None = Option(
        None, help="for who works on the course: pack this finished run folder as the run named"
    ),
) -> None:
    """List the recorded runs of the course, or show one with the command that makes it again.

    Example: azr-nb runs collapse
    """
    import shutil

    from azr_nb import __version__
    from azr_nb.config import ConfigError
    from azr_nb.runs.catalogue import CATALOGUE, MADE_WITH
    from azr_nb.runs.shipped import archive, open_recorded, shipped
    from azr_nb.runs.shipped import pack as pack_run
    from azr_nb.runs.text_table import text_table

    if name is None:
        if out is not None or pack is not None:
            raise ConfigError("name a run for --out or --pack")
        listed = [run for run in shipped() if kind in (None, run.kind)]
        if not listed:
            which = (
                f" of kind {kind!r}: choose healthy, language, ward, study, things, levers, curiosity, zero or short"
                if kind
                else ""
            )
            raise ConfigError("no recorded run is there" + which)
        size = lambda run: f"{run.cases} cases" if run.control_of else f"{run.config().steps} steps"  # noqa: E731
        print(text_table([(run.name, run.kind, size(run), run.about) for run in listed], "<<>"))
        print(f"made with azr-nb {MADE_WITH}, things later; this is {__version__}, which may end in other numbers")
        print(f"{len(listed)} runs, {sum(archive(run.name).stat().st_size for run in listed) / 1e6:.1f} MB")
        return
    if pack is not None:
        if name not in CATALOGUE:
            raise ConfigError(f"the catalogue has no run {name!r}")
        print(f"packed {pack_run(pack, CATALOGUE[name])}")
        return
    folder, run = open_recorded(name), CATALOGUE[name]
    if out is not None:
        if out.exists():
            raise ConfigError(f"{out} exists already: choose another folder with --out")
        shutil.copytree(folder, out)
        print(f"copied to {out}")
        return
    print(f"{run.name}: {run.about}")
    print(f"made by: {run.command()} (with azr-nb {MADE_WITH}; this is {__version__})")
    print("files:   " + ", ".join(sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())))
    if run.fault is not None:
        print(f"fault:   {run.fault.sign} leaves its band first ({run.fault.side}): {run.fault.why}")


def report_command(
    run: str = Argument(help="a run folder, finished or not, or the name of a recorded run"),
    out: Path | None = Option(
        None, help="the page to write; by default report.html in the folder, or data_out/reports/NAME.html"
    ),
) -> None:
    """Write one page about a run, with scores, curves, vital signs and tasks, that opens without a server.

    Example: azr-nb report data_out/first
    """
    from azr_nb.runs.report import write_report
    from azr_nb.runs.shipped import open_run

    folder = open_run(run)
    if out is None and not Path(run).is_dir():
        out = Path("data_out/reports") / f"{run}.html"
    print(f"Report: {write_report(folder, out)}")


def export_command(
    run: str = Argument(help="a run folder, or the name of a recorded run with an adapter"),
    out: Path | None = Option(None, help="the folder to write; by default data_out/exported/NAME"),
    adapter: bool = Option(
        False, "--adapter", help="PEFT's adapter with its base beside it, instead of one merged model"
    ),
    tasks: bool = Option(
        False, "--tasks", help="the tasks that the run wrote instead, as a dataset: parquet, with a card"
    ),
    to_hub: str | None = Option(
        None, "--push", help="then upload the folder to this repository of the Hugging Face hub; asks first"
    ),
    yes: bool = Option(False, "--yes", help="upload without asking"),
) -> None:
    """Write a run's policy as a folder that transformers (or PEFT) loads by itself, or its tasks as a dataset.

    \b
    Examples:
    azr-nb export data_out/first
    azr-nb export data_out/first --tasks
    """
    from azr_nb.config import ConfigError
    from azr_nb.export.policy import export
    from azr_nb.export.tasks import export_tasks, push
    from azr_nb.runs.shipped import open_run
    from azr_nb.runs.train import quiet

    if adapter and tasks:
        raise ConfigError("--adapter is a form of the policy, and --tasks exports the tasks: choose one")
    quiet()
    folder = open_run(run)
    out = out or Path("data_out/exported") / (folder.resolve().name + ("-tasks" if tasks else ""))
    if tasks:
        print(f"Exported: {export_tasks(folder, out):,} tasks to {out}")
    else:
        print(f"Exported: {export(folder, out, adapter)}")
    if to_hub is None:
        return
    kind = "dataset" if tasks else "model"
    if not yes and not confirm(f"Upload {out} to the hub as the {kind} {to_hub}, for everybody who may see it?"):
        print("not uploaded")
        return
    print(f"Uploaded: {push(out, to_hub, kind)}")


def baseline_command(
    run: str = Argument(help="a finished run folder"),
    control: str = Option(
        "further", help="further, supervised, grammar, fixed, untrained or random (see above)", metavar="<name>"
    ),
    out: Path | None = Option(None, help="the folder to write; by default data_out/NAME-CONTROL"),
    cases: int | None = Option(
        None, help="further: how many cases of the grammar; by default as many as take the run's minutes here", min=100
    ),
    plugin: str | None = Option(None, help="the Python file of your own that the run was made with"),
) -> None:
    """Make a control of a run: what else could explain its gain? Same first policy, same held-out tasks.

    further: the same minutes of further warm-up, all weights, with right answers. supervised: the run's adapter,
    schedule and tokens, on right answers to the tasks that it proposed. grammar, fixed: no proposer; the solver learns
    by rewards on fresh tasks of the grammar, or on the seed tasks. untrained: the proposer writes and does not learn.
    random: random rewards. Compare with azr-nb compare.

    Example: azr-nb baseline data_out/first --control supervised
    """
    from azr_nb.config import ConfigError
    from azr_nb.evaluation.held_out import score_table
    from azr_nb.rewards import load_plugin
    from azr_nb.runs.baseline import CONTROLS, ahead, baseline
    from azr_nb.runs.shipped import open_run
    from azr_nb.runs.train import quiet

    if control not in CONTROLS:
        raise ConfigError(f"unknown control {control!r}: choose one of {', '.join(CONTROLS)}")
    if cases is not None and control != "further":
        raise ConfigError(f"--cases belongs to the control further, not to {control}")
    quiet()
    if plugin is not None:
        load_plugin(plugin)
    folder = open_run(run)
    out = out or Path("data_out") / f"{folder.resolve().name}-{control}"
    print(score_table(baseline(folder, control, out, cases, Path(plugin) if plugin else None)))
    print(ahead(folder, out))
    print(f"Folder: {out}")
