"""The environment of things: scenes and sensing, the verifier, the grammar, and the evidence learner beside them."""

from azr_nb import lazily

_NAMES = {
    "environment": ("Scenes", "Things"),
    "evidence": ("EvidenceLearner", "looks_table", "recognise"),
    "scenes": ("Refused", "Scene", "read_program", "sense"),
    "verifier": ("check", "validate"),
}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
