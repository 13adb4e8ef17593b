"""The Jinja templates of the report: Markdown, results and the page."""

from pathlib import Path
from typing import Any

import jinja2

TEMPLATES = Path(__file__).parent / "template"


def render(name: str, **context: Any) -> str:
    """Render a template of this package; HTML is escaped, and an unknown name in a template is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=not name.endswith(".html"),
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(**context)
