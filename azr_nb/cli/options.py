"""Options that several commands read in one way."""

from __future__ import annotations


def usual_preset(model: str | None = None, environment: str | None = None) -> str:
    """The preset for a model, by its name alone, or for an environment where no model is named."""
    from azr_nb.policy.models import made_for

    made = made_for(model) if model is not None else environment or "python"
    return {"things": "things", "scenes": "scenes", "": "laptop"}.get(made, "classroom")


def settings_of(pairs: list[str] | None, chosen: dict) -> dict:
    """The options and the --set pairs together; a name may be given once."""
    from azr_nb.config import ConfigError, read_yaml

    settings = dict(chosen)
    for pair in pairs or []:
        name, sign, value = (part.strip() for part in pair.partition("="))
        if not sign:
            raise ConfigError(f"--set {pair!r} is not name=value")
        if name in settings:
            raise ConfigError(f"{name} is given twice")
        try:
            settings[name] = read_yaml(value)
        except ConfigError as error:
            raise ConfigError(f"--set {pair[:100]!r}: the value cannot be read ({error}); quote it") from None
    return settings
