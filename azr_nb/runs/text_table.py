"""Tables as text, for everything that a command prints in columns."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(rows: Sequence[Sequence[object]], sides: str = "") -> str:
    """Rows of cells in columns two blanks apart, each as wide as its widest cell.

    `sides` has a letter for each column, `<` for left and `>` for right; columns without one are left-aligned.
    """
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    aligned = list(zip(sides.ljust(len(widths), "<"), widths, strict=True))
    lines = []
    for row in rows:
        cells = [f"{cell!s:{side}{width}}" for cell, (side, width) in zip(row, aligned, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
