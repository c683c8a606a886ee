"""What a folder of web pages would load from another host.

`outside` reads HTML and CSS: scripts, pictures, style sheets, frames, and what these import. A plain link that a reader
clicks loads nothing by itself and is no finding. What a script may ask for while it runs is not seen here; the tests
look at that in a browser.
"""

from __future__ import annotations

import re
from pathlib import Path

_TAG = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|link)\b[^>]*?\s(?:src|href|srcset|data)\s*=\s*"
    r"""["']?((?:https?:)?//[^"'\s>]+)""",
    re.IGNORECASE,
)
_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s;]+)""", re.IGNORECASE)
_SCRIPT = re.compile(r"""\b(?:import|from|import\()\s*["'](https?://[^"']+)["']""")


def addresses(text: str, kind: str) -> list[str]:
    """The addresses on other hosts that a page (kind `html`) or a style sheet (`css`) loads."""
    patterns = (_STYLE,) if kind == "css" else (_TAG, _STYLE, _SCRIPT)
    return [found for pattern in patterns for found in pattern.findall(text)]


def outside(folder: Path) -> list[str]:
    """One line, `file: address`, for each thing that a page below this folder would load from another host."""
    found = []
    for path in sorted(folder.rglob("*")):
        kind = path.suffix.lstrip(".").lower()
        if kind in ("html", "css"):
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(folder)}: {address}" for address in addresses(text, kind)]
    return found
