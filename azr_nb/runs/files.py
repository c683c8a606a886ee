"""Files that are there whole or not at all, and that are written where they seem to be: never through a link."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_HERE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one, never a part.

    A link at the path is replaced, not followed. Raises `OSError` and leaves the old file if that cannot be.
    """
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)  # left by a crash, or put there as a link by somebody
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _HERE, 0o666), "wb") as file:
            file.write(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def open_to_append(path: Path) -> BinaryIO:
    """A file to go on writing at its end. Raises `OSError` if the path is a link."""
    return open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _HERE, 0o666), "ab")
