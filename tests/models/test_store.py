"""Saved models: rebuilt from the file alone, damage reported."""

import json
import random
import resource
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from committed import NETWORKS, VARIANTS
from safetensors import safe_open
from safetensors.torch import save_file
from shapes import IMAGE

from hourglass import models
from hourglass.errors import UserError
from hourglass.models import Model
from hourglass.models.spec import PcaSpec


def _trained(variant: str, image: tuple[int, int, int] = IMAGE) -> Model:
    """Return a model whose weights differ from those of any new model."""
    model = models.build(VARIANTS[variant].network, image, seed=5)
    generator = torch.Generator().manual_seed(6)
    for tensor in model.state_dict().values():
        tensor.add_(0.01 * torch.randn(tensor.shape, generator=generator))
    return model.eval()


@pytest.mark.parametrize(
    ("variant", "image"),
    [*((name, IMAGE) for name in NETWORKS), *((name, (3, 20, 13)) for name in ("linear", "strided", "pca"))],
)
def test_a_loaded_model_equals_the_saved_one(tmp_path: Path, variant: str, image: tuple[int, int, int]) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    model, images = _trained(variant, image), torch.rand(3, *image, generator=torch.Generator().manual_seed(0))
    models.save(model, first)
    loaded = models.load(first)
    assert (type(loaded), loaded.spec, loaded.image, loaded.training) == (type(model), model.spec, image, False)
    assert torch.equal(loaded(images), model(images))
    assert not loaded(images).requires_grad
    models.save(loaded, second)
    assert first.read_bytes() == second.read_bytes()
    with safe_open(first, framework="pt") as file:  # has the image shape unless it is that of the first data sets
        header = file.metadata()["network"]
    assert (header == model.spec.model_dump_json()) == (image == IMAGE)


def test_a_changed_bit_is_found_by_the_checksum(tmp_path: Path) -> None:
    path = tmp_path / "linear.safetensors"
    models.save(_trained("linear"), path)
    subprocess.run(["sha256sum", "--check", "--strict", "linear.sha256"], cwd=tmp_path, check=True, capture_output=True)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"does not match linear\.sha256; delete it and run `dvc checkout"):
        models.load(path)


@pytest.mark.parametrize(
    "network",
    [
        VARIANTS["linear"].network.model_dump_json(),
        '{"latent": "many"}',
        '{"latent": 2, "encoder": {}, "image": [28, 28]}',
        '{"latent": 2, "encoder": {}, "image": [1, -28, 28]}',
        "[]",
        None,
    ],
)
def test_files_of_other_versions_and_projects_are_reported(tmp_path: Path, network: str | None) -> None:
    path = tmp_path / "linear.safetensors"
    save_file({"weight": torch.zeros(2)}, path, metadata={"network": network} if network else {})
    message = "does not fit this version" if network else "network"
    with pytest.raises(UserError, match=rf"linear\.safetensors .*{message}.*`dvc repro train@linear`"):
        models.load(path)


@pytest.mark.parametrize("latent", [10**8, 10**30])
def test_a_header_that_describes_a_huge_model_is_refused_without_using_memory(tmp_path: Path, latent: int) -> None:
    path = tmp_path / "linear.safetensors"
    network = {"latent": latent, "encoder": {"dense": [1000]}}
    save_file({"weight": torch.zeros(2)}, path, metadata={"network": json.dumps(network)})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB
    with pytest.raises(UserError, match=r"linear\.safetensors does not fit this version .*`dvc repro train@linear`"):
        models.load(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 100_000


def test_a_folder_and_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.safetensors").mkdir()
    model = _trained("linear")
    next(iter(model.state_dict().values()))[0, 0] = float("nan")
    models.save(model, tmp_path / "linear.safetensors")
    for name, message in (("folder", "is a folder, not a file"), ("linear", "has weights that are not finite")):
        with pytest.raises(UserError, match=rf"{name}\.safetensors {message}.*`dvc repro train@{name}`"):
            models.load(tmp_path / f"{name}.safetensors")


@pytest.mark.parametrize("variant", ["convolutional", "vae", "pca"])
def test_weights_depend_on_the_seed_only(variant: str) -> None:
    spec = VARIANTS[variant].network
    first, again, other = (models.build(spec, IMAGE, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    if not isinstance(spec, PcaSpec):
        assert not any(torch.equal(first[name], other[name]) for name in first)


def test_building_leaves_the_global_generators_unchanged() -> None:
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    models.build(VARIANTS["denoising_vae"].network, IMAGE, 3)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before[1:]
