"""A model's file alone rebuilds it, and equal seeds give equal networks."""

import json
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from hourglass import models
from hourglass.errors import UserError
from hourglass.models import Model, Pca
from hourglass.models.spec import PcaSpec
from hourglass.settings import params

ROOT = Path(__file__).parents[2]
PARAMS = params.load(ROOT / "params.yaml")
VARIANTS = list(PARAMS.variants)


def _trained(variant: str) -> Model:
    """Stands for a trained network: no weight is what a fresh one has."""
    model = models.build(PARAMS.variants[variant].network, seed=5)
    draw = torch.Generator().manual_seed(6)
    for tensor in model.state_dict().values():
        tensor.add_(0.01 * torch.randn(tensor.shape, generator=draw))
    return model.to(memory_format=torch.channels_last).eval()  # the layout that training leaves


def _images() -> torch.Tensor:
    return torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_saved_is_loaded_byte_for_byte(tmp_path: Path, variant: str) -> None:
    model = _trained(variant)
    models.save(model, tmp_path / "first.safetensors")
    loaded = models.load(tmp_path / "first.safetensors")
    assert type(loaded) is type(model)
    assert loaded.spec == model.spec
    assert not loaded.training
    assert loaded.state_dict().keys() == model.state_dict().keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name
    models.save(loaded, tmp_path / "second.safetensors")
    assert (tmp_path / "first.safetensors").read_bytes() == (tmp_path / "second.safetensors").read_bytes()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_loaded_model_answers_as_the_saved_one(tmp_path: Path, variant: str) -> None:
    model = _trained(variant).to(memory_format=torch.contiguous_format)
    models.save(model, tmp_path / "model.safetensors")
    loaded = models.load(str(tmp_path / "model.safetensors"))
    codes = model.encode(_images())
    assert torch.equal(loaded.encode(_images()), codes)
    assert torch.equal(loaded.decode(codes), model.decode(codes))
    assert torch.equal(loaded(_images()), model(_images()))


def test_the_file_alone_is_enough_in_another_folder_and_process(tmp_path: Path) -> None:
    models.save(_trained("strided"), tmp_path / "strided.safetensors")
    code = (
        "import sys, torch; sys.path.insert(0, sys.argv[1]); import hourglass.models\n"
        "print(hourglass.models.load('strided.safetensors').decode(torch.zeros(2, 10)).shape)"
    )
    command = [sys.executable, "-c", code, str(ROOT / "src")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "torch.Size([2, 1, 28, 28])\n"


def test_the_header_is_json_and_nothing_is_pickled(tmp_path: Path) -> None:
    models.save(_trained("linear"), tmp_path / "linear.safetensors")
    with safe_open(tmp_path / "linear.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["network"])["latent"] == 8
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads((tmp_path / "linear.safetensors").read_bytes())


@pytest.mark.parametrize("damage", ["cut", "header", "empty"])
def test_a_damaged_file_is_said(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "linear.safetensors"
    models.save(_trained("linear"), path)
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-100], "header": b"\xff" * 20 + content[20:], "empty": b""}[damage])
    with pytest.raises(UserError, match=r"linear\.safetensors is damaged .*dvc repro train@linear"):
        models.load(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"selu\.safetensors is missing; `dvc repro train@selu` makes it"):
        models.load(tmp_path / "selu.safetensors")


def test_a_description_or_weights_of_another_version_are_said(tmp_path: Path) -> None:
    path = tmp_path / "linear.safetensors"
    network = PARAMS.variants["linear"].network.model_dump_json()
    save_file({"weight": torch.zeros(2)}, path, metadata={"network": network})
    with pytest.raises(
        UserError, match=r"linear\.safetensors cannot be rebuilt by this version .*`dvc repro train@linear`"
    ):
        models.load(path)
    save_file({"weight": torch.zeros(2)}, path, metadata={"network": '{"latent": "many"}'})
    with pytest.raises(UserError, match=r"linear\.safetensors cannot be rebuilt by this version"):
        models.load(path)


def test_another_projects_file_is_said(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(
        UserError, match=r"other\.safetensors holds no description of a network.*`dvc repro train@other`"
    ):
        models.load(tmp_path / "other.safetensors")


@pytest.mark.parametrize("variant", VARIANTS)
def test_equal_seeds_give_equal_weights_and_other_seeds_others(variant: str) -> None:
    spec = PARAMS.variants[variant].network
    first, again, other = (models.build(spec, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    if not isinstance(spec, PcaSpec):
        assert not any(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("variant", ["linear", "denoising_vae", "pca"])
def test_building_leaves_the_global_generators_alone(tmp_path: Path, variant: str) -> None:
    path = tmp_path / "model.safetensors"
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    first = models.build(PARAMS.variants[variant].network, 3)
    models.save(first, path)
    models.load(path)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before[1:]
    torch.rand(1)  # and what others draw changes no network
    again = models.build(PARAMS.variants[variant].network, 3).state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.state_dict().items())


def test_a_fitted_pca_keeps_its_components(tmp_path: Path) -> None:
    model = models.build(PcaSpec(kind="pca", latent=3))
    assert isinstance(model, Pca)
    model.fit(torch.randint(0, 256, (50, 28, 28), dtype=torch.uint8))
    models.save(model, tmp_path / "pca.safetensors")
    loaded = models.load(tmp_path / "pca.safetensors")
    assert torch.equal(loaded(_images()), model(_images()))


@pytest.mark.parametrize("change", ["another's", "a bit"])
def test_a_model_that_is_another_s_or_damaged_is_said(tmp_path: Path, change: str) -> None:
    file, other = tmp_path / "linear.safetensors", tmp_path / "denoising.safetensors"
    models.save(models.build(PARAMS.variants["linear"].network, seed=1), file)
    models.save(models.build(PARAMS.variants["linear"].network, seed=2), other)
    content = bytearray(other.read_bytes() if change == "another's" else file.read_bytes())
    if change == "a bit":
        content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"linear\.safetensors is not the model of which .* is the checksum"):
        models.load(file)


def test_a_models_checksum_is_as_sha256sum_has_it(tmp_path: Path) -> None:
    models.save(_trained("linear"), tmp_path / "linear.safetensors")
    subprocess.run(["sha256sum", "--check", "--strict", "linear.sha256"], cwd=tmp_path, check=True, capture_output=True)
