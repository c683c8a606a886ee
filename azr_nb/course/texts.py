"""Texts and templates of the course, which stand in `assets`, and texts cut to a length."""

import tomllib
from pathlib import Path
from typing import Any

import jinja2

ASSETS = Path(__file__).parents[1] / "assets"


def read_toml(name: str) -> dict[str, Any]:
    """A TOML file of the assets."""
    return tomllib.loads((ASSETS / name).read_text(encoding="utf-8"))


def written(template: str, escaped: bool = True, **values: Any) -> str:
    """A template of the assets with these values, which are escaped for HTML, except without `escaped`."""
    environment = jinja2.Environment(autoescape=escaped, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string((ASSETS / template).read_text(encoding="utf-8")).render(values)


def cut(text: str, most: int) -> str:
    """A text, with its end left out if it is longer than `most`."""
    return text if len(text) <= most else text[: most - 1] + "…"
