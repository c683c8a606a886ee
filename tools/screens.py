"""The notebooks in a real JupyterLab, in a headless Chromium: run them, press their widgets, take their pictures.

For those who work on the course; it needs the `dev` extra and a Chromium. JupyterLab works on a copy of the notebooks,
without a token on a port of this machine only, and is stopped afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from azr_nb.config import ConfigError

OUT = Path("data_out/screens")
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SIZES = ((1280, 800), (1366, 768))
TALLEST = 16_000  # pixels of one picture; Chromium's own limit is a little above

_STATE = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const cells = panel?.content?.widgets?.filter(c => c.model.type === 'code') ?? [];
  const kernel = panel?.sessionContext?.session?.kernel;
  return {cells: cells.length, run: cells.filter(c => c.model.executionCount !== null).length,
          idle: kernel?.status === 'idle',
          errors: [...document.querySelectorAll('[data-mime-type*="stderr"]')].map(e => e.innerText)};
}"""


def chromium() -> str:
    """The path of a Chromium. Raises `ConfigError` if there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise ConfigError("no Chromium is installed: on Debian it is `apt-get install chromium`")


@contextmanager
def jupyterlab(notebooks: Path, theme: str = "light") -> Iterator[tuple[str, Path]]:
    """A running JupyterLab on a copy of the notebooks: its address, and the copy's folder."""
    with TemporaryDirectory(prefix="azr-nb-lab-") as name:
        folder, settings = Path(name) / "work", Path(name) / "settings" / "@jupyterlab"
        shutil.copytree(notebooks, folder)
        for path, values in {
            "apputils-extension/themes": {"theme": THEMES[theme]},
            "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
            "notebook-extension/tracker": {"windowingMode": "none"},
        }.items():
            file = settings / f"{path}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--expose-app-in-browser",
            f"--ServerApp.port={port}",
            "--ServerApp.ip=127.0.0.1",
            "--IdentityProvider.token=",
            f"--ServerApp.root_dir={folder}",
            f"--LabApp.user_settings_dir={settings.parent}",
            f"--LabApp.workspaces_dir={name}/workspaces",
        ]
        environment = {**os.environ, "JUPYTER_RUNTIME_DIR": f"{name}/runtime", "JUPYTER_PREFER_ENV_PATH": "1"}
        with open(Path(name) / "log", "w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", server, Path(name) / "log")
            yield f"http://127.0.0.1:{port}/lab/tree", folder
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            raise ConfigError(f"JupyterLab did not start: {log.read_text()[-300:]}")
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            time.sleep(0.25)
    raise ConfigError("JupyterLab did not answer within a minute")


@contextmanager
def browser_page(size: tuple[int, int] = SIZES[0]) -> Iterator:
    """A page of a headless Chromium of that width and height."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield browser.new_page(viewport={"width": size[0], "height": size[1]})
        finally:
            browser.close()


def open_and_run(page, address: str, name: str, seconds: float = 180) -> dict:
    """Open a notebook, Run All, and wait until every cell has run; returns what the page then says of its cells.

    Raises `TimeoutError` if it does not end in time.
    """
    page.goto(f"{address}/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.wait_for_function(f"() => ({_STATE})().idle", timeout=60_000)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = page.evaluate(_STATE)
        if state["idle"] and state["run"] == state["cells"]:
            page.wait_for_timeout(700)  # the last output may still be on its way to the screen
            return page.evaluate(_STATE)
        if page.query_selector('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'):
            return state
        page.wait_for_timeout(250)
    raise TimeoutError(f"{name} did not finish within {seconds:g} s: {page.evaluate(_STATE)}")


def picture(page, path: Path) -> None:
    """The whole open notebook as one PNG, as wide as the window."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"]
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    page.wait_for_timeout(300)
    inner = page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollHeight")
    usual = page.viewport_size["height"]
    page.set_viewport_size({"width": width, "height": int(min(inner + 120, TALLEST))})
    page.wait_for_timeout(500)
    page.evaluate("() => { document.querySelector('.jp-WindowedPanel-outer').scrollTop = 0; }")  # Run All went down
    page.wait_for_timeout(500)
    page.screenshot(path=str(path))
    page.set_viewport_size({"width": width, "height": usual})


def take(notebooks: list[Path], say=print) -> list[Path]:
    """Run each notebook in both themes, each at one size, and write their pictures to `data_out/screens/`."""
    made = []
    for (theme, _), size in zip(THEMES.items(), SIZES, strict=True):
        with jupyterlab(notebooks[0].parent, theme) as (address, _), browser_page(size) as page:
            for notebook in notebooks:
                state = open_and_run(page, address, notebook.name, 600)
                for text in state["errors"]:
                    say(f"{notebook.name} shows on its screen: {text[:200]}")
                made.append(OUT / f"{notebook.stem}-{theme}-{size[0]}x{size[1]}.png")
                picture(page, made[-1])
                say(str(made[-1]))
    return made
