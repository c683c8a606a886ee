"""Slides from notebooks: their structure, and that no page asks another host."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from azr_nb.config import ConfigError
from azr_nb.runs.notebooks import RECORD
from tools import slides
from tools.build_notebooks import WIDGET
from tools.offline import addresses

ROOT = Path(__file__).resolve().parents[1]
TEACHING = sorted((ROOT / "docs/teaching").glob("[0-9][0-9]*_*.ipynb"))
HEAD = [new_markdown_cell("# Title\n\nA promise."), new_code_cell("import azr_nb")]
EXERCISE = "answer = ...\n### BEGIN SOLUTION\nanswer = 7\n### END SOLUTION\n\ncheck('00.x', answer)"
needs_reveal = pytest.mark.skipif(
    importlib.util.find_spec("sphinx_revealjs") is None,
    reason="sphinx-revealjs belongs to the extra 'site', which is not installed",
)


def made(*cells) -> list[tuple[str, str]]:
    """The kind of slide and the text of each cell, behind the same head."""
    notebook = new_notebook(cells=[nbformat.from_dict(cell) for cell in (*HEAD, *cells)])
    return [(cell.metadata["slideshow"]["slide_type"], cell.source) for cell in slides.slide_cells(notebook)][1:]


def test_titles_and_sections_begin_slides():
    got = made(new_markdown_cell("closing words\n\n## One\n\ntext\n\n### Part\n\nmore\n\n## Two\n\nend"))
    assert got == [
        ("-", "closing words"),
        ("slide", "## One\n\ntext"),
        ("subslide", "### Part\n\nmore"),
        ("slide", "## Two\n\nend"),
    ]


def test_a_heading_in_code_begins_nothing():
    assert made(new_markdown_cell("## One\n\n```\n# no title\n```")) == [("slide", "## One\n\n```\n# no title\n```")]


def test_what_is_too_high_goes_below():
    figure = new_output("display_data", data={"image/png": "AAAA", "text/plain": "<Figure>"})
    figures = [new_code_cell("show()", outputs=[figure]) for _ in range(3)]
    kinds = [kind for kind, _ in made(new_markdown_cell("## One"), *figures)]
    assert kinds == ["slide", "-", "subslide", "subslide"]


def test_long_code_is_hidden_and_its_output_stays():
    cell = new_code_cell("x = 1\n" * 13, outputs=[new_output("stream", text="13 lines\n")])
    found = slides.slide_cells(new_notebook(cells=[*HEAD, cell]))[-1]
    assert "hide_input" in found.metadata["tags"] and found.outputs[0].text == "13 lines\n"
    assert made(new_code_cell("x = 1\n" * 13)) == [] and made(new_code_cell("x = 1")) == [("-", "x = 1")]


def test_outputs_are_short():
    text = slides.shortened(new_output("stream", text="line\n" * 40)).text.splitlines()
    assert len(text) == slides.MOST_OUTPUT + 1 and text[-1] == slides.MORE
    rows = "".join(f"<tr><td>{i}</td></tr>" for i in range(60))
    page = slides.shortened(new_output("display_data", data={"text/html": f"<table>{rows}</table>"})).data["text/html"]
    assert page.count("<tr>") == page.count("</tr>") < 20 and "<td>0</td>" in page and page.count("</table>") == 1
    for data in ({RECORD: {"x": 1}, "text/plain": "recorded: x"}, {"text/plain": WIDGET}):
        assert slides.shortened(new_output("display_data", data=data)) is None


def test_what_is_for_practice_alone_is_left_out():
    left_out = (
        new_markdown_cell("<details><summary>Hint 1</summary>\n\nx\n\n</details>"),
        new_code_cell("TIER = 'cpu'", metadata={"tags": ["parameters"]}),
        new_code_cell("record(x=1)"),
        new_code_cell("explore(f)", outputs=[new_output("display_data", data={"text/plain": WIDGET})]),
        new_code_cell("check('00.x', answer)", metadata={"tags": ["graded"]}),
    )
    assert made(*left_out) == []


def test_teaching_notes_and_solutions_are_the_speakers():
    got = made(
        new_code_cell(EXERCISE, metadata={"tags": ["exercise"]}),
        new_markdown_cell("> **For the teacher.** Many say 8.\n> Ask why.", metadata={"tags": ["teacher"]}),
    )
    assert [kind for kind, _ in got] == ["-", "notes", "notes"]
    assert "7" not in got[0][1] and "answer = ..." in got[0][1]
    assert "answer = 7" in got[1][1] and got[2][1] == "Many say 8.\nAsk why."


def test_the_answer_to_a_guess_comes_at_the_next_click():
    said = [new_output("execute_result", data={"text/plain": "No guess was made; it is 3."})]
    got = made(
        new_markdown_cell("How many?"),
        new_code_cell('guess = predict("00.x", ...)\nguess'),
        new_code_cell("guess.against(3)", outputs=said),
        new_code_cell("figure()", outputs=said),
        new_markdown_cell("Three."),
        new_code_cell("more()", outputs=said),
    )
    assert [kind for kind, _ in got] == ["-", "-", "fragment", "fragment", "-", "-"]


def test_a_page_that_would_load_from_elsewhere_is_refused():
    cell = new_markdown_cell('<img src="https://example.org/x.png">')
    with pytest.raises(ConfigError, match="another host: https://example.org/x.png"):
        slides.page(new_notebook(cells=[*HEAD, cell]), "00 x")


@pytest.mark.parametrize("path", TEACHING, ids=lambda path: path.stem)
def test_slides_of_the_course(path):
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    sections = len(re.findall(r"(?m)^##? ", text))
    notes = sum("teacher" in cell.metadata.get("tags", []) for cell in notebook.cells)
    page = slides.page(notebook, path.stem)
    assert sum(cell.metadata["slideshow"]["slide_type"] == "slide" for cell in notebook.cells) == sections > 5
    assert page.count('<aside class="notes">') >= notes and page.count("data:image/png;base64") > 2
    assert not addresses(page, "html") and "BEGIN SOLUTION" not in page and "<details>" not in page


@needs_reveal
@pytest.mark.browser
@pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed")
@pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="no Chromium is installed"
)
def test_slides_turn_in_a_browser_without_a_network(tmp_path):
    from tools.screens import browser_page

    target = slides.write(TEACHING[0], tmp_path)
    assert target == tmp_path / "00_start_here.html" and (tmp_path / "reveal.js/LICENSE").is_file()
    asked, failed = [], []
    with browser_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.goto(target.as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()", timeout=10_000)
        assert page.evaluate("Reveal.getTotalSlides()") > 15 and "Start here" in page.inner_text("section.present")
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
        assert "The loop" in page.inner_text("section.present")
        assert page.evaluate("[...document.images].every(i => i.naturalWidth > 0)")
    assert not failed and all(url.startswith(("file:", "data:", "blob:")) for url in asked)


@needs_reveal
def test_fonts_and_styles_beside_the_slides_name_no_host(tmp_path):
    from tools.offline import outside

    slides.write(TEACHING[0], tmp_path)
    assert outside(tmp_path) == []


def test_without_the_extra_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="make site"):
        slides.write(TEACHING[0], tmp_path)
