"""The report on a run: the notebook `assets/report.ipynb`, executed on the run folder and exported as one page.

Papermill executes it and nbconvert exports it, without its code. Everything on the page that came out of a model is
hostile text: the notebook's parts escape all of it, the page has no scripts and loads nothing, and its content security
policy forbids both.
"""

from __future__ import annotations

from pathlib import Path

from azr_nb.config.files import write_atomic
from azr_nb.runs.folder import RunFolderError, check_run

ASSETS = Path(__file__).parents[1] / "assets"
NOTEBOOK = ASSETS / "report.ipynb"
PAGE = "report.html"
# a run folder may come from anybody: nothing that lies in it is imported. What goes wrong is said by the error alone
KERNEL_OPTIONS = ["--IPKernelApp.ignore_cwd=True", "--log-level=CRITICAL"]


def write_report(folder: Path | str, target: Path | str | None = None) -> Path:
    """Write the report on a run, finished or not, to report.html in its folder unless told where; returns its path.

    Raises `RunFolderError` with one line if the folder or its metrics.csv is missing, or if the notebook fails.
    """
    folder = Path(folder)
    check_run(folder, "report on")
    target = Path(target) if target is not None else folder / PAGE
    try:
        page = export(execute(folder.resolve()), f"Self-play run {folder.resolve().name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, page)
    except Exception as error:  # papermill's and nbconvert's, whatever a kernel dies of, and a full disk
        raise RunFolderError(f"the report on {folder} could not be written: {one_line(error)}") from error
    return target


def execute(folder: Path):
    """The report's notebook, executed on a run folder (an absolute path); nothing is written. Papermill's errors."""
    import nbformat
    import papermill

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return papermill.execute_notebook(
        notebook,
        None,
        parameters={"RUN": str(folder)},
        cwd=str(folder),
        kernel_name="python3",
        progress_bar=False,
        log_output=False,
        extra_arguments=KERNEL_OPTIONS,
    )


def export(notebook, title: str) -> str:
    """The executed notebook as one page of HTML: no code, no scripts, pictures inside."""
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    notebook.metadata["title"] = title
    settings = Config()
    settings.TagRemovePreprocessor.enabled = True
    settings.TagRemovePreprocessor.remove_cell_tags = {"notebook-only"}
    exporter = HTMLExporter(
        config=settings,
        template_name="report_template",
        exclude_anchor_links=True,
        exclude_input=True,
        extra_template_basedirs=[str(ASSETS)],
    )
    return exporter.from_notebook_node(notebook)[0]


def one_line(error: Exception) -> str:
    """An error in one line: of a failed cell the error alone, without its trace."""
    if hasattr(error, "ename"):
        return " ".join(f"{error.ename}: {error.evalue}".split())[-300:]
    return f"{type(error).__name__}: {' '.join(str(error).split())[-300:]}"
