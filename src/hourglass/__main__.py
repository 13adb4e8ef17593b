"""The program `hourglass`, or `python -m hourglass`."""

import sys

from hourglass import signals


def main() -> None:
    """Run the command that the arguments name."""
    signals.install_handlers()  # before slow imports
    from hourglass.cli.parser import parse  # noqa: PLC0415

    options = parse(sys.argv[1:])
    from hourglass.cli import commands  # noqa: PLC0415

    getattr(commands, options.command)(options)


if __name__ == "__main__":
    main()
