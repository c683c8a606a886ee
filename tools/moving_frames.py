"""The site's moving parts as HTML: controls and frames as JSON, which `moving.js` brings to life in the page.

A frame is what the notebook would show. Its pictures are WebP files beside the pages, loaded when somebody first comes
near the controls. Without scripts the frame of the start stands there and does not move.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azr_nb.course.loop_figure import LOOP, pipeline
from azr_nb.course.widgets import markup
from azr_nb.runs import pages
from tools.moving import View

FOLDER = Path("_static/moving")
UP = "../"  # from a notebook's page to the root of the site
COLOURS = 64  # of a picture: a chart has few

_PICTURE = re.compile(r'<img alt="([^"]*)"[^>]* src="data:image/png;base64,([^"]+)">')
_STAGE = re.compile(r"<h4>\d+\. (\w+): (.*?)</h4>(.*?)(?=<h4>\d+\. |\Z)", re.DOTALL)


@dataclass
class Pictures:
    """The pictures of all frames as files below the site's root, by their content."""

    root: Path
    made: dict[str, str] = field(default_factory=dict)

    def __call__(self, found: re.Match) -> str:
        """The markup of a picture in a file, for one that has its bytes in its address."""
        from PIL import Image

        name = hashlib.sha256(found[2].encode()).hexdigest()[:16] + ".webp"
        if name not in self.made:
            path = self.root / FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = Image.open(io.BytesIO(base64.b64decode(found[2]))).convert("RGB")
            small = whole.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
            small.save(path, "WEBP", lossless=True, method=4)
            self.made[name] = f'width="{whole.width}" height="{whole.height}"'
        source = f"{UP}{(FOLDER / name).as_posix()}"
        return f'<img alt="{found[1]}" {self.made[name]} decoding="sync" src="{source}">'


def framed(shown: object, pictures: Pictures) -> str:
    """What a view gives, as HTML without the styles that the style sheet has."""
    text = markup(shown)
    for style in (pages.CELL, pages.PRE, "border-collapse:collapse"):
        text = text.replace(f' style="{style}"', "")
    return _PICTURE.sub(pictures, text)


def part(name: str, data: dict[str, Any], still: str = "") -> str:
    """A moving part's element: what stands there until the script has read `data`, and the data."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    script = f'<script type="application/json">{text}</script>'
    return f'<div class="moving" id="{anchor(name)}"><div class="shown">{still}</div>{script}</div>'


def anchor(name: str) -> str:
    """Where a link to a moving part leads."""
    return "moving-" + re.sub(r"[^a-z0-9]+", "-", name.lower())


def view_part(view: View, pictures: Pictures) -> str:
    """The element in place of `explore`."""
    controls = [
        {
            "name": name.replace("_", " "),
            "key": name,
            "kind": control.kind,
            "values": list(control.values),
            "start": list(control.values).index(control.start),
        }
        for name, control in view.controls.items()
    ]
    data: dict[str, Any] = {"controls": controls, "note": view.note}
    if view.numbers:
        data |= {"drawing": view.name, "numbers": view.numbers()}
        still = framed(view.draw(**view.start()), pictures)
    else:
        data["frames"] = [framed(view.draw(**setting), pictures) for setting in view.settings()]
        still = data["frames"][view.settings().index(view.start())]
    return part(view.name, data, still)


def player_part(strip: str, pictures: Pictures) -> str:
    """The element in place of `player`, from the page that `strip` gives of the same turn."""
    stages = _STAGE.findall(strip)
    frames = [
        framed(pipeline(stage), pictures)
        + f"<h4>{number} of {len(stages)}: {html.escape(LOOP[stage]['title'])}</h4>"
        + framed(pages.Page(page), pictures)
        for number, (stage, _, page) in enumerate(stages, 1)
    ]
    names = [LOOP[stage]["name"] for stage, _, _ in stages]
    control = {"name": "stage", "key": "stage", "kind": "steps", "values": names, "start": 0}
    return part("player", {"controls": [control], "note": "", "frames": frames}, frames[0])


def question_part(name: str, question: Any, result: Any) -> str:
    """The element in place of what `predict` shows: the question's form, and the result for `moving.js`."""
    data = {
        "predict": name,
        "title": question.title,
        "choices": list(question.choices),
        "unit": question.unit,
        "near": question.near,
        "result": result,
    }
    return part(name, data, f"<p>{html.escape(question.title)}</p>")


def sentence_part(name: str, text: str) -> str:
    """The sentence of a comparison, which `moving.js` writes anew when there is a guess."""
    return f'<div class="compared" data-predict="{html.escape(name)}">{html.escape(text)}</div>'
