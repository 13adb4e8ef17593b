"""Entry point of the command-line program `hourglass`, also available as `python -m hourglass`."""

import sys

from hourglass import signals
from hourglass.errors import UserError

PACKAGES = {"sklearn": "scikit-learn"}  # whose name differs from that of the module


def main() -> None:
    """Run the command given on the command line."""
    from hourglass.cli.parser import parse  # noqa: PLC0415

    options = parse(sys.argv[1:])
    from hourglass.cli import commands  # noqa: PLC0415

    try:
        getattr(commands, options.command)(options)
    except ModuleNotFoundError as error:  # of an optional package
        module = str(error.name).partition(".")[0]
        package = PACKAGES.get(module, module)
        raise UserError(f"`hourglass {options.name}` needs another package; run `pip install {package}`") from error


def program() -> None:
    """Install error and signal handlers, then call `main`. This is the entry point of the installed program."""
    signals.install_handlers()  # before slow imports
    main()


if __name__ == "__main__":
    signals.install_handlers()
    main()
