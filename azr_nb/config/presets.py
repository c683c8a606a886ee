"""Presets: named settings, as differences from the defaults of `SelfPlayConfig` (`assets/presets.toml`).

`paper` is the method as the paper describes it and `released_code` as its authors' code runs it, both in batch sizes,
buffers and rewards; learning rate, LoRA, lengths, N and steps are those of the tiny policy. The official value of each
setting, with the place where it stands, and each departure from it is in `assets/official_settings.toml`. `classroom`
is the form that teaches the tiny policy most in five minutes on a CPU. `things` is its like for the environment of
things. `laptop` is for a language model of some hundred million parameters on a CPU, and draws at a temperature of 0.8:
at 1 few proposals of such a model are valid. `gpu` is `paper` at larger lengths, with LoRA, for code models of 0.5 to 3
billion parameters; nobody has run it yet.
"""

from __future__ import annotations

from typing import Any

from azr_nb.config.assets import toml_asset


def _whole(name: str) -> dict[str, Any]:
    """A preset with the settings of the one that it is like."""
    own = dict(toml_asset("presets")[name])
    like = own.pop("like", None)
    return {**(_whole(like) if like else {}), **own}


PRESETS: dict[str, dict[str, Any]] = {name: _whole(name) for name in toml_asset("presets")}
