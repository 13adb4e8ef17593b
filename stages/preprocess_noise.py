"""Turn the data set into tensors and fix the corrupted test images: `python -m stages.preprocess_noise`."""

import torch
from torch import Tensor

from hourglass.data import CORRUPTIONS, Corruption, Images, Inputs, as_input, as_stored, idx, named
from hourglass.settings.params import load
from hourglass.randomness import generator
from stages import run
from stages.paths import IMAGES, INPUTS, RAW

FILES = {"train": "train", "test": "t10k"}


def main() -> None:
    params = load()
    for split, prefix in FILES.items():
        images = torch.from_numpy(idx.read(RAW / f"{prefix}-images-idx3-ubyte"))
        labels = torch.from_numpy(idx.read(RAW / f"{prefix}-labels-idx1-ubyte"))
        Images(images, labels, params.data.dataset).save(IMAGES / f"{split}.safetensors")
        for name in CORRUPTIONS:
            path = INPUTS / name / f"{split}.safetensors"
            if split == "train" and (params.noise.fresh or name == "none"):
                path.unlink(missing_ok=True)  # training takes a fixed copy where there is one
                continue
            corruption = named(name, params.noise.sigma, params.noise.occlusion)
            draw = generator(params.seed, "inputs", split, name)
            Inputs(corrupted(images, corruption, draw), corruption).save(path)
    print(f"tensors in {IMAGES}, corrupted inputs in {INPUTS}")


def corrupted(images: Tensor, corruption: Corruption, draw: torch.Generator) -> Tensor:
    """uint8 images (N, 28, 28) to as many corrupted ones."""
    parts = [as_stored(corruption.apply(as_input(part), draw)) for part in images.split(10_000)]
    return torch.cat(parts)


if __name__ == "__main__":
    run(main)
