"""The notebooks in a real JupyterLab: Run All without an error or a warning, and widgets that move."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from tools.screens import browser_page, jupyterlab, open_and_run  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="no Chromium is installed"
    ),
]


@pytest.fixture(scope="module")
def lab():
    with jupyterlab(ROOT / "notebooks") as (address, folder):
        for notebook in folder.glob("[0-9][0-9]*_*.ipynb"):  # sizes of the tests, not of a reader
            notebook.write_text(notebook.read_text().replace('TIER = \\"cpu\\"', 'TIER = \\"smoke\\"'))
        yield address


def shown(page) -> list[str]:
    """What the widgets of the page show: pictures by their data, pages and tables by their text."""
    return page.evaluate("""() => [...document.querySelectorAll('.jupyter-widgets')].map(
        w => [...w.querySelectorAll('img')].map(i => i.src).join() + w.innerText)""")


def slow_or_not(path: Path):
    """One with most kinds of widgets; papermill runs all, and `make test-slow` all of them here."""
    return pytest.param(path, id=path.stem, marks=[] if path.stem.startswith("05_") else [pytest.mark.slow])


@pytest.mark.parametrize("notebook", map(slow_or_not, NOTEBOOKS))
def test_a_notebook_runs_and_its_widgets_move(lab, notebook):
    with browser_page() as page:
        state = open_and_run(page, lab, notebook.name)
        assert state["run"] == state["cells"] > 10 and not [e for e in state["errors"] if "Warning" in e]
        assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').count() == 0
        before = shown(page)
        assert before, "the notebook shows no widget"
        move(page)
        page.wait_for_function(
            "before => JSON.stringify(before) !== JSON.stringify([...document.querySelectorAll("
            "'.jupyter-widgets')].map(w => [...w.querySelectorAll('img')].map(i => i.src).join()"
            " + w.innerText))",
            arg=before,
            timeout=20_000,
        )


def move(page) -> None:
    """Use the first control there is: a button, a menu, a slider or a field of text."""
    button = page.locator(".jupyter-widgets.jupyter-button")
    menu = page.locator(".jupyter-widgets select")
    slider = page.locator(".jupyter-widgets .noUi-handle")
    if button.count():
        button.first.click()
    elif menu.count():
        chosen = menu.first.evaluate("select => select.selectedIndex")
        menu.first.select_option(index=0 if chosen else 1)
    else:
        slider.first.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
