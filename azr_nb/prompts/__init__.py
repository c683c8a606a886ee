"""Prompt formats: how a task becomes prompt text, and how completion text becomes a proposal or an answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.prompts.base import PromptFormat, Unparsable
from azr_nb.prompts.compact import CompactFormat
from azr_nb.prompts.fewshot import FewshotFormat
from azr_nb.prompts.r1 import R1Format

__all__ = [
    "CompactFormat",
    "PromptFormat",
    "FewshotFormat",
    "R1Format",
    "Unparsable",
    "prompt_format",
    "prompt_format_for",
]


FORMATS: dict[str, Callable[[SelfPlayConfig, Any], PromptFormat]] = {}


def prompt_format(name: str):
    """Register a function of a run's config and policy (None for a prompt without one) that makes a prompt format.

    `--set prompt_format=NAME` chooses it. Raise `ConfigError` in it for settings that the format cannot follow.
    """

    def decorate(make: Callable[[SelfPlayConfig, Any], PromptFormat]):
        known = FORMATS.get(name)
        if known is not None and known.__module__ != make.__module__:
            raise ValueError(f"the prompt format {name!r} exists already: choose another name")
        FORMATS[name] = make
        return make

    return decorate


def prompt_format_for(config: SelfPlayConfig, policy: Any = None) -> PromptFormat:
    """The prompt format as a run's config asks for it.

    With "auto", the compact one for a policy that was trained on it, and few-shot examples for every other. Raises
    `ConfigError` for an unknown format, or for settings that the format cannot follow.
    """
    compact = policy is None or policy.compact
    name = config.prompt_format if config.prompt_format != "auto" else "compact" if compact else "fewshot"
    if name not in FORMATS:
        raise ConfigError(f"unknown prompt format {name!r}: choose auto or one of {', '.join(FORMATS)}")
    return FORMATS[name](config, policy)


@prompt_format("compact")
def _compact(config: SelfPlayConfig, policy: Any) -> CompactFormat:
    if policy is not None and not policy.compact:
        raise ConfigError(
            f"prompt format compact: {policy.name!r} was not trained on it; choose fewshot or r1, or a model made by "
            "'azr-nb pretrain'"
        )
    return CompactFormat.for_run(config)


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
