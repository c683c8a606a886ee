"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)
    os.replace(temporary, path)
