"""params.yaml as it is written, before anything is asked of it."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from hourglass.errors import UserError
from hourglass.settings.error_messages import shown

# a scalar that is not what it looks like, or that its tag says, ends in one of these and not in ruamel.yaml's own
OF_SCALARS = (ValueError, LookupError, OverflowError)


def read(path: Path) -> dict[Any, Any]:
    """A file's block of settings, by YAML 1.2, as DVC reads and writes it: 1e-05 is a number, `yes` a word.

    Raises UserError where it is missing, no YAML, or no block, and where a key is given twice.
    """
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing here; run from the root of the repository") from None
    except DuplicateKeyError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path}{where}: {error.problem}; leave one of the two") from None
    except (YAMLError, *OF_SCALARS) as error:
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise UserError(f"{path} is not YAML of settings: it is nested too deeply") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} holds {shown(content)}, where settings should be, `seed: 0` and so on")
    return content
