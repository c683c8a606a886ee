"""The settings as text: what each one does, and in what two configurations differ."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azr_nb.config import ConfigError, SelfPlayConfig, load_config, make_config
from azr_nb.config.presets import PRESETS
from azr_nb.runs.text_table import text_table

# the first field of each group, in the order and under the headings of config.py
GROUPS = {
    "the run": "model",
    "proposing": "proposals_per_type",
    "validating": "determinism_check",
    "solving": "solve_rate_samples",
    "buffers": "seed_tasks",
    "rewards": "proposer_reward",
    "advantages and update": "propose_weight",
    "looking": "probe_every",
}


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
    table = [("setting", *names, "")]
    for name, (here, there) in a.diff(b).items():
        table.append((name, shown(here), shown(there), SelfPlayConfig.model_fields[name].description or ""))
    if len(table) == 1:
        return f"{names[0]} and {names[1]} have the same settings"
    left = sum(max(len(row[i]) for row in table) + 2 for i in range(3))
    lines = []
    for *cells, said in table:
        first, *more = textwrap.wrap(said, max(30, width - left)) or [""]
        lines += [(*cells, first), *(("", "", "", part) for part in more)]
    return text_table(lines)
