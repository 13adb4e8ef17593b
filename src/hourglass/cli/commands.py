"""Commands of `hourglass`, one function per command. Each function takes the parsed command-line options."""

import json
import math
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass import load, models
from hourglass.cli import pages, tables
from hourglass.cli import pictures as io
from hourglass.cli.pictures import Pictures
from hourglass.errors import UserError
from hourglass.images import to_float
from hourglass.models import Model
from hourglass.models.inference import BATCH
from hourglass.paths import EVALUATE, IMAGES

SHOWN = ("mse", "psnr", "ssim", "label_accuracy", "knn")  # results of `describe`


def describe(options: Namespace) -> None:
    """Print a model's network and, if its repository contains them, its training settings and test metrics."""
    model = load(options.model)
    encoder, decoder = model.multiply_adds()
    print(f"{type(model).__name__} for images of {'×'.join(map(str, model.image))} (channels, height, width)")
    print(f"latent dimension: {model.spec.latent}")
    print(f"parameters: {model.parameter_count():,}")
    print(f"multiply-adds per image: {encoder:,} in the encoder, {decoder:,} in the decoder")
    print(f"network: {model.spec.model_dump_json(exclude_defaults=True)}")
    root, name = _repository(options.model), Path(options.model).stem
    if root and (settings := root / f"settings/train/{name}.json").exists():
        trained = json.loads(settings.read_text(encoding="utf-8"))
        dataset = json.loads((root / "settings/compare.json").read_text(encoding="utf-8"))["dataset"]
        loss = {"loss": trained["loss"]} | trained.get("loss_settings", {})
        print(f"trained on: {dataset}, corruption {trained['corruption']}, {_listed(loss)}")
        if trained["train"]:
            print(f"training: {_listed(trained['train'])}")
    if root and (results := root / EVALUATE / f"{name}.json").exists():
        metrics = json.loads(results.read_text(encoding="utf-8"))["metrics"]
        print("test images: " + ", ".join(f"{key} {metrics[key]:.5g}" for key in SHOWN if key in metrics))


def encode(options: Namespace) -> None:
    """Encode pictures, and write a table of their codes, one row per picture."""
    tables.file_format(options.output)  # before a long computation
    model = _model(options.model)
    found = io.read(options.pictures, model.image)
    codes = models.encode(model, found.images).numpy()
    columns = {f"{tables.CODE}{place}": codes[:, place] for place in range(codes.shape[1])}
    tables.write(options.output, {tables.PICTURE: np.array(found.names), **columns})
    print(f"{len(codes):,} codes of {codes.shape[1]} values in {options.output}")


def decode(options: Namespace) -> None:
    """Decode the codes in a table, and write one picture per code."""
    model = _model(options.model)
    names, codes = tables.read_codes(options.codes, model.spec.latent)
    _save(models.decode(model, torch.from_numpy(codes)), names, options.output)


def reconstruct(options: Namespace) -> None:
    """Write the reconstructions of pictures. Print the mean squared error, or the PSNR if clean pictures are given."""
    model = _model(options.model)
    found = io.read(options.pictures, model.image)
    outputs = models.reconstruct(model, found.images).clamp(0, 1)
    panels = [to_float(found.images), outputs]
    if options.clean:
        clean = to_float(io.read(options.clean, model.image).images)
        if len(clean) != len(outputs):
            raise UserError(f"{len(outputs):,} pictures, but {len(clean):,} clean ones")
        for name, images in zip(("pictures", "reconstructions"), panels, strict=True):
            print(f"PSNR of the {name}: {_psnr(images, clean):.2f} dB")
        panels.append(clean)
    else:
        print(f"mean squared error: {(outputs - panels[0]).square().mean():.5f} on [0, 1]")
    _save(torch.cat(panels, dim=-1) if options.side_by_side else outputs, found.names, options.output)


def score(options: Namespace) -> None:
    """Write a table of reconstruction errors, and flag errors above a quantile of the errors of reference pictures.

    The column `quantile` holds the share of reference pictures with a smaller error.
    """
    tables.file_format(options.output)  # before a long computation
    model = _model(options.model)
    reference = _errors(model, _reference(options, model, "test").images)
    found = io.read(options.pictures, model.image)
    errors = _errors(model, found.images)
    quantiles = np.searchsorted(np.sort(reference), errors, side="left") / len(reference)
    flagged = quantiles > options.threshold
    columns = {"error": errors, "quantile": quantiles, "flagged": flagged.astype(np.int64)}
    tables.write(options.output, {tables.PICTURE: np.array(found.names), **columns})
    limit = np.quantile(reference, options.threshold)
    rule = f"error above {limit:.5f}, the {options.threshold:g} quantile of {len(reference):,} reference pictures"
    print(f"{flagged.sum():,} of {len(errors):,} pictures flagged in {options.output}: {rule}")


