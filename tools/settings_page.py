"""The page of all settings, docs/settings.md: what each one does and what it may be, in a table for each group.

It is made from the descriptions in `config.settings`, and a test holds it against them.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from azr_nb.cli.config_tables import groups, shown
from azr_nb.config import SelfPlayConfig, make_config
from azr_nb.config.presets import PRESETS

MARKERS = ("<!-- settings: begin, written by python -m tools settings --into -->", "<!-- settings: end -->")
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_KINDS = {bool: "true or false", int: "whole number", float: "number", str: "text"}


def allowed(name: str) -> str:
    """What a field may be, in words: its values, or its kind with the bounds, and whether it may be unset."""
    field = SelfPlayConfig.model_fields[name]
    kinds = [field.annotation]
    if get_origin(field.annotation) in (Union, UnionType):
        kinds = list(get_args(field.annotation))
    bounds = [
        f"{sign} {shown(getattr(entry, bound))}"
        for entry in field.metadata
        for bound, sign in _BOUNDS.items()
        if getattr(entry, bound, None) is not None
    ]
    words = []
    for kind in kinds:
        if get_origin(kind) is Literal:
            words.append(", ".join(map(str, get_args(kind))))
        elif get_origin(kind) is tuple:
            words.append("list of text")
        elif get_origin(kind) is dict:
            words.append("names with numbers")
        elif kind is not NoneType:
            words.append(" ".join([_KINDS[kind], ", ".join(bounds)]).strip())
    return "; ".join(words) + ("; or null" if NoneType in kinds else "")


def differing_presets(name: str) -> dict[str, Any]:
    """The presets whose value of a field is not the default, with that value."""
    default = SelfPlayConfig().model_dump()[name]
    values = {preset: make_config(preset).model_dump()[name] for preset in PRESETS}
    return {preset: value for preset, value in values.items() if value != default}


def reference_page() -> str:
    """Every setting as Markdown: a table for each group with default, presets, allowed values and description."""
    default = SelfPlayConfig().model_dump()
    parts = []
    for heading, names in groups().items():
        parts.append(f"### {heading[0].upper()}{heading[1:]}\n")
        parts.append("| setting | default | in presets | allowed | what it is |\n|---|---|---|---|---|")
        for name in names:
            others = ", ".join(f"{preset}: `{shown(value)}`" for preset, value in differing_presets(name).items())
            cells = (
                f"`{name}`",
                f"`{shown(default[name])}`",
                others,
                allowed(name),
                SelfPlayConfig.model_fields[name].description or "",
            )
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts)
