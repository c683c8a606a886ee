"""The course as a site: what is put together for Sphinx, and the built pages in a headless Chromium."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from azr_nb.config import ConfigError
from azr_nb.course.exercises.core import MIME
from azr_nb.runs.notebooks import RECORD
from tools import offline, site

ROOT = Path(__file__).resolve().parents[1]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
KNOWN = {"notebooks/00_first.ipynb", "notebooks/glossary.md", "docs/teaching/plans.md", "CONTRIBUTING.md"}
MISSING = [name for name in ("sphinx", "myst_nb", "sphinx_book_theme") if importlib.util.find_spec(name) is None]
needs_sphinx = pytest.mark.skipif(
    bool(MISSING), reason="Sphinx and myst-nb belong to the extra 'site', which is not installed"
)
needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed"),
    pytest.mark.skipif(
        not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="no Chromium is installed"
    ),
]


def picture(alt: str | None = None):
    return new_output(
        "display_data",
        data={"image/png": PIXEL, "text/plain": "<Figure>"},
        metadata={"image/png": {"alt": alt}} if alt else {},
    )


@pytest.fixture
def course(tmp_path) -> Path:
    """A course of two small notebooks."""
    root = tmp_path / "course"
    (root / "docs/teaching").mkdir(parents=True)
    (root / "notebooks").mkdir()
    (root / "README.md").write_text("# A course\n\nBegin with [the first](notebooks/00_first.ipynb).\n")
    (root / "CONTRIBUTING.md").write_text("# Contributing\n")
    (root / "notebooks/glossary.md").write_text("# Glossary\n")
    for name in ("plans", "hub"):
        (root / f"docs/teaching/{name}.md").write_text(f"# The {name}\n")
    for stem, title in (("10_last", "The last"), ("00_first", "The first")):
        data = {"text/plain": "open", "text/html": "<b>open</b>", MIME: {"name": "x"}}
        cells = [
            new_markdown_cell(f"# {title}\n\nIt costs $5 or $6."),
            new_code_cell("show()", outputs=[picture()]),
            new_markdown_cell("<details><summary>Hint 1</summary>\n\nLook *up*.\n\n</details>"),
            new_code_cell("check()", outputs=[new_output("execute_result", data=data)]),
        ]
        nbformat.write(new_notebook(cells=cells), root / f"notebooks/{stem}.ipynb")
    return root


@pytest.mark.parametrize(
    "page, text, want",
    [
        ("README.md", "[one](notebooks/00_first.ipynb)", "[one](notebooks/00_first.ipynb)"),
        ("README.md", "[kit](docs/teaching)", "[kit](docs/teaching/plans.md)"),
        ("README.md", "see [the licence](LICENSE) and [below](#settings)", "see the licence and [below](#settings)"),
        ("README.md", "[monty](https://example.org/monty)", "[monty](https://example.org/monty)"),
        ("README.md", "![gone](notebooks/gone.png)", "gone"),
        ("docs/teaching/plans.md", "[home](../../README.md#install)", "[home](../../index.md#install)"),
        ("notebooks/00_first.ipynb", "[lost](01_two.ipynb) [words](glossary.md)", "lost [words](glossary.md)"),
        ("README.md", "`f[0](x)` and [`code`](nowhere.md)", "`f[0](x)` and `code`"),
        ("README.md", "```python\ng[1](y)\n```", "```python\ng[1](y)\n```"),
    ],
)
def test_a_link_leads_somewhere_or_becomes_its_text(page, text, want):
    assert site.mended(text, Path(page), KNOWN) == want


def test_a_notebook_loses_what_only_programs_read():
    stored = new_output("display_data", data={RECORD: {"x": 1}, "text/plain": "recorded: x"})
    check = new_output("execute_result", data={MIME: {"name": "x"}, "text/plain": "open", "text/html": "<b>open</b>"})
    notebook = new_notebook(cells=[new_code_cell("record(x=1)", outputs=[stored]), new_code_cell("c", outputs=[check])])
    cells = site.prepared(notebook, Path("notebooks/00_first.ipynb"), KNOWN)[0].cells
    assert cells[0].outputs == [] and set(cells[1].outputs[0].data) == {"text/plain", "text/html"}


def test_a_picture_has_words_its_own_or_those_of_the_heading():
    name = hashlib.sha256(base64.b64decode(PIXEL)).hexdigest()
    for alt, want in (("Two bars, the left one higher", "Two bars, the left one higher"), (None, "Figure: The loop")):
        cells = [new_markdown_cell("# Title\n\n## The loop\n\ntext"), new_code_cell("show()", outputs=[picture(alt)])]
        assert site.prepared(new_notebook(cells=cells), Path("notebooks/00_first.ipynb"), KNOWN)[1] == {name: want}


def test_pages_come_in_the_order_of_the_course(course):
    parts = {name: [path.as_posix() for path in paths] for name, paths in site.parts(course).items()}
    assert parts["The course"] == ["notebooks/00_first.ipynb", "notebooks/10_last.ipynb"]
    assert parts["For teachers"] == ["docs/teaching/plans.md", "docs/teaching/hub.md"]


def test_the_source_folder_has_every_page_in_its_contents(course, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    pages = site.assemble(course, folder)
    front = (folder / "index.md").read_text()
    assert all((folder / page).is_file() for page in pages) and (folder / "_static/course.css").is_file()
    assert "00 The first <notebooks/00_first.ipynb>\n10 The last <notebooks/10_last.ipynb>" in front
    assert front.count("{toctree}") == 4 and all(page.as_posix() in front for page in pages if page.name != "index.md")
    settings: dict = {}
    exec((folder / "conf.py").read_text(), settings)
    assert settings["nb_execution_mode"] == "off" and settings["picture_words"]


def test_a_folder_without_a_course_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no course here"):
        site.parts(tmp_path)


def test_a_folder_with_something_else_in_it_is_not_replaced(course, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/dear.txt").write_text("Dear")
    with pytest.raises(ConfigError, match="no site"):
        site.build(course, tmp_path / "letters")
    assert (tmp_path / "letters/dear.txt").is_file()


@pytest.mark.parametrize(
    "text, kind, want",
    [
        ('<script src="https://cdn.example/x.js"></script>', "html", ["https://cdn.example/x.js"]),
        ("<img alt='a' src='//cdn.example/y.png'>", "html", ["//cdn.example/y.png"]),
        ("<style>@import url(https://fonts.example/f)</style>", "html", ["https://fonts.example/f"]),
        ("<script>import m from 'https://cdn.example/m.mjs'</script>", "html", ["https://cdn.example/m.mjs"]),
        ("@import 'http://fonts.example/g';", "css", ["http://fonts.example/g"]),
        ('<a href="https://example.org">read</a> <img src="a.png"> <script src="b.js"></script>', "html", []),
        ("a { background: url(data:image/png;base64,AA) } /* https://example.org */", "css", []),
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_found(text, kind, want):
    assert offline.addresses(text, kind) == want


@needs_sphinx
def test_a_site_is_built_anew_over_an_older_one(course, tmp_path):
    out = tmp_path / "site"
    for _ in range(2):
        front = site.build(course, out)
    assert front == out / "index.html" and (out / "notebooks/10_last.html").is_file()
    page = (out / "notebooks/00_first.html").read_text()
    assert "It costs $5 or $6." in page and 'alt="Figure: The first"' in page and "x-azr-nb" not in page
    assert "<details><summary>Hint 1</summary>" in page and "<b>open</b>" in page


@needs_sphinx
def test_a_warning_is_an_error_in_one_line(course, tmp_path):
    (course / "notebooks/glossary.md").write_text("# Glossary\n\n```{nothing-known}\n```\n")
    with pytest.raises(ConfigError, match="glossary.md.*nothing-known") as error:
        site.build(course, tmp_path / "site")
    assert "\n" not in str(error.value) and str(tmp_path) not in str(error.value)
    assert not (tmp_path / "site").exists()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    return site.build(ROOT, tmp_path_factory.mktemp("course") / "site").parent


@pytest.fixture(scope="module")
def opened(built):
    """The real course's site on a server of this machine: a page, the address, and every request that was made."""
    from tools.screens import browser_page

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asked: list[str] = []
    try:
        with browser_page() as page:
            page.on("request", lambda request: asked.append(request.url))
            yield page, f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def in_chromium(test):
    for mark in (needs_sphinx, *needs_chromium):
        test = mark(test)
    return test


