"""Prompt formats: how a task becomes prompt text, and how completion text becomes a proposal or an answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from azr_nb.config import ConfigError, SelfPlayConfig
from azr_nb.prompts.base import PromptFormat, Unparsable
from azr_nb.prompts.compact import CompactFormat
from azr_nb.prompts.fewshot import FewshotFormat
from azr_nb.prompts.r1 import R1Format

__all__ = ["CompactFormat", "PromptFormat", "FewshotFormat", "R1Format", "Unparsable", "prompt_format_for"]


def prompt_format_for(config: SelfPlayConfig, policy: Any = None) -> PromptFormat:
    """The prompt format as a run's config asks for it.

    With "auto", the compact one for a policy that was brought up on it, and few-shot examples for every other. The
    compact format is for such a policy only. Raises `ConfigError` for settings that the prompt format cannot follow.
    """
    compact = policy is None or policy.compact
    name = config.prompt_format if config.prompt_format != "auto" else "compact" if compact else "fewshot"
    if name == "compact":
        if not compact:
            raise ConfigError(
                f"prompt format compact: {policy.name!r} was not brought up on it; choose fewshot or r1, or a "
                "model made by 'azr-nb pretrain'"
            )
        return CompactFormat.for_run(config)
    if compact and policy is not None:
        raise ConfigError(f"prompt format {name}: {policy.name!r} knows no other prompt format than compact")
    if config.honest_messages:
        raise ConfigError(f"honest_messages compares with the compact prompt format's messages; {name} has none such")
    removed = dict(
        comments=config.remove_comments, global_assignments=config.remove_globals, prints=config.remove_prints
    )
    if name == "fewshot":
        return FewshotFormat(config.num_inputs, **removed)
    tokenizer = policy.tokenizer if policy is not None and config.chat_template else None
    template = None
    if tokenizer is not None and getattr(tokenizer, "chat_template", None):
        template = partial(tokenizer.apply_chat_template, tokenize=False, add_generation_prompt=True)
    return R1Format(config.num_inputs, **removed, template=template)
