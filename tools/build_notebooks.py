"""From one text source to two notebooks: the learner's, with stubs and hints, and the instructor's, with solutions.

A source is `tools/notebooks/NN_topic.py` in jupytext's percent format. What it marks:

- a code cell tagged `exercise` ends in `check("NN.name", answer)`; lines between `### BEGIN SOLUTION` and
  `### END SOLUTION` are the solution, in nbgrader's words;
- the Markdown cell before it is the statement, and gets the exercise's card above it;
- Markdown cells tagged `hint` behind it become a ladder of folded hints, with the folded solution below them;
- Markdown cells tagged `teacher` are for the instructor's notebook alone;
- what a code cell tagged `timing` shows is another at each run, and is not kept in the built notebook;
- code cells that only import, record, or build a table or a figure are folded, unless they are tagged `shown`;
- a cell that compares a guess with a result has no output in the learner's notebook.

The instructor's notebook has nbgrader's metadata, and a locked test cell behind each exercise.
"""

from __future__ import annotations

import ast
import base64
import io
import os
import re
from pathlib import Path

from azr_nb.config import ConfigError
from azr_nb.course.exercises.core import get

SOURCES = Path("tools/notebooks")
LEARNER = Path("notebooks")
INSTRUCTOR = Path("docs/teaching")
BUILDS = ("learner", "instructor")
WIDGET = "(a widget, which moves when the notebook runs)"
FOLDED_FROM = 6  # lines of a cell that is folded if it only shows something
STUB = "...  # your code here"

_SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n(.*?)\n[ \t]*### END SOLUTION[ \t]*$", re.MULTILINE | re.DOTALL)
_CHECK = re.compile(r'^check\("([^"]+)", (.+)\)$')


def sources() -> list[Path]:
    """All sources, in the order of the course."""
    return sorted(SOURCES.glob("[0-9][0-9]*_*.py"))


def target(source: Path, build: str) -> Path:
    """Where a build of that source stands."""
    return (LEARNER if build == "learner" else INSTRUCTOR) / f"{source.stem}.ipynb"


def cells_of(source: Path, build: str) -> list:
    """The cells of one build, not executed. Raises `ValueError` for an exercise without a marked solution."""
    import jupytext

    cells, group = [], []
    for cell in jupytext.read(source).cells:
        tags = cell.metadata.get("tags", [])
        if "hint" in tags:
            group.append(cell)
            continue
        cells += _hints(group, build)
        group = []
        if "teacher" in tags and build == "learner":
            continue
        if "exercise" in tags:
            name, answer = _named(cell)
            statement = cells[-1]
            statement.source = f"{get(name).card}\n\n{statement.source}"
            cells += _exercise(cell, name, answer, build)
            group = [cell]
        else:
            if "teacher" in tags:
                cell.source = "> **For the teacher.** " + cell.source.replace("\n", "\n> ")
            cells.append(cell)
    cells += _hints(group, build)
    cells[0].source += f"\n\n{navigation(source, build)}"
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code" and "shown" not in tags and only_shows(cell.source):
            cell.metadata["jupyter"] = {"source_hidden": True}  # JupyterLab's own folding
            cell.metadata["tags"] = [*tags, "hide-input"]  # the site's
    return cells


def navigation(source: Path, build: str) -> str:
    """A line with the notebooks before and after this one, and the glossary."""
    import jupytext

    around = sorted(source.parent.glob("[0-9][0-9]*_*.py"))
    place = around.index(source)

    def link(path: Path) -> str:
        title = jupytext.read(path).cells[0].source.splitlines()[0].removeprefix("# ")
        return f"[{path.stem.partition('_')[0]} {title}]({path.stem}.ipynb)"

    glossary = "glossary.md" if build == "learner" else "../../notebooks/glossary.md"
    before = [f"← {link(around[place - 1])}"] if place else []
    after = [f"{link(around[place + 1])} →"] if place + 1 < len(around) else []
    return " · ".join([*before, f"[glossary]({glossary})", *after])


def only_shows(code: str) -> bool:
    """Whether a cell only imports or records, or, if it is long, builds a table or a figure."""
    lines, body = code.splitlines(), ast.parse(code).body
    if any(line.startswith(("def ", "check(", "class ")) for line in lines) or not body:
        return False
    call = body[-1].value if isinstance(body[-1], ast.Expr) else None
    name = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
    if (
        name == "record"
        or isinstance(body[0], (ast.Import, ast.ImportFrom))
        and (isinstance(body[-1], (ast.Import, ast.ImportFrom)) or name == "quiet")
    ):
        return True
    return len(lines) >= FOLDED_FROM and (name == "table" or name.endswith(("_figure", "_picture", "_table")))


def _named(cell) -> tuple[str, str]:
    found = _CHECK.match(cell.source.rstrip().splitlines()[-1])
    if not found or not _SOLUTION.search(cell.source):
        raise ValueError(f'an exercise needs a solution and check("NN.name", answer) as its last line:\n{cell.source}')
    return found[1], found[2]


