"""Data files that come with the package: texts, tables and settings."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parents[1] / "assets"


@cache
def toml_asset(name: str) -> dict[str, Any]:
    """What a TOML file of the assets holds; read once, and not to be changed."""
    return tomllib.loads((ASSETS / f"{name}.toml").read_text(encoding="utf-8"))
