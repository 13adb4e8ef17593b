"""Saved models: rebuilt from the file alone, damage reported."""

import json
import random
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from shapes import IMAGE

from hourglass import models
from hourglass.errors import UserError
from hourglass.models import Model
from hourglass.models.spec import PcaSpec
from hourglass.settings import params

ROOT = Path(__file__).parents[2]
VARIANTS = params.load(ROOT / "params.yaml").variants


def _trained(variant: str) -> Model:
    """Return a model whose weights differ from those of any new model."""
    model = models.build(VARIANTS[variant].network, IMAGE, seed=5)
    generator = torch.Generator().manual_seed(6)
    for tensor in model.state_dict().values():
        tensor.add_(0.01 * torch.randn(tensor.shape, generator=generator))
    return model.eval()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_loaded_model_equals_the_saved_one(tmp_path: Path, variant: str) -> None:
    model, images = _trained(variant), torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    models.save(model, tmp_path / "first.safetensors")
    loaded = models.load(tmp_path / "first.safetensors")
    assert (type(loaded), loaded.spec, loaded.training) == (type(model), model.spec, False)
    assert torch.equal(loaded(images), model(images))
    models.save(loaded, tmp_path / "second.safetensors")
    assert (tmp_path / "first.safetensors").read_bytes() == (tmp_path / "second.safetensors").read_bytes()


@pytest.mark.parametrize("variant", ["linear", "strided", "pca"])
def test_the_header_keeps_the_image_shape_unless_it_is_that_of_the_first_data_sets(
    tmp_path: Path, variant: str
) -> None:
    for image in (IMAGE, (3, 20, 13)):
        model, path = models.build(VARIANTS[variant].network, image, 5).eval(), tmp_path / "model.safetensors"
        models.save(model, path)
        with safe_open(path, framework="pt") as file:
            header = file.metadata()["network"]
        expected = model.spec.model_dump(mode="json") if image == IMAGE else {"image": list(image)}
        assert expected.items() <= json.loads(header).items()
        assert (header == model.spec.model_dump_json()) == (image == IMAGE)
        loaded, images = models.load(path), torch.rand(2, *image)
        assert (loaded.image, loaded.spec) == (image, model.spec)
        assert torch.equal(loaded(images), model(images))


def test_the_file_is_loaded_in_another_folder_and_process(tmp_path: Path) -> None:
    models.save(_trained("strided"), tmp_path / "strided.safetensors")
    code = (
        "import sys, torch; sys.path.insert(0, sys.argv[1]); import hourglass.models\n"
        "print(hourglass.models.load('strided.safetensors').decode(torch.zeros(2, 10)).shape)"
    )
    command = [sys.executable, "-c", code, str(ROOT / "src")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "torch.Size([2, 1, 28, 28])\n"


def test_header_and_checksum_have_standard_formats(tmp_path: Path) -> None:
    models.save(_trained("linear"), tmp_path / "linear.safetensors")
    with safe_open(tmp_path / "linear.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["network"])["latent"] == 8
    subprocess.run(["sha256sum", "--check", "--strict", "linear.sha256"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("damage", ["cut", "header", "empty"])
def test_a_damaged_file_is_reported(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "linear.safetensors"
    models.save(_trained("linear"), path)
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-100], "header": b"\xff" * 20 + content[20:], "empty": b""}[damage])
    with pytest.raises(UserError, match=r"linear\.safetensors .*dvc repro train@linear"):
        models.load(path)


def test_a_changed_bit_is_found_by_the_checksum(tmp_path: Path) -> None:
    path = tmp_path / "linear.safetensors"
    models.save(_trained("linear"), path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"does not match linear\.sha256; delete it and run `dvc checkout"):
        models.load(path)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"selu\.safetensors is missing; .*`dvc repro train@selu`"):
        models.load(tmp_path / "selu.safetensors")


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"network": VARIANTS["linear"].network.model_dump_json()}, "does not fit this version"),
        ({"network": '{"latent": "many"}'}, "does not fit this version"),
        ({"network": '{"latent": 2, "encoder": {}, "image": [28, 28]}'}, "does not fit this version"),
        ({"network": '{"latent": 2, "encoder": {}, "image": [1, -28, 28]}'}, "does not fit this version"),
        ({"network": "[]"}, "does not fit this version"),
        ({}, "network"),
    ],
)
def test_files_of_other_versions_and_projects_are_reported(
    tmp_path: Path, metadata: dict[str, str], message: str
) -> None:
    path = tmp_path / "linear.safetensors"
    save_file({"weight": torch.zeros(2)}, path, metadata=metadata)
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


def test_a_loaded_model_computes_no_gradients(tmp_path: Path) -> None:
    models.save(_trained("vae"), tmp_path / "vae.safetensors")
    assert not models.load(tmp_path / "vae.safetensors")(torch.rand(2, 1, 28, 28)).requires_grad


@pytest.mark.parametrize("variant", VARIANTS)
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