def only_from(address: str, asked: list[str]) -> bool:
    return bool(asked) and all(url.startswith((address + "/", "data:", "blob:")) for url in asked)


@in_chromium
def test_every_notebook_can_be_reached_and_shows_its_pictures(opened):
    page, address, asked = opened
    page.goto(f"{address}/index.html")
    links = page.evaluate("[...document.querySelectorAll('.bd-sidebar-primary nav a')].map(a => a.href.split('#')[0])")
    stems = [path.stem for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]*_*.ipynb"))]
    shown = [link.rpartition("/")[2] for link in links if "/notebooks/" in link]
    assert shown[: len(stems)] == [f"{stem}.html" for stem in stems] and "glossary.html" in shown
    for stem in stems:
        assert page.goto(f"{address}/notebooks/{stem}.html").ok
        page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager'; })")
        page.wait_for_function("[...document.images].every(i => i.complete)", timeout=10_000)
        pictures = page.evaluate("[...document.images].map(i => [i.naturalWidth, i.alt])")
        assert pictures and all(width > 0 and alt and "_images" not in alt for width, alt in pictures), stem
        text = page.inner_text("article")
        assert "Recall" in text and "x-azr-nb" not in text and "recorded:" not in text
    assert only_from(address, asked)


@in_chromium
def test_one_page_leads_to_the_next(opened):
    page, address, _ = opened
    page.goto(f"{address}/notebooks/00_start_here.html")
    page.click(".prev-next-area a.right-next")
    assert page.url.endswith("/notebooks/00b_toy.html")


