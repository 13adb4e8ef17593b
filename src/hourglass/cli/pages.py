"""HTML page that compares the reconstructions of two models."""

import html
from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from torch import Tensor

from hourglass.cli.pictures import Pictures, picture
from hourglass.files import replacing
from hourglass.images import to_float

SHOWN = 50  # pictures
WIDTH = 96  # of a picture on the page, in pixels
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem }}
  :root {{ color-scheme: light dark }}
  img {{ width: {width}px; image-rendering: pixelated; display: block }}
  td, th {{ padding: .2rem .6rem; text-align: left; vertical-align: top }}
  td {{ font-variant-numeric: tabular-nums }}
</style>
<h1>{title}</h1>
<p>Mean squared error of {count:,} pictures on [0, 1]: {errors}. The first has the smaller error on {wins:,} of them.
Below are the {shown} pictures on which the errors differ most.</p>
<table><tr><th>picture<th>{first}<th>{second}<th>file</tr>
{rows}
</table></html>
"""


def write(path: Path, names: tuple[str, str], found: Pictures, outputs: Sequence[Tensor]) -> None:
    """Write a self-contained HTML page with two models' errors and the pictures for which these errors differ most.

    Args:
        path: path of the .html file.
        names: names of the models.
        found: input pictures and their names.
        outputs: reconstructions (N, C, H, W) in [0, 1], one tensor per model.
    """
    inputs = to_float(found.images)
    errors = [(output - inputs).square().mean(dim=(1, 2, 3)) for output in outputs]
    most = (errors[0] - errors[1]).abs().argsort(descending=True, stable=True)[:SHOWN].tolist()
    rows = []
    for place in most:
        cells = "".join(
            f"<td>{_image(output[place])}{error[place]:.5f}" for output, error in zip(outputs, errors, strict=True)
        )
        rows.append(f"<tr><td>{_image(inputs[place])}{cells}<td>{html.escape(found.names[place])}</tr>")
    first, second = map(html.escape, names)
    means = " and ".join(f"{error.mean():.5f} by {name}" for error, name in zip(errors, (first, second), strict=True))
    wins = int((errors[0] < errors[1]).sum())
    about = {"title": f"{first} and {second}", "first": first, "second": second, "errors": means, "wins": wins}
    text = PAGE.format(**about, count=len(inputs), shown=len(most), rows="\n".join(rows), width=WIDTH)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def _image(image: Tensor) -> str:
    content = BytesIO()
    picture(image).save(content, "PNG")
    return f'<img alt="" src="data:image/png;base64,{b64encode(content.getvalue()).decode()}">'
