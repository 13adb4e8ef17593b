"""Run the benchmark and write its report: `python -m benchmarks epochs --variants linear,strided --rounds 3`."""

import argparse
import os
import sys
from pathlib import Path

from benchmarks import environment, report
from benchmarks.engines import ENGINES
from benchmarks.models import PAIRS
from benchmarks.parts import PARTS, Options, trainable_variants
from hourglass.errors import UserError
from hourglass.files import write_json


def parse(arguments: list[str]) -> Options:
    """Return the command line's options. Raises UserError for an unknown variant or engine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", default="all", choices=("all", *PARTS, "report"), help="default: all")
    parser.add_argument(
        "--variants",
        type=_names,
        help=f"comma-separated names from params.yaml; for the part models, of {', '.join(PAIRS)}",
    )
    parser.add_argument("--engines", type=_names, help=f"comma-separated, of {', '.join(ENGINES)}; models ignores it")
    parser.add_argument("--images", type=_positive, help="training images to time; seconds are scaled to 60,000")
    parser.add_argument("--sizes", type=_numbers, help="comma-separated numbers of training images, for memory")
    parser.add_argument("--epochs", type=_positive, help="epochs of a whole run (50), a precision (3) or a model (10)")
    parser.add_argument("--rounds", type=_positive, help="repetitions; the default depends on the part")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--threads", type=_positive, default=cores, help="threads of one run; default: all cores")
    parser.add_argument("--into", type=Path, default=Path("benchmarks"), help="folder of results and report")
    options = Options(**vars(parser.parse_args(arguments)))
    _check("variant", options.variants, tuple(PAIRS) if options.part == "models" else trainable_variants())
    _check("engine", options.engines, tuple(ENGINES))
    return options


def main(arguments: list[str]) -> None:
    """Run the requested parts of the benchmark. Write results after every variant, and the report at the end."""
    options = parse(arguments)
    for part in {"all": tuple(PARTS), "report": ()}.get(options.part, (options.part,)):
        measure, rounds = PARTS[part]
        rounds = options.rounds or rounds
        about = {"environment": environment.describe(arguments), "threads": options.threads, "rounds": rounds}
        for variants in measure(options, rounds):
            write_json(report.result_file(options.into, part), about | {"variants": variants})
    report.write(options.into)
    print(f"report written to {options.into / 'README.md'}")


def _check(kind: str, names: tuple[str, ...] | None, known: tuple[str, ...]) -> None:
    for name in names or ():
        if name not in known:
            raise UserError(f"unknown {kind} {name!r}; known are {', '.join(known)}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_positive(number) for number in _names(text))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} must be a positive integer")
    return int(text)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except UserError as error:
        sys.exit(f"error: {error}")
