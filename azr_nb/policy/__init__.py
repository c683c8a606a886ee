"""Policies: models by name, adapters, and several ways to sample from them."""

from azr_nb import lazily

_NAMES = {"load": ("Policy", "PolicyError", "load_policy", "lora_config"), "hardware": ("HardwareError",)}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
