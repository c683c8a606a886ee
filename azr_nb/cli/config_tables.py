"""The settings as tables: what each one does, what it may be, and in what two configurations differ.

The Markdown page is docs/settings.md; it is made from the descriptions in `config.settings`, and a test holds it
against them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from azr_nb.config import ConfigError, SelfPlayConfig, load_config, make_config
from azr_nb.config.files import write_atomic
from azr_nb.config.presets import PRESETS

# the first field of each group, in the order and under the headings of config.py
GROUPS = {
    "the run": "model",
    "proposing": "proposals_per_type",
    "validating": "determinism_runs",
    "solving": "solve_rate_samples",
    "buffers": "seed_tasks",
    "rewards": "proposer_reward",
    "advantages and update": "propose_weight",
    "looking": "probe_every",
}
BEGIN = "<!-- settings: begin, written by azr-nb config --markdown --into -->"
END = "<!-- settings: end -->"
_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_KINDS = {bool: "true or false", int: "whole number", float: "number", str: "text"}


def groups() -> dict[str, list[str]]:
    """The names of the fields under each heading, in order."""
    heads = {first: heading for heading, first in GROUPS.items()}
    result: dict[str, list[str]] = {}
    heading = ""
    for name in SelfPlayConfig.model_fields:
        heading = heads.get(name, heading)
        result.setdefault(heading, []).append(name)
    return result


def shown(value: Any) -> str:
    """A value as it is written behind `--set name=`: true, null, 0.0005, [deduction, abduction]."""
    import yaml

    value = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(value, default_flow_style=True, width=10_000).removesuffix("...\n").strip()


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


def settings_yaml(config: SelfPlayConfig) -> str:
    """All settings as YAML under their headings, each with its description as a comment; it can be loaded again."""
    values = config.model_dump(mode="json")
    parts = []
    for heading, names in groups().items():
        parts.append(f"# --- {heading}")
        parts += [f"# {SelfPlayConfig.model_fields[name].description}\n{name}: {shown(values[name])}" for name in names]
        parts.append("")
    return "\n".join(parts)


def named_config(name: str) -> SelfPlayConfig:
    """The config of a preset, of a run folder, or of a YAML file, whichever `name` is.

    Raises `ConfigError` with one line if it is none of them.
    """
    if name in PRESETS:
        return make_config(name)
    path = Path(name).expanduser()
    if path.is_dir():
        return load_config(path / "config.yaml")
    if path.is_file():
        return load_config(path, whole=False)  # written by hand, perhaps
    raise ConfigError(f"{name!r} is neither a preset ({', '.join(PRESETS)}) nor a run folder nor a YAML file")


def diff_table(a: SelfPlayConfig, b: SelfPlayConfig, names: Sequence[str] = ("a", "b"), width: int = 118) -> str:
    """The fields in which two configs differ as an aligned table: field, value in each, and what the field is."""
    rows = [(name, shown(here), shown(there)) for name, (here, there) in a.diff(b).items()]
    if not rows:
        return f"{names[0]} and {names[1]} have the same settings"
    head = ("setting", *names)
    sizes = [max(len(row[i]) for row in [head, *rows]) for i in range(3)]
    left = sum(sizes) + 6
    lines = ["  ".join(text.ljust(size) for text, size in zip(head, sizes, strict=True)).rstrip()]
    for row in rows:
        said = textwrap.wrap(SelfPlayConfig.model_fields[row[0]].description or "", max(30, width - left))
        cells = "  ".join(text.ljust(size) for text, size in zip(row, sizes, strict=True))
        lines += [f"{cells}  {said[0]}", *(" " * left + more for more in said[1:])]
    return "\n".join(lines)


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


def write_into(path: Path) -> bool:
    """Put the page between the markers `BEGIN` and `END` of a Markdown file; True if that changed the file.

    Raises `ConfigError` with one line if the file or its markers are missing.
    """
    if not path.is_file():
        raise ConfigError(f"{path} does not exist")
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ConfigError(f"{path} needs the line {BEGIN!r} and behind it the line {END!r}, each once")
    head, _, rest = text.partition(BEGIN)
    fresh = f"{head}{BEGIN}\n\n{reference_page()}\n{END}{rest.partition(END)[2]}"
    if fresh == text:
        return False
    write_atomic(path, fresh)
    return True