@in_chromium
def test_search_finds_words_of_the_notebooks(opened):
    page, address, asked = opened
    page.goto(f"{address}/search.html?q=learnability")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    page.wait_for_timeout(500)
    found = page.evaluate("[...document.querySelectorAll('#search-results li a')].map(a => a.href)")
    assert any("04_rewards" in link for link in found) and any("glossary" in link for link in found)
    assert only_from(address, asked)


@in_chromium
def test_hints_are_folded_and_open(opened):
    page, address, _ = opened
    page.goto(f"{address}/notebooks/01_three_questions.html")
    fold = page.locator("article details", has_text="Hint 1").first
    assert fold.get_attribute("open") is None and not fold.locator("p").first.is_visible()
    fold.locator("summary").click()
    assert fold.locator("p").first.is_visible()


@in_chromium
def test_it_opens_from_a_disk_too(opened, built):
    page, _, asked = opened
    page.goto("about:blank")  # what the page before it still asks for is not this one's
    before = len(asked)
    page.goto((built / "index.html").as_uri())
    page.click(".bd-sidebar-primary nav a[href*='00_start_here']")
    assert page.evaluate("[...document.images].filter(i => i.complete).every(i => i.naturalWidth > 0)")
    page.goto((built / "search.html").as_uri() + "?q=learnability")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked[before:])


# --- what moves without a kernel -------------------------------------------------------------------------------------
def moving(opened, stem: str, name: str):
    """The element of a moving part, on its page anew."""
    page, address, _ = opened
    page.goto(f"{address}/notebooks/{stem}.html")
    return page.locator(f"#moving-{name}")


@in_chromium
def test_every_moving_part_is_alive_and_no_page_is_heavy(opened, built):
    page, address, asked = opened
    page.goto("about:blank")  # what the page before still asks for is given up
    before, broken = len(asked), []
    page.on("pageerror", lambda error: broken.append(str(error)))
    for path in sorted(path for path in built.rglob("*.html") if "_static" not in path.parts):
        page.goto(f"{address}/{path.relative_to(built).as_posix()}", wait_until="networkidle")
        page.wait_for_function("Boolean(window.movingSentence)", timeout=10_000)  # the script has come to its end
        sources = page.evaluate("[...new Set([...document.images].map(i => new URL(i.src)))].map(u => u.href)")
        pictures = {source.removeprefix(address) for source in sources if source.startswith(address)}  # not in the page
        own = path.stat().st_size + sum((built / picture.lstrip("/")).stat().st_size for picture in pictures)
        assert own < 3_000_000, path.name
        parts = page.evaluate(
            "[...document.querySelectorAll('.moving')].map(part => [part.id,"
            " part.querySelectorAll('input, select, button').length,"
            " [...part.querySelectorAll('input, select')].every(i => i.labels.length === 1),"
            " [...part.querySelectorAll('img, svg[role=img]')].every(i => (i.alt || i.ariaLabel).length > 20)])"
        )
        assert all(count and labelled and told for _, count, labelled, told in parts), parts
        assert len({name for name, *_ in parts}) == len(parts)
        assert path.parent.name != "notebooks" or "a widget, which moves" not in page.inner_text("body")
    assert not broken and only_from(address, asked[before:])


