"""What goes to other libraries: trained policies, the tasks of a run, and the verifier with its sandbox."""

from azr_nb import lazily

_NAMES = {
    "policy": ("export",),
    "tasks": ("export_tasks",),
    "judge": ("Judge", "tasks_of"),
    "verifiers_tasks": ("as_verifiers_environment",),
    "openenv_server": ("openenv_app",),
}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
