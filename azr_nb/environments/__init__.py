"""Environments: what can be proposed and how it is verified. The loop knows only what `base` says of them."""

from azr_nb import lazily

_NAMES = {
    "base": ("Environment", "any_environment", "environment", "environment_for"),
    "python_programs": ("PythonPrograms",),
    "things": ("Scenes", "Things"),
}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
