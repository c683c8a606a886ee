"""Prompt formats: how a task becomes prompt text, and how completion text becomes a proposal or an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.prompts.base import PromptFormat, Unparsable, tokenizer_of
from azr_nb.prompts.compact import CompactFormat
from azr_nb.prompts.fewshot import FewshotFormat
from azr_nb.prompts.r1 import R1Format
from azr_nb.prompts.things import CompactThings

__all__ = [
    "CompactFormat",
    "CompactThings",
    "PromptFormat",
    "FewshotFormat",
    "R1Format",
    "Unparsable",
    "prompt_format",
    "prompt_format_for",
    "tokenizer_of",
]


@dataclass(frozen=True)
class Made:
    """How a prompt format is made, and for which environment; `trained` ones are for models trained on them alone."""

    make: Callable[[SelfPlayConfig, Any], PromptFormat]
    environment: str
    trained: bool


FORMATS: dict[str, Made] = {}


def prompt_format(name: str, environment: str = "python", trained: bool = False):
    """Register a function of a run's config and policy (None for a prompt without one) that makes a prompt format.

    `--set prompt_format=NAME` chooses it, and "auto" the first of its environment that suits the model. Raise
    `ConfigError` in it for settings that the format cannot follow.
    """

    def decorate(make: Callable[[SelfPlayConfig, Any], PromptFormat]):
        known = FORMATS.get(name)
        if known is not None and known.make.__module__ != make.__module__:
            raise ValueError(f"the prompt format {name!r} exists already: choose another name")
        FORMATS[name] = Made(make, environment, trained)
        return make

    return decorate


def prompt_format_for(config: SelfPlayConfig, policy: Any = None) -> PromptFormat:
    """The prompt format as a run's config asks for it.

    With "auto", the compact one for a policy that was trained on it, and few-shot examples for every other. Raises
    `ConfigError` for an unknown format, one of another environment, or settings that the format cannot follow.
    """
    mine = {name: made for name, made in FORMATS.items() if made.environment == config.environment}
    name = config.prompt_format
    if name == "auto":
        compact = policy is None or policy.compact
        name = next((n for n, made in mine.items() if made.trained == compact), next(iter(mine), name))
    if name not in mine:
        there = f"the environment {config.environment} has auto, {', '.join(mine)}"
        raise ConfigError(f"unknown prompt format {name!r}: {there}")
    if policy is not None and mine[name].trained and policy.environment != config.environment:
        where = f"was trained on {policy.environment} alone" if policy.compact else "was not trained on it"
        raise ConfigError(
            f"prompt format {name} of the environment {config.environment}: {policy.name!r} {where}; choose another "
            "format or environment, or a model made by 'azr-nb pretrain'"
        )
    return mine[name].make(config, policy)


@prompt_format("compact", trained=True)
def _compact(config: SelfPlayConfig, policy: Any) -> CompactFormat:
    return CompactFormat.for_run(config)


@prompt_format("compact-scenes", environment="scenes", trained=True)
@prompt_format("compact-things", environment="things", trained=True)
def _compact_things(config: SelfPlayConfig, policy: Any) -> CompactThings:
    return CompactThings(config.num_inputs)


def _for_language(config: SelfPlayConfig, policy: Any) -> dict[str, bool]:
    """What such a format removes from programs. Raises `ConfigError` where a language model's format cannot be."""
    if policy is not None and policy.compact:
        raise ConfigError(
            f"prompt format {config.prompt_format}: {policy.name!r} knows no other prompt format than compact"
        )
    if config.honest_messages:
        raise ConfigError("honest_messages compares with the compact prompt format's messages; others have none such")
    return dict(comments=config.remove_comments, global_assignments=config.remove_globals, prints=config.remove_prints)


@prompt_format("fewshot")
def _fewshot(config: SelfPlayConfig, policy: Any) -> FewshotFormat:
    return FewshotFormat(config.num_inputs, **_for_language(config, policy))


@prompt_format("r1")
def _r1(config: SelfPlayConfig, policy: Any) -> R1Format:
    removed = _for_language(config, policy)
    tokenizer = policy.tokenizer if policy is not None and config.chat_template else None
    template = None
    if tokenizer is not None and getattr(tokenizer, "chat_template", None):
        template = partial(tokenizer.apply_chat_template, tokenize=False, add_generation_prompt=True)
    return R1Format(config.num_inputs, **removed, template=template)
