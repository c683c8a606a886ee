"""The course's exercises and their checks; see `core`. One module per notebook holds the references."""

from azr_nb.course.exercises.core import Result, check

__all__ = ["Result", "check"]
