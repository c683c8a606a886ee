"""Dialects: how a task becomes prompt text, and how completion text becomes a proposal or an answer."""

from azr_nb.dialects.compact import CompactDialect

__all__ = ["CompactDialect"]
