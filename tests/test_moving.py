"""The site's moving parts: a table that knows every widget, frames, drawings held to Python's, and folded results."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from azr_nb.config import ConfigError
from azr_nb.config.assets import toml_asset
from azr_nb.course.predictions import MIME, Guess, asked
from azr_nb.runs.pages import Page, table
from azr_nb.runs.plots import Picture, describe
from tools import moving, moving_cells, moving_frames
from tools.build_notebooks import sources
from tools.moving import VIEWS, View

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = [ROOT / "tools/moving_charts.js", ROOT / "tools/moving.js"]
NAMED = [pytest.param(view, id=f"{view.notebook}-{view.name}") for view in VIEWS]
DRAWINGS = [pytest.param(view, id=view.name) for view in VIEWS if view.numbers]
# their pictures at the start are not in the notebook: two have none, and the times are another machine's
WITHOUT_TWIN = ("chase_view", "frontier", "limit")


def explored() -> list[tuple[str, str, list[str], dict]]:
    """Every `explore` of the sources: notebook, view, controls, and the defaults of a view that is defined there."""
    found = []
    for source in sources():
        tree = ast.parse(source.read_text(encoding="utf-8"))
        functions = {node.name: node.args for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "explore":
                name, args = node.args[0].id, functions.get(node.args[0].id)
                starts = {}
                if args and all(isinstance(value, ast.Constant) for value in args.defaults):
                    starts = {a.arg: d.value for a, d in zip(args.args, args.defaults, strict=True)}
                found.append((source.stem, name, [keyword.arg for keyword in node.keywords], starts))
    return found


@pytest.mark.parametrize("stem, name, controls, starts", explored())
def test_the_table_knows_every_widget(stem, name, controls, starts):
    view = moving_cells.view_of(stem, name)
    starts = starts or {name: parameter.default for name, parameter in inspect.signature(view.draw).parameters.items()}
    assert set(view.controls) <= set(controls)
    for control, value in view.start().items():
        assert value in view.controls[control].values
        assert (stem, name) == ("09_reward_lab", "curve") or value == starts.get(control, value)


def test_the_table_has_nothing_else():
    assert sorted((view.notebook, view.name) for view in VIEWS) == sorted(row[:2] for row in explored())


def test_an_unknown_widget_is_one_line():
    with pytest.raises(ConfigError, match=r"explore\(shape, ...\) of notebook 03_x is not in the table"):
        moving_cells.view_of("03_x", "shape")


@pytest.mark.parametrize("view", NAMED)
def test_the_start_is_what_the_notebook_shows(view):
    shown = view.draw(**view.start())
    assert isinstance(shown, (Figure, Page))
    if isinstance(shown, Figure):
        assert view.numbers or len(view.settings()) <= moving.MOST
        if view.name not in WITHOUT_TWIN:
            notebook = nbformat.read(ROOT / f"notebooks/{view.notebook}.ipynb", as_version=4)
            outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
            told = [o.get("data", {}).get("text/plain") or "" for o in outputs]
            alike = (lambda text: re.sub(r"\d+%", "%", text)) if view.note == moving.AGAIN else str
            assert alike(describe(shown)) in map(alike, told)


# --- frames ----------------------------------------------------------------------------------------------------------
def square(size: int = 1, word: str = "<a>") -> Page | Picture:
    """A table, and for the word picture a picture of that size."""
    if word == "picture":
        figure = Picture(figsize=(size, 1))
        figure.alt = f"Figure. Size {size}"
        return figure
    return table(("size", "word"), [(size, word)])


def data_of(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*)</script>', text, re.DOTALL)[1])


def test_frames_come_in_the_order_of_the_settings_and_pictures_in_files(tmp_path):
    controls = {"size": moving.slider((1, 2), 2), "word": moving.menu(("</script>", "picture"), "picture")}
    text = moving_frames.view_part(
        View("00_x", "square", square, controls, "A note."), moving_frames.Pictures(tmp_path)
    )
    data = data_of(text)
    assert [control["start"] for control in data["controls"]] == [1, 1] and data["note"] == "A note."
    assert text.count("</script>") == 1 and "&lt;/script&gt;" in data["frames"][0]
    assert "style=" not in data["frames"][0]
    files = [
        re.search(r'alt="Figure. Size (\d)" .* src="../(_static/moving/\w+\.webp)"', data["frames"][i]) for i in (1, 3)
    ]
    assert [found[1] for found in files] == ["1", "2"] and all((tmp_path / found[2]).is_file() for found in files)
    assert data["frames"][3] in text.partition("<script")[0]


def test_one_picture_is_one_file(tmp_path):
    controls = {"size": moving.slider((1,), 1), "word": moving.menu(("picture",), "picture")}
    pictures = moving_frames.Pictures(tmp_path)
    for _ in range(2):
        moving_frames.view_part(View("00_x", "square", square, controls), pictures)
    assert len(pictures.made) == len(list(tmp_path.rglob("*.webp"))) == 1


def test_the_player_has_a_frame_for_each_stage_of_the_strip(tmp_path):
    strip = "<h4>1. buffer: References</h4><p>one</p><h4>2. propose: It reads</h4><p>two</p>"
    data = data_of(moving_frames.player_part(strip, moving_frames.Pictures(tmp_path)))
    assert [("<p>one</p>" in frame, "<p>two</p>" in frame) for frame in data["frames"]] == [
        (True, False),
        (False, True),
    ]
    assert "1 of 2: " in data["frames"][0] and "Lit: propose" in data["frames"][1]


def test_a_player_without_its_strip_is_one_line(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("player(trace)"), new_code_cell("strip(trace)")])
    with pytest.raises(ConfigError, match="player of notebook 00_x needs the output of strip"):
        moving_cells.set_moving(notebook, "00_x", new_notebook(), moving_frames.Pictures(tmp_path))


# --- guesses ---------------------------------------------------------------------------------------------------------
def compared(result) -> list:
    said = {"text/plain": "No guess was made; it is 3.", "text/html": "", MIME: {"name": "01.values", "result": result}}
    return [new_output("stream", text="3 of 6\n"), new_output("execute_result", data=said)]


def course(outputs=()) -> object:
    return new_notebook(
        cells=[
            new_markdown_cell("How many?"),
            new_code_cell('guess = predict("01.values", ...)\nguess'),
            new_code_cell("answers"),
            new_code_cell("guess.against(3)", outputs=list(outputs)),
            new_code_cell("picture()"),
            new_markdown_cell("Three."),
            new_code_cell("more()"),
        ]
    )


def test_a_result_waits_behind_its_guess(tmp_path):
    learner = course()
    moving_cells.set_moving(learner, "01_x", course(compared(3.0)), moving_frames.Pictures(tmp_path))
    data = data_of(learner.cells[1].outputs[0]["data"]["text/html"])
    assert (data["predict"], data["result"], data["choices"], data["near"]) == ("01.values", 3.0, [], 0.5)
    tags = [cell.metadata.get("tags", []) for cell in learner.cells]
    assert tags == [[], [], *3 * [["behind-moving-01-values"]], [], []]
    stream, said = learner.cells[3].outputs
    assert stream.text == "3 of 6\n" and 'data-predict="01.values">No guess was made' in said["data"]["text/html"]


def test_without_the_instructors_notebook_a_question_stays_as_it_is(tmp_path):
    learner = course()
    moving_cells.set_moving(learner, "01_x", new_notebook(), moving_frames.Pictures(tmp_path))
    assert learner == course() | {"cells": learner.cells} and not any("tags" in c.metadata for c in learner.cells)


def test_every_prediction_has_a_result_in_the_instructors_notebooks():
    found = {}
    for path in sorted((ROOT / "docs/teaching").glob("*.ipynb")):
        found |= moving_cells.results(nbformat.read(path, as_version=4))
    assert set(found) == set(toml_asset("predictions"))


# --- what runs in the page -------------------------------------------------------------------------------------------
in_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed"),
    pytest.mark.skipif(
        not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="no Chromium is installed"
    ),
]


@pytest.fixture(scope="module")
def page():
    from tools.screens import browser_page

    with browser_page() as page:
        page.set_content("<p>nothing</p>")
        for script in SCRIPTS:
            page.add_script_tag(path=str(script))
        yield page


def browser(test):
    for mark in in_chromium:
        test = mark(test)
    return test


def settings_of(view: View) -> list[dict]:
    """Some settings of a drawing: the start, both ends, and some between."""
    every = view.settings()
    return [view.start(), every[0], every[-1], *every[:: max(1, len(every) // 7)]]


def heights(axis) -> list[list[float]]:
    """The values that a panel of Python's picture shows, apart from the area: lines, dots and bars, rounded."""
    lines = [[round(float(y), 4) for y in line.get_ydata()] for line in axis.get_lines()]
    bars = [[round(patch.get_height(), 4) for patch in group.patches] for group in axis.containers]
    return sorted([*lines, *bars])


