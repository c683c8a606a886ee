"""`python -m tools badges`: the README's badges, from the repository that pyproject.toml names, if it names one.

Set `repository = "OWNER/NAME"` under `[tool.azr-nb]` and run it.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from azr_nb.config import ConfigError

MARKERS = ("<!-- badges: begin, written by python -m tools badges -->", "<!-- badges: end -->")
FORGE = "https://github.com"
BADGES = {  # name: image, where it leads
    "tests": (f"{FORGE}/{{repository}}/actions/workflows/test.yml/badge.svg", f"{FORGE}/{{repository}}/actions"),
    "open in Codespaces": (f"{FORGE}/codespaces/badge.svg", "https://codespaces.new/{repository}"),
    "launch Binder": (
        "https://mybinder.org/badge_logo.svg",
        "https://mybinder.org/v2/gh/{repository}/HEAD?urlpath=lab/tree/notebooks/00_start_here.ipynb",
    ),
    "open in Colab": (
        "https://colab.research.google.com/assets/colab-badge.svg",
        "https://colab.research.google.com/github/{repository}/blob/main/docs/open_in_colab.ipynb",
    ),
}


def badges(repository: str) -> str:
    """Markdown of all badges; empty without a repository. Raises `ConfigError` unless it is OWNER/NAME."""
    if not repository:
        return ""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ConfigError(f"repository {repository!r} in pyproject.toml: write OWNER/NAME, or nothing")
    links = (f"[![{name}]({image})]({link})" for name, (image, link) in BADGES.items())
    return "\n".join(links).format(repository=repository) + "\n"


def repository(folder: Path = Path()) -> str:
    """OWNER/NAME from pyproject.toml; empty where none is set. Raises `ConfigError` without that file."""
    if not (folder / "pyproject.toml").is_file():
        raise ConfigError("no pyproject.toml here: run this command in the folder of the repository")
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return project.get("tool", {}).get("azr-nb", {}).get("repository", "")
