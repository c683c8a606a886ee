"""Texts of the course that stand in `assets`, and texts cut to a length."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parents[1] / "assets"


def read_toml(name: str) -> dict[str, Any]:
    """A TOML file of the assets."""
    return tomllib.loads((ASSETS / name).read_text(encoding="utf-8"))


def cut(text: str, most: int) -> str:
    """A text, with its end left out if it is longer than `most`."""
    return text if len(text) <= most else text[: most - 1] + "…"