def drawn_heights(panel: dict) -> list[list[float]]:
    found = []
    for mark in panel["marks"]:
        if "line" in mark:
            found.append([round(y, 4) for _, y in mark["line"]])
        elif "bars" in mark:
            found.append([round(bar[1], 4) for bar in mark["bars"]])
        elif "dot" in mark:
            found.append([round(mark["dot"][1], 4)])
        elif "across" in mark:
            found.append([round(mark["across"], 4)] * 2)
        else:
            found += [[0, 1]] if "up" in mark else []
    return sorted(found)


@browser
@pytest.mark.parametrize("view", DRAWINGS)
def test_a_drawing_shows_what_python_draws(page, view):
    numbers = json.loads(json.dumps(view.numbers()))
    for setting in settings_of(view):
        draw = "([name, numbers, setting]) => movingCharts.drawings[name](numbers, setting)"
        panels = page.evaluate(draw, [view.name, numbers, setting])
        axes = view.draw(**setting).axes
        assert [panel["title"] for panel in panels] == [axis.get_title(loc="left") for axis in axes], setting
        assert [panel["y"] for panel in panels] == [axis.get_ylabel() for axis in axes]
        for panel, axis in zip(panels, axes, strict=True):
            for ours, theirs in zip(drawn_heights(panel), heights(axis), strict=True):
                assert ours == pytest.approx(theirs, abs=1e-3), setting


@browser
def test_a_panel_says_in_words_what_it_shows(page):
    panel = "{title: 'A <b>\\nand more', x: 'x', y: 'y', xlim: [0, 1], ylim: [0, 1], marks: []}"
    page.evaluate(f"document.body.innerHTML = movingCharts.chart([{panel}])")
    assert page.locator("svg[role=img]").get_attribute("aria-label") == "Figure. A <b>; and more; x axis: x; y axis: y"


@browser
@pytest.mark.parametrize("name", sorted(toml_asset("predictions")))
def test_the_sentence_is_pythons(page, name):
    question = asked(name)
    for result in question.choices[:2] or (0.0, 11.920292202211755, -3.25, 123456.7):
        for guess in (None, *(question.choices or (0.0, 12.0, result, -70.125, 0.00001234, 99999.0))):
            given = dict(result=result, choices=question.choices, unit=question.unit, near=question.near)
            text = page.evaluate("([question, guess]) => movingSentence(question, guess)", [given, guess])
            assert text == Guess("", name, guess).against(result).text