def without_solution(text: str) -> str:
    """A cell's text with every solution replaced by the stub, or by nothing where dots are left to be filled in."""
    dots = any("..." in line for line in text.partition("### BEGIN SOLUTION")[0].splitlines())
    return re.sub(r"\n{3,}", "\n\n", _SOLUTION.sub(lambda found: "" if dots else found[1] + STUB, text))


def solution_of(text: str) -> str:
    """A cell's text with its solutions, without the marks, the check and lines of dots that the solution replaces."""
    lines = _SOLUTION.sub(lambda found: found[2], text).rstrip().splitlines()[:-1]
    named = [line.partition(" = ")[0] for line in lines if not line.startswith(" ")]
    kept = [x for i, x in enumerate(lines) if not ("..." in x and named.count(x.partition(" = ")[0]) > 1 and i == 0)]
    return "\n".join(kept).rstrip()


def _exercise(cell, name: str, answer: str, build: str) -> list:
    from nbformat.v4 import new_code_cell

    if build == "learner":
        return [new_code_cell(without_solution(cell.source), metadata={"tags": ["exercise"]})]
    identity = name.replace(".", "-")
    graded = {"schema_version": 3, "task": False, "grade_id": identity}
    return [
        new_code_cell(
            cell.source,
            metadata={"tags": ["exercise"], "nbgrader": graded | {"grade": False, "solution": True, "locked": False}},
        ),
        new_code_cell(
            f'check("{name}", {answer})',
            metadata={
                "tags": ["graded"],
                "nbgrader": graded
                | {"grade_id": f"{identity}-check", "grade": True, "solution": False, "locked": True, "points": 1},
            },
        ),
    ]


def _hints(group: list, build: str) -> list:
    """The exercise's hints, and for learners its solution, as folded Markdown."""
    from nbformat.v4 import new_markdown_cell

    if not group:
        return []
    fold = "<details><summary>{}</summary>\n\n{}\n\n</details>"
    folded = [fold.format(f"Hint {i}", hint.source) for i, hint in enumerate(group[1:], 1)]
    if build == "learner":
        folded.append(fold.format("Solution", f"```python\n{solution_of(group[0].source)}\n```"))
    return [new_markdown_cell("\n".join(folded))] if folded else []


def build(source: Path, kind: str = "learner") -> Path:
    """Execute a build of a source and write it, without counts, timings, or paths of this machine.

    Its kernel has one thread, because sums over several round otherwise, and long runs then end in other numbers.
    """
    import nbformat
    from nbclient import NotebookClient

    os.environ["OMP_NUM_THREADS"] = "1"
    notebook = nbformat.v4.new_notebook(cells=cells_of(source, kind))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(LEARNER)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [clean(output) for output in cell.outputs if output.get("name") != "stderr"]
            if "timing" in cell.metadata.get("tags", []) or kind == "learner" and ".against(" in cell.source:
                cell.outputs = []
    notebook.metadata.pop("widgets", None)
    path = target(source, kind)
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    return path


def retext(source: Path, kind: str = "learner") -> Path:
    """Renew the Markdown of a built notebook without executing it. Raises `ConfigError` if its code changed as well."""
    import nbformat

    path = target(source, kind)
    built = nbformat.read(path, as_version=4) if path.is_file() else nbformat.v4.new_notebook()
    fresh = cells_of(source, kind)
    code = [cell for cell in built.cells if cell.cell_type == "code"]
    told = lambda cells: [c.source for c in cells if "exercise" not in c.metadata.get("tags", [])]  # noqa: E731
    now = [cell for cell in fresh if cell.cell_type == "code"]
    # the stub of an exercise may change: its check says the same of any stub
    if len(code) != len(now) or told(code) != told(now):
        raise ConfigError(f"the code of {source} is not that of {path}: build it without --text")
    for cell in fresh:
        if cell.cell_type == "code":
            cell.outputs = code.pop(0).outputs
            if kind == "learner" and ".against(" in cell.source:
                cell.outputs = []
    built.cells = fresh
    nbformat.write(built, path)
    return path


def clean(output):
    """An output without execution counts, memory addresses and widget views, which need a running kernel.

    Pictures become palette PNGs, a fifth of the size.
    """
    if "execution_count" in output:
        output["execution_count"] = None
    data = output.get("data", {})
    if data.pop("application/vnd.jupyter.widget-view+json", None) and "text/plain" in data:
        data["text/plain"] = WIDGET
    if "image/png" in data:
        data["image/png"] = with_palette(data["image/png"])
    for holder, key in ((data, "text/plain"), (output, "text")):
        if isinstance(holder.get(key), str):
            holder[key] = re.sub(r" at 0x[0-9a-f]+", "", holder[key])
    return output


def with_palette(picture: str) -> str:
    """A base64 PNG with at most 128 colours, which a chart has seldom more of; the one given if that is smaller."""
    from PIL import Image

    small = io.BytesIO()
    whole = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    whole.quantize(128, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    text = base64.b64encode(small.getvalue()).decode()
    return min(text, picture, key=len)
