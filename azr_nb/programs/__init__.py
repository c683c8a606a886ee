"""Programs and values as text: read, compared, renamed and measured, never run."""

from azr_nb import lazily

_NAMES = {
    "values": ("NotPlain", "parse_value", "same"),
    "source": ("renamed", "tree_distance"),
    "syntax": ("ProgramError", "parse"),
}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
