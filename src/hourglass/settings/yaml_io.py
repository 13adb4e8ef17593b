"""Reader for YAML 1.2 files."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from hourglass.errors import UserError
from hourglass.settings.error_messages import format_value

MOST_VALUES = 100_000


def read(path: Path) -> dict[Any, Any]:
    """Read a mapping from a YAML 1.2 file. Raises UserError if the file is missing, invalid or not a mapping.

    As in DVC, `1e-05` is a number and `yes` is a string.
    """
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run from the root of the repository") from None
    except DuplicateKeyError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path}{line}: {error.problem}; remove one of the two") from None
    except (YAMLError, ValueError, LookupError, OverflowError) as error:  # not YAMLError: scalars such as `2026-99-99`
        raise UserError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise UserError(f"{path} is not valid YAML: nested too deeply") from None
    if _is_larger(content, MOST_VALUES):
        raise UserError(
            f"{path} contains more than {MOST_VALUES:,} values, with aliases counted wherever they are used"
        )
    if not isinstance(content, dict):
        raise UserError(f"{path} contains {format_value(content)}; must be a mapping of settings, such as `seed: 0`")
    return content


def _is_larger(content: Any, limit: int) -> bool:
    """Return whether nested content has more than `limit` values. A recursive alias counts as infinitely many."""
    values = [content]
    for _ in range(limit + 1):
        if not values:
            return False
        value = values.pop()
        values += (
            [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
        )
    return True
