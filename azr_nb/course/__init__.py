"""What the notebooks draw and check with: figures, widgets, exercises, recorded runs, and values recorded for tests.

The names stand in assets/course.toml, by the module that has them, and are imported when first used. The class report
for teachers is here too (`class_report`, `class_page`).
"""

from azr_nb import lazily
from azr_nb.config.assets import toml_asset

_NAMES = toml_asset("course")
__all__ = [name for names in _NAMES.values() for name in names]
__getattr__, __dir__ = lazily(__name__, _NAMES)
