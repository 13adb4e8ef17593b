"""What is asked for on the command line, checked."""

import argparse
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from benchmarks.engines import ENGINES
from hourglass.errors import UserError
from hourglass.settings.params import load

PARTS = ("epochs", "trainings", "side-by-side", "growth", "precision", "descents")
ROUNDS = {"epochs": 3, "trainings": 1, "side-by-side": 1, "growth": 3, "precision": 1, "descents": 5}


@dataclass(frozen=True)
class Options:
    """None leaves the choice to the part. into: the folder of results, report and picture."""

    part: str
    variants: tuple[str, ...] | None
    engines: tuple[str, ...] | None
    images: int | None
    epochs: int | None
    rounds: int | None
    threads: int
    into: Path
    graph: Path | None

    def rounds_of(self, part: str) -> int:
        """How often every measurement of a part is taken."""
        return self.rounds or ROUNDS[part]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.exit(f"error: {message}")


def parse(arguments: list[str]) -> Options:
    """Raises UserError, or exits with one sentence, where something cannot be meant."""
    parser = _Parser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", default="all", choices=("all", *PARTS, "report"), help="default: all")
    parser.add_argument("--variants", type=_names, help="of params.yaml, separated by commas; default: the part's own")
    parser.add_argument("--engines", type=_names, help=f"default: the part's own, of {', '.join(ENGINES)}")
    parser.add_argument("--images", type=_positive, help="of the training set; seconds are scaled to 60,000")
    parser.add_argument("--epochs", type=_positive, help="of a whole training (50), or of each precision (3)")
    parser.add_argument("--rounds", type=_positive, help="measurements of everything; default: 1 or 3, by part")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--threads", type=_positive, default=cores, help="of one training; default: all cores")
    parser.add_argument("--into", type=Path, default=Path("benchmarks"), help="folder of results and report")
    parser.add_argument("--graph", type=Path, help="what `python -m hourglass.runner --report FILE` wrote")
    options = Options(**vars(parser.parse_args(arguments)))
    _refuse_unknown("variant", options.variants, trainable())
    _refuse_unknown("engine", options.engines, tuple(ENGINES))
    return options


def trainable() -> tuple[str, ...]:
    """The variants of params.yaml that are trained step by step."""
    return tuple(name for name, variant in load().variants.items() if variant.train is not None)


def command() -> str:
    """How this run was called."""
    return shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])


def _refuse_unknown(what: str, asked: tuple[str, ...] | None, known: tuple[str, ...]) -> None:
    for name in asked or ():
        if name not in known:
            raise UserError(f"there is no {what} {name!r} to measure; there are {', '.join(known)}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)
