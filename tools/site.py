"""The course as a static site: README, notebooks as they were committed, glossary, and the teacher's pages.

`assemble` lays a source folder out as the repository is, so that links between pages hold, with what a site needs
beside: a table of contents, clean notebooks, Sphinx's settings. `build` hands it to Sphinx with myst-nb, both from the
extra `site`; a warning is an error there. No notebook is executed, and no page loads anything from another host. What
moves in a notebook moves here without a kernel (`tools/moving.py`).

It leaves out the instructor's notebooks, and it sets no formulas: a dollar sign is a dollar sign.
"""

from __future__ import annotations

import base64
import hashlib
import os
import posixpath
import re
import shutil
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from azr_nb.config import ConfigError
from azr_nb.course import predictions
from azr_nb.course.exercises.core import MIME
from azr_nb.runs.notebooks import RECORD
from tools import reference
from tools.build_notebooks import INSTRUCTOR
from tools.moving_cells import TRY, front_line, set_moving
from tools.moving_frames import Pictures
from tools.offline import outside
from tools.run_notebooks import FOLDER

OUT = Path("data_out/site")
FRONT = Path("README.md")
GUIDES = ("quick_start", "extending", "environment", "language_models", "gpus", "troubleshooting")
REFERENCE = Path("docs/reference.md")  # made from docstrings
OWN_MIMES = (MIME, predictions.MIME, RECORD)

_LINK = re.compile(
    r"(?P<code>^```.*?^```|(?<!\[)`[^`\n]+`)"
    r"|!?\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)\)",
    re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)

SETTINGS = {
    "project": "azr-nb",
    "html_title": "azr-nb: Absolute Zero self-play",
    "extensions": ["myst_nb", "tools.site"],
    "exclude_patterns": ["_build"],
    "nb_execution_mode": "off",
    "nb_merge_streams": True,
    "myst_heading_anchors": 4,
    "myst_enable_extensions": ["dollarmath"],
    "myst_dmath_allow_digits": False,  # $5 or $6 are prices
    "html_math_renderer": "mathml",  # formulas that a browser draws by itself, without a script from elsewhere
    # the notebooks are plain Markdown: a line that begins with % or {word} is text in JupyterLab, and so it is here
    "myst_disable_syntax": ["myst_role", "myst_line_comment", "myst_block_break", "myst_target"],
    "suppress_warnings": ["myst.header"],
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {
        "home_page_in_toc": True,
        "show_toc_level": 2,
        "use_download_button": True,
        "use_fullscreen_button": False,
        "use_repository_button": False,
        "use_issues_button": False,
        "use_edit_page_button": False,
        "launch_buttons": {},
        "navbar_persistent": [],  # the search field is in the side bar
    },
    "html_context": {"default_mode": "auto"},
    "html_static_path": ["_static"],
    "html_css_files": ["course.css", "moving.css"],
    "html_js_files": [("moving_charts.js", {"defer": "defer"}), ("moving.js", {"defer": "defer"})],
    "html_use_index": False,
    "html_show_copyright": False,
    "html_show_sphinx": False,
}
FILES = ("course.css", "moving.css", "moving.js", "moving_charts.js")  # of this folder, for _static


def parts(root: Path) -> dict[str, list[Path]]:
    """The pages under each heading of the side bar, in order, relative to the root of the repository.

    Raises `ConfigError` where there are no notebooks.
    """
    notebooks = sorted((root / FOLDER).glob("[0-9][0-9]*_*.ipynb"))
    if not notebooks or not (root / FRONT).is_file():
        raise ConfigError("there is no course here: start this in the folder that holds README.md and notebooks/")
    found = {
        "The course": notebooks,
        "To work with it": [root / f"docs/{name}.md" for name in GUIDES],
        "To look things up": [
            root / FOLDER / "glossary.md",
            root / "docs/words_and_formulas.md",
            root / "docs/settings.md",
            root / "docs/datasheets.md",
            root / "RESULTS.md",
        ],
        "For teachers": [
            *(root / f"docs/teaching/{name}.md" for name in ("plans", "hub")),
            *sorted((root / "docs/teaching").glob("[0-9][0-9]*_*.md")),
        ],
        "The project": [root / "CONTRIBUTING.md", root / "SECURITY.md", root / "CHANGELOG.md"],
    }
    return {name: [path.relative_to(root) for path in paths if path.is_file()] for name, paths in found.items()}


