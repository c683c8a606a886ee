"""The settings of a run: `settings` has them all, `presets` names sets of them, `files` writes and reads them."""

from azr_nb.config.files import FORMAT, FORMAT_FILE, check_format, load_config, read_yaml, save_config
from azr_nb.config.presets import PRESETS
from azr_nb.config.settings import ConfigError, SelfPlayConfig, make_config, with_whole_paths

__all__ = [
    "FORMAT",
    "FORMAT_FILE",
    "PRESETS",
    "ConfigError",
    "SelfPlayConfig",
    "check_format",
    "load_config",
    "make_config",
    "read_yaml",
    "save_config",
    "with_whole_paths",
]
