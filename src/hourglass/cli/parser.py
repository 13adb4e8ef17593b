"""Command-line parser of `hourglass`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

MODEL = "a model file, models:/<name>@best or models:/<name>/<version> from MLflow's registry, or runs:/<id>"
PICTURES = "pictures: folders, files, patterns such as 'a/*.png', .npz or IDX files"
REFERENCE = "pictures of the kind that the model was trained on; in the repository, its test images by default"
PARTS = ("both", "encoder", "decoder")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse command-line options. The attribute `command` of the result names the function in `cli.commands` to run."""
    parser = argparse.ArgumentParser("hourglass", description="Apply a trained model to pictures.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="name")

    def add(name: str, text: str, example: str, *, pictures: bool = True, output: str = "") -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=f"example: hourglass {name} {example}"
        )
        command.add_argument("model", metavar="MODEL", help=MODEL)
        command.set_defaults(command=name)
        if pictures:
            command.add_argument("pictures", metavar="PICTURES", nargs="+", help=PICTURES)
        if output:
            command.add_argument("-o", "--output", type=Path, required=True, help=output)
        return command

    table = "a .csv, .npz or .parquet file"
    add(
        "describe",
        "print what a model is, and its results on test images",
        "models/strided.safetensors",
        pictures=False,
    )
    add("encode", "write the code of each picture", "models/strided.safetensors photos -o codes.csv", output=table)

    decode = add(
        "decode", "write a picture for each code", "models/strided.safetensors codes.csv -o images", pictures=False,
        output="a folder",
    )  # fmt: skip
    decode.add_argument("codes", type=Path, help=f"{table}, as `encode` writes it")

    for name, text in (("reconstruct", "write the reconstruction of each picture"), ("denoise", "remove noise")):
        command = add(name, text, f"models/denoising.safetensors {name}d -o out", output="a folder")
        command.set_defaults(command="reconstruct")
        command.add_argument("--clean", nargs="+", metavar="PICTURES", help="clean pictures with which to compare")
        command.add_argument("--side-by-side", action="store_true", help="picture, result and clean picture in one")

    score = add(
        "score", "find pictures unlike those that the model was trained on",
        "models/strided.safetensors photos -o scores.csv", output=table,
    )  # fmt: skip
    score.add_argument("--reference", nargs="+", metavar="PICTURES", help=REFERENCE)
    score.add_argument("--threshold", type=share, default=0.99, help="quantile of the reference above which to flag")

    nearest = add(
        "nearest", "list the pictures whose codes are nearest to that of a query",
        "models/strided.safetensors query.png photos -k 5", pictures=False,
    )  # fmt: skip
    nearest.add_argument("query", metavar="QUERY", help="a picture")
    nearest.add_argument("pictures", metavar="PICTURES", nargs="+", help=PICTURES)
    nearest.add_argument("-k", type=count, default=5, help="number of pictures (default 5)")

    sample = add(
        "sample", "generate pictures", "models/vae.safetensors -n 64 -o samples", pictures=False, output="a folder"
    )
    sample.add_argument("-n", type=count, default=64, help="number of pictures (default 64)")
    sample.add_argument("--sampler", default="mixture", help="prior, gaussian, mixture or uniform")
    sample.add_argument("--seed", type=int, default=0)
    sample.add_argument("--reference", nargs="+", metavar="PICTURES", help=f"{REFERENCE}; the prior needs none")

    export = add(
        "export", "write a network that runs without this project", "models/strided.safetensors -o strided.onnx",
        pictures=False, output="an .onnx file, or .pt2 for torch.export",
    )  # fmt: skip
    export.add_argument("--part", choices=PARTS, default="both", help="both: codes and reconstructions")

    compare = add(
        "compare", "write a page that compares the reconstructions of two models",
        "models/linear.safetensors models/strided.safetensors photos -o page.html", pictures=False,
        output="an .html file",
    )  # fmt: skip
    compare.add_argument("other", metavar="MODEL", help="another model for images of the same shape")
    compare.add_argument("pictures", metavar="PICTURES", nargs="+", help=PICTURES)
    return parser.parse_args(arguments)


def count(text: str) -> int:
    """Parse a positive integer. Raises ArgumentTypeError if `text` is not a positive integer."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive integer")
    return int(text)


def share(text: str) -> float:
    """Parse a number from 0 to 1, inclusive. Raises ArgumentTypeError if `text` is not such a number."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
