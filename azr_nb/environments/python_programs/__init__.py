"""The environment of Python programs: its rules, its verifier, its grammar and held-out suites."""

from azr_nb import lazily

_NAMES = {"environment": ("SUITES", "PythonPrograms"), "verifier": ("check", "validate"), "rules": ("Rules",)}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
