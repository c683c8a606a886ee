"""The page of reference: every public name of the rooms, with its signature and docstring."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

ROOMS = (
    "azr_nb",
    "azr_nb.environments",
    "azr_nb.environments.python_programs",
    "azr_nb.executor",
    "azr_nb.prompts",
    "azr_nb.rewards",
    "azr_nb.policy",
    "azr_nb.learning",
    "azr_nb.evaluation",
    "azr_nb.runs",
    "azr_nb.programs",
)


def page() -> str:
    """The reference as Markdown; a name stands in the first room that has it."""
    parts, seen = ["# Reference\n\nWhat `help()` says of the names that people work with, room by room."], set()
    for room in ROOMS:
        module = import_module(room)
        parts.append(f"## {room}\n\n{_prose(inspect.getdoc(module) or '')}")
        for name in module.__all__:
            thing = getattr(module, name)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)) or id(thing) in seen:
                continue
            seen.add(id(thing))
            parts.append(
                f"### {name}\n\n```python\n{name}{_signature(thing)}\n```\n\n{_prose(inspect.getdoc(thing) or '')}"
            )
            if inspect.isclass(thing) and thing.__module__.startswith("azr_nb"):
                methods = [
                    (key, value)
                    for key, value in vars(thing).items()
                    if inspect.isfunction(value) and not key.startswith("_") and value.__doc__
                ]
                parts += [
                    f"`{name}.{key}{_signature(value)}`\n\n{_prose(inspect.getdoc(value))}" for key, value in methods
                ]
    return "\n\n".join(parts) + "\n"


def _signature(thing: object) -> str:
    try:
        return re.sub(r"(?<=: |> )'([^']+)'", r"\1", str(inspect.signature(thing)))  # annotations are kept as text
    except (TypeError, ValueError):
        return ""


def _prose(text: str) -> str:
    """A docstring as Markdown: what is set off by four spaces becomes a block, and nothing becomes a link or markup."""
    lines = ["    " + line if line.startswith("    ") else line for line in text.splitlines()]
    return "\n".join(lines).replace("$", r"\$").replace("<", r"\<").replace("[", r"\[")
