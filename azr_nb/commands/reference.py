"""The commands that explain: `azr-nb config` for settings, `azr-nb explain` for metrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def config_command(
    preset: Annotated[str, typer.Argument(help="a preset, a run folder, or a YAML file")] = "classroom",
    diff: Annotated[
        tuple[str, str] | None, typer.Option(help="two of them, of which to show the settings that differ")
    ] = None,
    differences: Annotated[
        bool, typer.Option("--differences", help="say where the released code departs from the paper, point by point")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="print the page of all settings")] = False,
    into: Annotated[
        Path | None, typer.Option(help="with --markdown: the file to renew it in, between its two markers")
    ] = None,
) -> None:
    """Print the settings of a preset or a run, with what each one does.

    Example: azr-nb config --diff paper released_code
    """
    from azr_nb import config_tables as tables
    from azr_nb.config import ConfigError

    if differences:
        from azr_nb.differences import differences_text

        print(differences_text())
        return
    if into is not None and not markdown:
        raise ConfigError("--into belongs to --markdown")
    if diff is not None and markdown:
        raise ConfigError("choose --diff or --markdown")
    if diff is not None:
        print(tables.diff_table(*map(tables.named_config, diff), diff))
    elif into is not None:
        print(f"{into}: {'renewed' if tables.write_into(into) else 'up to date'}")
    else:
        print(tables.reference_page() if markdown else tables.settings_yaml(tables.named_config(preset)), end="")


def explain_command(
    metric: Annotated[str | None, typer.Argument(help="a column of metrics.csv, such as dead_share")] = None,
    show_all: Annotated[bool, typer.Option("--all", help="print every entry")] = False,
    run: Annotated[
        Path | None, typer.Option(help="a run folder: its last ten steps beside the healthy ranges")
    ] = None,
) -> None:
    """Say what a column of metrics.csv means, what is healthy, and what to do if it is not.

    Example: azr-nb explain dead_share
    """
    from azr_nb import metric_dictionary as dictionary

    if sum((metric is not None, show_all, run is not None)) != 1:
        raise dictionary.MetricError("name one metric, or give --all, or --run with a run folder")
    if metric is not None:
        print(dictionary.explanation(dictionary.entry_of(metric), metric))
    elif run is not None:
        print(dictionary.run_table(run))
    else:
        print("\n\n".join(dictionary.explanation(entry) for entry in dictionary.entries()))


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("config")(config_command)
    app.command("explain")(explain_command)
