"""Learning: one LoRA step on the rollouts of a step, and the warm-up of the tiny policy."""

from azr_nb import lazily

_NAMES = {
    "learner": ("Learner",),
    "estimators": ("clipped_surrogate", "kl_k1", "kl_k2", "kl_k3"),
    "warmup": ("pretrain",),
}
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