def mended(text: str, page: Path, known: set[str], front: str = "index.md") -> str:
    """A page's Markdown with every link leading somewhere on the site, or else only its text left.

    `page` and `known` are relative to the root of the repository; the front page is called `front` on the site. Code is
    left alone.
    """

    def one(found: re.Match) -> str:
        target = found["target"]
        if found["code"] is not None or re.match(r"(?:[a-z]+:|#)", target):
            return found[0]
        path, hash_, anchor = target.partition("#")
        here = page.parent.as_posix()
        place = posixpath.normpath(posixpath.join(here, path))
        if place == FRONT.as_posix():
            return f"[{found['text']}]({posixpath.relpath(front, here)}{hash_}{anchor})"
        if place in known:
            return found[0]
        plans = next((name for name in sorted(known, reverse=True) if posixpath.dirname(name) == place), None)
        return f"[{found['text']}]({posixpath.relpath(plans, here)})" if plans else found["text"]

    return _LINK.sub(one, text)


def prepared(notebook, page: Path, known: set[str]) -> tuple[object, dict[str, str]]:
    """A notebook as the site shows it, and the words for its pictures, by the SHA-256 of each picture.

    Our own kinds of output go, what `record` stored is dropped, and links are mended. A picture without words of its
    own is named by the heading above it.
    """
    words, heading = {}, page.stem
    notebook.metadata.setdefault("language_info", {"name": "python", "pygments_lexer": "ipython3"})
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = mended(cell.source, page, known)
            heading = (_HEADING.findall(cell.source) or [heading])[-1]
        if cell.cell_type != "code":
            continue
        cell.outputs = [output for output in cell.outputs if RECORD not in output.get("data", {})]
        for output in cell.outputs:
            data = output.get("data", {})
            for mime in OWN_MIMES:
                data.pop(mime, None)
            if "image/png" in data:
                picture = hashlib.sha256(base64.b64decode(data["image/png"])).hexdigest()
                own = output.get("metadata", {}).get("image/png", {})
                words[picture] = own.get("alt") or f"Figure: {heading}"
    return notebook, words


def assemble(root: Path, folder: Path) -> list[Path]:
    """Write Sphinx's source folder for the course at `root`; returns the pages, relative to that folder."""
    import nbformat

    sections = parts(root)
    pages = [path for paths in sections.values() for path in paths]
    pictures = [path.relative_to(root) for path in sorted((root / FOLDER).glob("*.png"))]
    known = {path.as_posix() for path in [*pages, *pictures]}
    drawn = Pictures(folder)
    words: dict[str, dict[str, str]] = {}
    titles: dict[Path, str] = {}
    for path in [*pages, *pictures]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            document = path.with_suffix("").as_posix()  # Sphinx's name for the page
            notebook = nbformat.read(root / path, as_version=4)
            solved = root / INSTRUCTOR / path.name
            answers = nbformat.read(solved, as_version=4) if solved.is_file() else nbformat.v4.new_notebook()
            set_moving(notebook, path.stem, answers, drawn)
            notebook, words[document] = prepared(notebook, path, known)
            titles[path] = next(iter(_HEADING.findall(notebook.cells[0].source)), path.stem[3:])
            nbformat.write(notebook, folder / path)
        elif path.suffix == ".md":
            (folder / path).write_text(mended((root / path).read_text(encoding="utf-8"), path, known), encoding="utf-8")
        else:
            shutil.copy(root / path, folder / path)
    (folder / REFERENCE).parent.mkdir(exist_ok=True)
    (folder / REFERENCE).write_text(reference.page(), encoding="utf-8")
    sections.setdefault("To look things up", []).append(REFERENCE)
    pages.append(REFERENCE)
    front = mended((root / FRONT).read_text(encoding="utf-8"), FRONT, known)
    if (root / FOLDER / f"{TRY[0]}.ipynb").is_file():
        heading, _, rest = front.partition("\n")
        front = f"{heading}\n\n{front_line()}\n{rest}"
    contents = [
        f"```{{toctree}}\n:hidden:\n:caption: {name}\n\n" + "\n".join(_entry(path, titles) for path in paths) + "\n```"
        for name, paths in sections.items()
        if paths
    ]
    (folder / "index.md").write_text("\n\n".join([front.rstrip(), *contents]) + "\n", encoding="utf-8")
    (folder / "_static").mkdir(exist_ok=True)
    for name in FILES:
        shutil.copy(Path(__file__).with_name(name), folder / "_static" / name)
    settings = SETTINGS | {"picture_words": words}
    (folder / "conf.py").write_text("".join(f"{name} = {value!r}\n" for name, value in settings.items()), "utf-8")
    return [Path("index.md"), *pages]