@in_chromium
def test_the_front_page_leads_to_a_slider_that_draws_while_it_is_dragged(opened):
    page, address, _ = opened
    page.goto(f"{address}/index.html")
    link = page.locator(".try-it a")
    assert link.bounding_box()["y"] < page.viewport_size["height"] / 2
    link.click()
    part = page.locator("#moving-reward-view")
    page.wait_for_function(
        "document.querySelector('#moving-reward-view').getBoundingClientRect().top < innerHeight / 2"
    )
    slider, shown = part.get_by_role("slider", name="solve rate"), part.locator(".shown")
    box, seen = slider.bounding_box(), {shown.inner_html()}
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(box["x"] + box["width"] * (0.25 + step / 10), box["y"] + box["height"] / 2)
        seen.add(shown.inner_html())
    page.mouse.up()
    assert len(seen) == 6
    part.get_by_role("slider", name="samples").press("ArrowRight")
    assert "n = 9:" in shown.inner_text() and part.locator("output").nth(1).inner_text() == "9"
    part.get_by_role("combobox", name="variant").select_option(label="uncertainty")
    assert "uncertainty, n = 9" in part.locator("svg").first.get_attribute("aria-label")


@in_chromium
def test_frames_change_by_menu_and_by_keyboard(opened):
    part = moving(opened, "08_read_the_run", "mystery-view")
    before = part.locator("img").get_attribute("src")
    part.get_by_role("combobox", name="run").select_option(label="C")
    after = part.locator("img").get_attribute("src")
    assert before != after and "Run C" in part.locator("img").get_attribute("alt")
    part = moving(opened, "07_self_play", "replay")
    slider = part.get_by_role("slider", name="step")
    slider.focus()
    assert slider.evaluate("slider => getComputedStyle(slider).outlineStyle") == "solid"
    for key, want in (("ArrowRight", "Step 60, proposal 11"), ("Home", "Step 0, "), ("End", "Step 99, ")):
        slider.press(key)
        assert want in part.locator("h4").inner_text()


@in_chromium
def test_the_player_goes_forward_and_back(opened):
    part = moving(opened, "00_start_here", "player")
    title, picture = part.locator("h4"), part.locator("img")
    assert title.inner_text().startswith("1 of 9") and part.get_by_role("button", name="Back").is_disabled()
    first = picture.get_attribute("src")
    for number in range(2, 10):
        part.get_by_role("button", name="Next step").press("Enter")
        assert title.inner_text().startswith(f"{number} of 9") and picture.evaluate("i => i.decode()") is None
    part.get_by_role("button", name="Back").click()
    assert title.inner_text().startswith("8 of 9") and picture.get_attribute("src") != first
    part.get_by_role("button", name="Next step").click()
    part.get_by_role("button", name="Start over").click()
    assert picture.get_attribute("src") == first


@in_chromium
def test_a_number_is_guessed_before_its_result_is_seen(opened):
    part = moving(opened, "01_three_questions", "01-inputs")
    page, said = opened[0], part.locator("output")
    behind = page.locator(".tag_behind-moving-01-inputs .cell_output > *")
    assert behind.count() == 3 and not any(thing.is_visible() for thing in behind.all())
    part.get_by_role("button", name="Guess", exact=True).click()
    assert said.inner_text() == "Type a number first." and not behind.first.is_visible()
    part.get_by_label("Your guess").fill("5")
    part.get_by_label("Your guess").press("Enter")
    assert said.inner_text() == "You guessed 5, and it is 7: 2 too low."
    assert all(thing.is_visible() for thing in behind.all())
    assert page.locator(".compared[data-predict='01.inputs']").inner_text() == said.inner_text()


@in_chromium
def test_a_choice_is_guessed_and_cells_wait_for_all_their_guesses(opened):
    part = moving(opened, "00b_toy", "00b-worst")
    behind = opened[0].locator(".tag_behind-moving-00b-worst .cell_output > *")
    part.get_by_label("Your guess").select_option(label="random")
    part.get_by_role("button", name="Guess", exact=True).click()
    assert part.locator("output").inner_text() == "You guessed random, and it is easy."
    assert not behind.first.is_visible()
    other = opened[0].locator("#moving-00b-inverse")
    other.get_by_role("button", name="Show it without a guess").click()
    assert other.locator("output").inner_text() == "No guess was made; it is far above the solver."
    assert behind.first.is_visible()


@in_chromium
def test_it_moves_from_a_disk_too(opened, built):
    page, _, asked = opened
    before = len(asked)
    page.goto((built / "notebooks/09_reward_lab.html").as_uri())
    part = page.locator("#moving-frontier")
    part.get_by_role("combobox", name="arm").select_option(label="coin")
    assert "coin" in part.locator("img").get_attribute("alt")
    assert part.locator("img").evaluate("async i => (await i.decode(), i.naturalWidth)") > 500
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked[before:])
