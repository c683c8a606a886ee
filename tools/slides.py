"""Slides from the notebooks, with nbconvert and reveal.js; nothing is executed and nothing is written twice.

The structure is derived. A title or a section (H1, H2) begins a slide, a subsection (H3) one below it, and so does what
would be too high for the one that is open. Figures and short outputs stay, long ones are cut; code of more than 12
lines is not shown; set-up, parameters, hints and records are left out. From an instructor's notebook, teaching notes
and solutions become speaker notes, and the slide shows the stub.

reveal.js comes out of the package sphinx-revealjs (extra `site`), and is copied beside the slides. No page loads
anything from another host.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

from azr_nb.config import ConfigError
from azr_nb.runs.notebooks import RECORD
from tools.build_notebooks import INSTRUCTOR, LEARNER, WIDGET, solution_of, without_solution
from tools.offline import addresses

OUT = Path("data_out/slides")
TEMPLATES = Path(__file__).parent
MOST_CODE = 12  # lines of a code cell that is shown
MOST_OUTPUT = 12  # lines of an output, then it is cut
HEIGHT = 22  # lines of prose that a slide holds; a figure counts as FIGURE, a line of code as SMALL
FIGURE, SMALL = 12, 0.7
REVEAL = (
    "LICENSE",
    "dist/reveal.js",
    "dist/reveal.css",
    "dist/theme/white.css",
    "dist/theme/fonts/source-sans-pro",
    "plugin/notes/notes.js",
    "plugin/notes/speaker-view.html",
)
_FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
NOTE = "> **For the teacher.** "
MORE = "… (more in the notebook)"
SKIPPED = {"parameters", "graded", "timing"}


def available(notes: bool = True) -> list[Path]:
    """The notebooks to make slides from: the instructor's, which have notes, or the learner's."""
    return sorted((INSTRUCTOR if notes else LEARNER).glob("[0-9][0-9]*_*.ipynb"))


def pieces(text: str) -> list[str]:
    """A Markdown text cut in front of its headings H1 to H3, and into paragraphs where a piece is too high."""
    cut, fenced = [[]], False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if not fenced and re.match(r"#{1,3} ", line) and cut[-1]:
            cut.append([])
        cut[-1].append(line)
    found = []
    for piece in ("\n".join(lines).strip() for lines in cut):
        if _lines(piece) <= HEIGHT or "```" in piece:
            found.append(piece)
            continue
        for paragraph in re.split(r"\n{2,}", piece):
            if found and piece.startswith(found[-1][:4]) and _lines(found[-1]) + _lines(paragraph) <= HEIGHT:
                found[-1] += f"\n\n{paragraph}"
            else:
                found.append(paragraph)
    return [piece for piece in found if piece]


def _lines(text: str) -> int:
    """How many lines a text takes on a slide, about."""
    return sum(2 if line.startswith("#") else 1 + len(line) // 105 for line in text.splitlines() if line.strip())


def shortened(output):
    """An output as a slide shows it: its figure, or its text or table cut to some lines; None if nothing is left."""
    data = output.get("data", {})
    if RECORD in data or WIDGET in data.get("text/plain", "") or output.get("output_type") == "error":
        return None
    if "image/png" in data:
        data.pop("text/plain", None)
    elif "text/html" in data:
        data["text/html"] = _short_table(data["text/html"])
    for holder, key in ((data, "text/plain"), (output, "text")):
        lines = holder.get(key, "").splitlines()
        if len(lines) > MOST_OUTPUT:
            holder[key] = "\n".join([*lines[:MOST_OUTPUT], MORE])
    return output


def _short_table(page: str) -> str:
    """The first rows of a table, as many as fit."""
    rows = re.findall(r"<tr\b.*?</tr>", page, re.DOTALL)
    kept, high = 0, 0
    while kept < len(rows) and (high + rows[kept].count("\n") < MOST_OUTPUT + 4 or kept < 2):
        high += 1 + rows[kept].count("\n")
        kept += 1
    if kept == len(rows):
        return page
    return page[: page.index(rows[kept], page.index(rows[kept - 1]))] + f"</table><p>{MORE}</p>"


def _height(cell) -> float:
    if cell.cell_type == "markdown":
        return _lines(cell.source)
    high = 0.0 if "hide_input" in cell.metadata.get("tags", []) else SMALL * (cell.source.count("\n") + 2)
    for output in cell.outputs:
        data = output.get("data", {})
        page = data.get("text/html", "")
        text = output.get("text") or data.get("text/plain", "")
        small = page.count("\n") + 1.5 * page.count("<tr") + 1 if page else text.count("\n") + 1
        high += FIGURE if "image/png" in data else SMALL * small
    return high


def slide_cells(notebook) -> list:
    """The notebook's cells as slides: cut, shortened, and with nbconvert's `slideshow` metadata."""
    from nbformat.v4 import new_markdown_cell

    found, high, headed, answers = [], 0.0, False, False
    for cell in _kept(notebook.cells):
        if cell.metadata.get("slideshow"):  # a speaker's note
            found.append(cell)
            continue
        heading = re.match(r"(#{1,3}) ", cell.source) if cell.cell_type == "markdown" else None
        begins = ("slide", "slide", "subslide")[len(heading[1]) - 1] if heading else None
        if begins is None and high and high + _height(cell) > HEIGHT and not headed:
            begins = "subslide"
        if begins == "subslide" and headed and heading:
            begins = None  # a section's first subsection stays under its heading
        high = _height(cell) + (0 if begins else high)
        headed = bool(heading) and len(cell.source.splitlines()) == 1
        # what a guess is compared with comes at the next click, and so does what stands below it
        answers = cell.cell_type == "code" and (answers or ".against(" in cell.source)
        cell.metadata["slideshow"] = {"slide_type": begins or ("fragment" if answers else "-")}
        found.append(cell)
    if found and found[0].metadata["slideshow"]["slide_type"] != "slide":
        found.insert(0, new_markdown_cell("", metadata={"slideshow": {"slide_type": "slide"}}))
    return found


def _kept(cells: list):
    """The cells that a slide shows, one after another, with the speaker's notes among them."""
    from nbformat.v4 import new_markdown_cell

    def note(text: str):
        return new_markdown_cell(text, metadata={"slideshow": {"slide_type": "notes"}})

    for number, cell in enumerate(cells):
        tags = set(cell.metadata.get("tags", []))
        if "teacher" in tags:
            yield note(cell.source.removeprefix(NOTE).replace("\n> ", "\n"))
        elif cell.cell_type == "markdown" and not cell.source.lstrip().startswith("<details>"):
            yield from (new_markdown_cell(piece) for piece in pieces(_FOLDED.sub("", cell.source)))
            for folded in _FOLDED.findall(cell.source):  # a derivation, say: the speaker's
                yield note(re.sub(r"</?(details|summary)>", "", folded))
        elif cell.cell_type == "code" and not tags & SKIPPED and number != 1:  # cell 1 is the set-up
            full = cell.source
            widget = any(WIDGET in output.get("data", {}).get("text/plain", "") for output in cell.outputs)
            shown = [] if "exercise" in tags else map(shortened, cell.outputs)
            cell.outputs = [output for output in shown if output is not None]
            cell.source = without_solution(full)
            long = len(cell.source.splitlines()) > MOST_CODE
            if long or "record(" in cell.source:
                cell.metadata["tags"] = [*tags, "hide_input"]
            if cell.outputs or not (long or widget or "record(" in cell.source):
                yield cell
            if full != cell.source:
                yield note(f"A solution:\n\n```python\n{solution_of(full)}\n```")


