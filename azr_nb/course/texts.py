"""Templates of the course, which stand in `assets`, filled in; and texts cut to a length."""

from typing import Any

import jinja2

from azr_nb.config.assets import ASSETS


def written(template: str, escaped: bool = True, **values: Any) -> str:
    """A template of the assets with these values, which are escaped for HTML, except without `escaped`."""
    environment = jinja2.Environment(autoescape=escaped, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string((ASSETS / template).read_text(encoding="utf-8")).render(values)


def cut(text: str, most: int) -> str:
    """A text, with its end left out if it is longer than `most`."""
    return text if len(text) <= most else text[: most - 1] + "…"
