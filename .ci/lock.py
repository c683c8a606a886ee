"""Write requirements.lock and the pins of environment.yml from the output of `pip freeze`.

    python -m pip freeze --all --exclude pip --exclude-editable | python .ci/lock.py

Run by `make lock`, from the root of the repository. It uses the standard library only.

What it changes about the frozen list: local version tags such as `+cpu` are cut, and the packages
with which a CUDA build of torch brings its own libraries are left out, since torch asks for the
right ones itself wherever they are needed. Anything that is not `name==version` is refused.
"""

import re
import sys
import tomllib
from pathlib import Path

LOCK_HEADER = """\
# The exact versions that the course is written and tested with: what the package and its "dev"
# extra need, and all that these need in turn. Written by a program; to make it again: make lock
"""
BROUGHT_BY_TORCH = re.compile(r"(nvidia|cuda)-.*|triton")


def canonical(name):
    """The one spelling of a distribution's name: lower case, single hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


def exact_pins(frozen):
    """The lines of `pip freeze` as {canonical name: version}, sorted."""
    pins = {}
    for line in filter(None, map(str.strip, frozen)):
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!_]+)(\+[A-Za-z0-9.]+)?", line)
        if match is None:
            sys.exit(f"lock.py: not an exact pin: {line}")
        name, version = canonical(match[1]), match[2]
        if not BROUGHT_BY_TORCH.fullmatch(name):
            pins[name] = version
    return dict(sorted(pins.items()))


def repin(text, pins):
    """The same YAML text with the version of every pip pin replaced by the lock's."""

    def one(match):
        name = canonical(match[2])
        if name not in pins:
            sys.exit(f"lock.py: environment.yml pins {name}, which the lock does not have")
        return f"{match[1]}{match[2]}=={pins[name]}"

    return re.sub(r"(?m)^(\s+- )([A-Za-z0-9._-]+)==\S+$", one, text)


def main():
    """Read the frozen list from standard input and rewrite both files."""
    pins = exact_pins(sys.stdin)
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    missing = {canonical(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in wanted} - set(pins)
    if missing:
        sys.exit(f"lock.py: wanted by pyproject.toml but not installed: {', '.join(sorted(missing))}")
    environment = Path("environment.yml")
    repinned = repin(environment.read_text(), pins)
    Path("requirements.lock").write_text(
        LOCK_HEADER + "".join(f"{name}=={version}\n" for name, version in pins.items())
    )
    environment.write_text(repinned)
    print(f"requirements.lock: {len(pins)} packages")


if __name__ == "__main__":
    main()
