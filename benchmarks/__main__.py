"""`python -m benchmarks epochs --variants linear,strided --rounds 3`: measure, keep, report."""

import sys

from benchmarks import machine, options, report, results
from benchmarks.options import PARTS, Options
from benchmarks.parts import MEASURES
from hourglass.errors import UserError
from hourglass.files import write_json


def main(arguments: list[str]) -> None:
    asked = options.parse(arguments)
    parts = {"all": PARTS, "report": ()}.get(asked.part, (asked.part,))
    for part in parts:
        measure(part, asked)
    if asked.graph is not None:
        report.keep_graph(asked.graph, asked.into)
    report.write(asked.into)
    print(f"{asked.into / 'README.md'} says what came of it")


def measure(part: str, asked: Options) -> None:
    """Run one part; what it has measured is on disk after every variant."""
    made = machine.described()
    for found in MEASURES[part](asked):
        content = {"made": made, "threads": asked.threads, "rounds": asked.rounds_of(part), "variants": found}
        write_json(results.file(asked.into, part), content)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except UserError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        if error.filename is None:
            raise
        sys.exit(f"error: {error.filename}: {error.strerror}")