def nearest(options: Namespace) -> None:
    """Print the pictures whose codes are nearest to the code of a query picture, with their distances."""
    model = _model(options.model)
    query = io.read([options.query], model.image)
    if len(query.images) != 1:
        raise UserError(f"{options.query} holds {len(query.images):,} pictures; the query must be one")
    found = io.read(options.pictures, model.image)
    near, far = (model.coordinates(models.encode(model, images)) for images in (query.images, found.images))
    distances, places = torch.cdist(near, far)[0].topk(min(options.k, len(far)), largest=False)
    for distance, place in zip(distances.tolist(), places.tolist(), strict=True):
        print(f"{distance:.4f}  {found.names[place]}")


def sample(options: Namespace) -> None:
    """Draw random codes, and write the decoded pictures."""
    from hourglass.samplers import SAMPLERS  # noqa: PLC0415  needs scikit-learn

    model = _model(options.model)
    if options.sampler not in SAMPLERS:
        raise UserError(f"--sampler is {options.sampler}; must be {', '.join(SAMPLERS)}")
    codes = torch.empty(0, model.spec.latent)
    if options.sampler != "prior":
        codes = models.encode(model, _reference(options, model, "train").images)
    drawn = SAMPLERS[options.sampler].draw(model.cpu(), codes, options.n, options.seed)
    if drawn is None:
        raise UserError(f"{options.model} has no prior; choose another --sampler")
    digits = len(str(options.n - 1))
    _save(models.decode(model, drawn), [f"{place:0{digits}}" for place in range(options.n)], options.output)


def export(options: Namespace) -> None:
    """Export a model to an ONNX or torch.export file, and print the largest deviation from the model's outputs."""
    from hourglass.export import export as write  # noqa: PLC0415  slow to import

    difference = write(load(options.model), options.part, options.output)
    print(f"{options.output}: outputs differ from the model's by at most {difference:.1e}")


def compare(options: Namespace) -> None:
    """Write an HTML page with the errors of two models and the pictures for which these errors differ most."""
    if options.output.suffix != ".html":
        raise UserError(f"{options.output}: the suffix must be .html")
    loaded = [_model(name) for name in (options.model, options.other)]
    if loaded[0].image != loaded[1].image:
        shapes = " and ".join("×".join(map(str, model.image)) for model in loaded)
        raise UserError(f"the models are for images of different shapes, {shapes}")
    found = io.read(options.pictures, loaded[0].image)
    outputs = [models.reconstruct(model, found.images).clamp(0, 1) for model in loaded]
    names = (Path(options.model).stem, Path(options.other).stem)
    pages.write(options.output, names if names[0] != names[1] else (options.model, options.other), found, outputs)
    print(f"{len(found.images):,} pictures compared in {options.output}")


def _listed(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in settings.items())


def _model(name: str) -> Model:
    return load(name).to("cuda" if torch.cuda.is_available() else "cpu")


def _repository(model: str) -> Path | None:
    """Return the root of the repository whose folder `models` contains the model file, or None if there is none."""
    folder = Path(model).resolve().parent
    return folder.parent if folder.name == "models" and (folder.parent / "dvc.yaml").exists() else None


def _reference(options: Namespace, model: Model, split: str) -> Pictures:
    """Return the pictures given by `--reference` or, by default, the images of `split` in the model's repository."""
    paths: Sequence[str] = options.reference or ()
    root = _repository(options.model)
    if not paths and root and (stored := root / IMAGES / f"{split}.safetensors").exists():
        paths = [str(stored)]
        io.log(f"reference: {stored}")
    if not paths:
        raise UserError("pass --reference with pictures of the kind that the model was trained on")
    return io.read(paths, model.image)


def _errors(model: Model, images: Tensor) -> NDArray[np.float32]:
    """Return the mean squared reconstruction errors (N,) of uint8 images (N, C, H, W), for pixels scaled to [0, 1]."""
    parts = (models.reconstruct(model, part) - to_float(part) for part in images.split(BATCH))
    return torch.cat([part.square().mean(dim=(1, 2, 3)) for part in parts]).numpy()


def _psnr(images: Tensor, clean: Tensor) -> float:
    """Return the PSNR in decibels of images in [0, 1], computed from the mean squared error over all images."""
    error = float((images - clean).square().mean())
    return -10 * math.log10(error) if error else math.inf


def _save(images: Tensor, names: Sequence[str], folder: Path) -> None:
    io.save(images, names, folder)
    print(f"{len(images):,} pictures in {folder}")
