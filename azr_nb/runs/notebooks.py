"""What a notebook of the course leaves in its outputs for tests to read."""

from __future__ import annotations

RECORD = "application/x-azr-nb-record+json"


def record(**values: float | int | str) -> None:
    """Store values in the output of the cell that calls this, for tests to read from the executed copy."""
    from IPython.display import display

    display({RECORD: values, "text/plain": f"recorded: {', '.join(values)}"}, raw=True)
