"""Markdown files with a part that a command writes, between two lines of comment."""

from __future__ import annotations

from pathlib import Path

from azr_nb.config import ConfigError
from azr_nb.config.files import write_atomic


def check_markers(path: Path, begin: str, end: str) -> str:
    """The text of a file that has both markers, once each, in order. Raises `ConfigError` otherwise."""
    if not path.is_file():
        raise ConfigError(f"{path} does not exist")
    text = path.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ConfigError(f"{path} needs the line {begin!r} and behind it the line {end!r}, each once")
    return text


def renew(path: Path, page: str, begin: str, end: str) -> str:
    """Put the page between the markers of a file; says in a line whether that changed the file."""
    text = check_markers(path, begin, end)
    fresh = f"{text.partition(begin)[0]}{begin}\n\n{page.strip()}\n\n{end}{text.partition(end)[2]}"
    if fresh == text:
        return f"{path}: up to date"
    write_atomic(path, fresh)
    return f"{path}: renewed"