def page(notebook, name: str) -> str:
    """The HTML of one notebook's slides. Raises `ConfigError` if it would load something from another host."""
    from nbconvert.exporters import SlidesExporter
    from traitlets.config import Config

    notebook.cells = slide_cells(notebook)
    notebook.metadata["title"] = name
    settings = Config()
    settings.TagRemovePreprocessor.enabled = True
    settings.TagRemovePreprocessor.remove_input_tags = {"hide_input"}
    exporter = SlidesExporter(
        config=settings,
        template_name="slides_template",
        exclude_anchor_links=True,
        extra_template_basedirs=[str(TEMPLATES)],
        reveal_url_prefix="reveal.js",
        reveal_theme="white",
    )
    text, _ = exporter.from_notebook_node(notebook)
    if found := addresses(text, "html"):
        raise ConfigError(f"the slides of {name} would load from another host: {found[0]}")
    return text


def write(notebook: Path, out: Path = OUT) -> Path:
    """Write the slides of one notebook, and reveal.js beside them; returns the page.

    Raises `ConfigError` without the extra `site`.
    """
    found = importlib.util.find_spec("sphinx_revealjs")
    if found is None or importlib.util.find_spec("nbconvert") is None:
        raise ConfigError("sphinx-revealjs is missing: slides need the extra 'site', which `make site` installs")
    import nbformat

    source = Path(found.submodule_search_locations[0]) / "_static/revealjs"
    for name in REVEAL:
        target = out / "reveal.js" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target, dirs_exist_ok=True)
        else:
            shutil.copy(source / name, target)
    target = out / f"{notebook.stem}.html"
    target.write_text(page(nbformat.read(notebook, as_version=4), notebook.stem.replace("_", " ")), encoding="utf-8")
    return target
