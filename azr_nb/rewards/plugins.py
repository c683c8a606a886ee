"""Plugins: rewards, advantage estimators and prompt formats from a file of the user's own.

The file is run as any script that its user starts: it is trusted, unlike everything that a model writes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path

import azr_nb.rewards.registry as registry
from azr_nb.config import SelfPlayConfig
from azr_nb.environments.base import BUILT_IN, ENVIRONMENTS
from azr_nb.prompts import FORMATS
from azr_nb.rewards.baselines import ESTIMATORS
from azr_nb.rewards.registry import Reward, RewardError, get_reward
from azr_nb.rewards.signals import SIGNALS, needed


def load_plugin(path: str | Path) -> list[Reward]:
    """Run a Python file that registers rewards and other parts; returns the rewards. Again replaces them.

    Raises `RewardError` with one line if the file is missing, fails, or registers nothing; then nothing is registered.
    """
    path = Path(os.path.realpath(Path(path).expanduser()))
    if not path.is_file():
        raise RewardError(f"the plugin {path} is {'no file' if path.exists() else 'missing'}: name a Python file")
    name = f"azr_nb_plugin_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    loader = SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    registries = (registry._REWARDS, SIGNALS, ESTIMATORS, FORMATS, ENVIRONMENTS)
    kept, writes = [dict(one) for one in registries], sys.dont_write_bytecode
    before = kept[0]
    for key in [key for key, reward in before.items() if reward.origin[0] == name]:
        del registry._REWARDS[key]  # a reward that the file no longer has must not stay
    for key in [key for key, one in SIGNALS.items() if one.origin[0] == name]:
        del SIGNALS[key]
    sys.modules[name] = module
    sys.dont_write_bytecode = True  # no __pycache__ beside the user's file, and never an old one used
    try:
        loader.exec_module(module)
        added = [
            thing
            for one, old in zip(registries, kept, strict=True)
            for key, thing in one.items()
            if old.get(key) is not thing
        ]
        if not added:
            raise RewardError(
                f'the plugin {path} registers no reward: decorate a function, as with @proposer_reward("mine")'
            )
        return [thing for thing in added if isinstance(thing, Reward)]
    except BaseException as error:
        for one, old in zip(registries, kept, strict=True):
            one.clear()
            one.update(old)
        sys.modules.pop(name, None)
        if isinstance(error, KeyboardInterrupt) or (isinstance(error, RewardError) and str(path) in str(error)):
            raise
        text = " ".join(str(error).split())[:200]
        raise RewardError(f"the plugin {path} fails{_line(error, path)}: {type(error).__name__}: {text}") from error
    finally:
        sys.dont_write_bytecode = writes


def _line(error: BaseException, path: Path) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    if isinstance(error, SyntaxError):
        lines = [error.lineno]
    return f" in line {lines[-1]}" if lines and lines[-1] else ""


def check_rewards(config: SelfPlayConfig) -> None:
    """Load the run's plugin, if it has one, and look up every name that a plugin can register. Raises `RewardError`."""
    if config.plugin is not None:
        load_plugin(config.plugin)
    get_reward("proposer", config.proposer_reward)
    get_reward("solver", config.solver_reward)
    for name in config.intrinsic:
        get_reward("intrinsic", name)
    needed(config)
    for what, name, known in (
        ("advantage estimator", config.advantage, ESTIMATORS),
        ("prompt format", config.prompt_format, {"auto": None, **FORMATS}),
        ("environment", config.environment, BUILT_IN | ENVIRONMENTS),
    ):
        if name not in known:
            raise RewardError(f"unknown {what} {name!r}: choose one of {', '.join(known)}")
