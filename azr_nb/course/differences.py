"""Paper and released code side by side (assets/differences.toml), with the settings that stand for them here.

Fourteen are departures; in points 13 and 15 the two agree.

Read from arXiv 2505.03335 (version 2) and the authors' code (LeapLabTHU/Absolute-Zero-Reasoner, June 2025). The presets
`paper` and `released_code` differ in these settings and in no others.
"""

from dataclasses import dataclass

from azr_nb.config.assets import toml_asset


@dataclass(frozen=True)
class Difference:
    """One point: what the paper says, what the code does, and the fields of `SelfPlayConfig` that choose."""

    number: int
    topic: str
    paper: str
    released: str
    fields: tuple[str, ...] = ()


_TABLE = toml_asset("differences")
DIFFERENCES = tuple(Difference(**row | {"fields": tuple(row["fields"])}) for row in _TABLE["difference"])
ALWAYS = tuple(_TABLE["always"])


def differences_text() -> str:
    """The sixteen points as text, and what differs from both, for `azr-nb config --differences`."""
    lines = []
    for d in DIFFERENCES:
        lines.append(f"{d.number:2}. {d.topic}" + (f" ({', '.join(d.fields)})" if d.fields else ""))
        lines += [f"    paper: {d.paper}", f"    released code: {d.released}"]
    return "\n".join([*lines, "", "In every preset, other than both:", *(f"  - {text}" for text in ALWAYS)])