def _entry(path: Path, titles: dict[Path, str]) -> str:
    """A line of the table of contents; a notebook has its number in front of its title there."""
    return f"{path.stem.partition('_')[0]} {titles[path]} <{path.as_posix()}>" if path in titles else path.as_posix()


def build(root: Path = Path(), out: Path = OUT) -> Path:
    """Build the site of the course at `root` into `out`, in place of an older site; returns its front page.

    Raises `ConfigError` if `out` holds something else, without the extra `site`, at Sphinx's first warning, and if a
    page would load something from another host.
    """
    if out.exists() and not (out / "searchindex.js").is_file() and (out.is_file() or any(out.iterdir())):
        raise ConfigError(f"{out} holds something that is no site: name an empty or a new folder with --out")
    try:
        import myst_nb  # noqa: F401
        import sphinx_book_theme  # noqa: F401
        from sphinx.cmd.build import build_main
    except ImportError as error:
        raise ConfigError(f"{error.name} is missing; it is in the extra 'site', which `make site` installs") from None
    with TemporaryDirectory(prefix="azr-nb-site-") as name:
        source, made, said = Path(name) / "source", Path(name) / "made", StringIO()
        source.mkdir()
        assemble(root, source)
        with redirect_stderr(said):  # the first warning is our message, in one line
            code = build_main(
                [
                    "-q",
                    "--no-color",
                    "-b",
                    "html",
                    "-W",
                    "--keep-going",
                    "-d",
                    f"{name}/doctrees",
                    str(source),
                    str(made),
                ]
            )
        if code:
            lines = said.getvalue().replace(f"{source}{os.sep}", "").split("\n")
            raise ConfigError(f"the site was not built: {lines[0] or 'Sphinx does not say why'}")
        if found := outside(made):
            raise ConfigError(f"the site was not written, because it would load from another host: {found[0]}")
        if out.exists():
            shutil.rmtree(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, out, ignore=shutil.ignore_patterns(".buildinfo*"))
    return out / "index.html"


def _formula(display: str):
    """A visitor of Sphinx's writer that writes a formula as MathML."""

    def visit(writer, node) -> None:
        from docutils.nodes import SkipNode
        from latex2mathml.converter import convert

        formula = convert(node.astext(), display=display)
        writer.body.append(formula if display == "inline" else f"<div>{formula}</div>")
        raise SkipNode

    return visit


def setup(app) -> dict[str, bool]:
    """What Sphinx calls, since this module is one of its extensions: give every picture its words.

    myst-nb names a picture's file by its SHA-256 and takes no words from an output's metadata.
    """
    app.add_config_value("picture_words", {}, "env")
    app.add_html_math_renderer("mathml", (_formula("inline"), None), (_formula("block"), None))

    def name_pictures(app, doctree) -> None:
        from docutils import nodes

        here = app.config.picture_words.get(app.env.docname, {})  # one picture may stand on several pages
        for image in doctree.findall(nodes.image):
            if words := here.get(Path(image["uri"]).stem):
                image["alt"] = words

    app.connect("doctree-read", name_pictures)
    return {"parallel_read_safe": True}
