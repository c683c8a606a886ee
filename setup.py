"""Puts the notebooks, which lie beside the package, into the wheel; all else stands in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
COURSE = ("*.ipynb", "glossary.md", "*.png")


class WithCourse(build_py):
    """`build_py`, and a copy of the notebooks as a folder of the package's assets."""

    def run(self):
        super().run()
        if getattr(self, "editable_mode", False):  # the checkout's own folder is used then
            return
        target = Path(self.build_lib) / "azr_nb" / "assets" / "notebooks"
        target.mkdir(parents=True, exist_ok=True)
        for pattern in COURSE:
            for path in sorted((HERE / "notebooks").glob(pattern)):
                shutil.copy2(path, target)


setup(cmdclass={"build_py": WithCourse})
