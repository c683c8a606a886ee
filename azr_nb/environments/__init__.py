"""Environments: what can be proposed and how it is verified. The loop knows only the protocol in `base`."""

from azr_nb import lazily

_NAMES = {"base": ("Environment",), "python_programs": ("PythonPrograms",)}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
