"""Settings for own images: the shape decides every network, the name is that of the path, and problems are one line."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hourglass.errors import UserError
from hourglass.models.spec import NetworkSpec
from hourglass.runner import commands
from hourglass.settings import params
from hourglass.settings.params import Hardware
from hourglass.settings.stage_configs import SweepConfig, resolve, write
from hourglass.sweep.trials import trials

ROOT = Path(__file__).parents[2]
HARDWARE = Hardware(25 * 10**9, cuda=False)
Changed = Callable[[dict[str, Any]], Path]


@dataclass(frozen=True)
class Own:
    """A file of own images, and the settings that select it."""

    path: Path
    settings: dict[str, Any]


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """20 colour images of 32×32 pixels in two classes."""
    path = tmp_path / "own pictures.npz"
    np.savez(path, images=np.zeros((20, 32, 32, 3), np.uint8), labels=np.arange(20) % 2)
    return Own(path, {"data.dataset": "npz", "data.path": str(path)})


def file(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def test_the_images_decide_the_networks_and_the_path_the_name(
    tmp_path: Path, changed_params: Changed, own: Own
) -> None:
    settings = params.load(changed_params(own.settings), HARDWARE)
    write(resolve(settings), tmp_path / "settings")
    assert file(tmp_path / "settings", "download") == {"dataset": "npz", "path": str(own.path)}
    for name in ("compare", "preprocess-noise", "sgd-variants"):
        assert file(tmp_path / "settings", name)["dataset"] == "own_pictures"
    decoder = file(tmp_path / "settings", "train/vae")["network"]["decoder"]["convolutions"]
    assert decoder[-1]["channels"] == 3


def test_a_grid_without_data_sets_has_the_own_images(tmp_path: Path, changed_params: Changed, own: Own) -> None:
    grid = {"seeds": [0, 1], "variants": ["vae"], "updates": 100}
    settings = params.load(changed_params(own.settings | {"sweep.grids": {"own": grid}}), HARDWARE)
    write(resolve(settings), tmp_path / "settings")
    assert file(tmp_path / "settings", "sweep-data")["datasets"] == {
        "own_pictures": {"dataset": "npz", "path": str(own.path)}
    }
    config = SweepConfig.model_validate_json((tmp_path / "settings/sweep.json").read_bytes())
    planned = trials(config, {"own_pictures": {"train": "a", "test": "b"}})
    assert [(trial.dataset, trial.epochs) for trial in planned] == [("own_pictures", 100)] * 2  # one batch an epoch
    decoders = [trial.settings.network.decoder for trial in planned if isinstance(trial.settings.network, NetworkSpec)]
    assert [decoder.convolutions[-1].channels for decoder in decoders if decoder] == [3, 3]


def test_a_problem_of_a_grid_of_own_images_is_one_line(changed_params: Changed, own: Own) -> None:
    grid = {"seeds": [0], "variants": ["pca"], "latent": [3073]}
    with pytest.raises(UserError, match=r"sweep\.grids\.own: pca: latent is 3073, but .* 3,?072 values"):
        params.load(changed_params(own.settings | {"sweep.grids": {"own": grid}}), HARDWARE)


def test_size_and_channels_are_settings_of_the_download(tmp_path: Path, changed_params: Changed, own: Own) -> None:
    changes = own.settings | {"data.size": 28, "data.channels": 1}
    settings = params.load(changed_params(changes), HARDWARE)
    write(resolve(settings), tmp_path / "settings")
    expected = {"dataset": "npz", "path": str(own.path), "size": 28, "channels": 1}
    assert file(tmp_path / "settings", "download") == expected
    assert settings.data.shape == (1, 28, 28)


def test_settings_of_built_in_data_sets_do_not_depend_on_those_of_own_images(
    tmp_path: Path, changed_params: Changed
) -> None:
    texts = []
    for changes in ({}, {"data.path": "elsewhere", "data.size": 64, "data.channels": 3}):
        write(resolve(params.load(changed_params(changes), HARDWARE)), tmp_path / "settings")
        texts.append({path: path.read_bytes() for path in (tmp_path / "settings").rglob("*.json")})
    assert texts[0] == texts[1]


def test_own_images_are_not_read_without_hardware(changed_params: Changed, own: Own) -> None:
    own.path.write_text("damaged")
    assert params.load(changed_params(own.settings)).data.name == "own_pictures"


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "a home folder": ({"data.path": "~/own"}, r"data\.path: DVC does not replace ~ in '~/own'; write /.*/own$"),
    "a missing path": ({"data.path": "nowhere"}, r"data\.path: 'nowhere' does not exist$"),
    "a URL": ({"data.path": "https://example.org/own.npz"}, r"data\.path: '.*' does not exist$"),
    "a folder": ({"data.path": str(ROOT / "images")}, r"data\.path: .*/images: no such file$"),
    "a file": ({"data.dataset": "folder"}, r"data\.path: .*own pictures\.npz: no such folder$"),
    "results": ({"data.path": "settings"}, r"data\.path: 'settings' holds results of the pipeline; move your images"),
    "the repository": ({"data.path": "."}, r"data\.path: '\.' holds results of the pipeline"),
    "no path": ({"data.path": None}, r"data\.path is null; must be a valid string$"),
    "a small size": ({"data.size": 8}, r"data\.size is 8; must be greater than or equal to 12$"),
    "four channels": ({"data.channels": 4}, r"data\.channels is 4; must be 1 or 3$"),
    "a square as large as the image": (
        {"noise.occlusion": 20, "data.size": 20},
        r"noise\.occlusion: 20 pixels; must be smaller than the shorter side of the 20×20 images of own_pictures$",
    ),
    "a square as large as an image of the sweep": (
        {"noise.occlusion": 30},
        r"sweep\.grids\.sheets\.datasets: noise\.occlusion is 30 pixels; must be .* 28×28 images of fashion_mnist$",
    ),
    "a sweep of own images": (
        {"sweep.grids.sheets.datasets": ["folder"]},
        r"sweep\.grids\.sheets\.datasets: 'folder' is not a built-in .*; leave datasets out for your own images$",
    ),
}


@pytest.mark.parametrize("what", INVALID)
def test_a_problem_is_one_line_with_its_key(changed_params: Changed, own: Own, what: str) -> None:
    changes, message = INVALID[what]
    with pytest.raises(UserError) as caught:
        params.load(changed_params(own.settings | changes), HARDWARE)
    lines = [line.partition("params.yaml: ")[2] for line in str(caught.value).splitlines()]
    assert [line for line in lines if re.match(message, line)], lines


def test_a_path_that_stops_dvc_is_named_by_its_key(
    changed_params: Changed, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(changed_params(own.settings | {"data.path": "nowhere"}).parent)
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: failed to reproduce 'settings': [Errno 2] No such file")
    monkeypatch.setattr(commands, "run", lambda *arguments: failed)
    with pytest.raises(UserError, match=r"^params\.yaml: data\.path: 'nowhere' does not exist$"):
        commands.run_settings()


def test_a_few_images_are_refused(tmp_path: Path, changed_params: Changed) -> None:
    np.savez(tmp_path / "few.npz", images=np.zeros((8, 28, 28), np.uint8))
    changes = {"data.dataset": "npz", "data.path": str(tmp_path / "few.npz")}
    with pytest.raises(UserError, match="few: 6 training and 2 test images; at least 10 and 3 are needed"):
        params.load(changed_params(changes), HARDWARE)


def test_a_grid_of_single_classes_needs_labels(tmp_path: Path, changed_params: Changed, own: Own) -> None:
    np.savez(own.path, images=np.zeros((20, 32, 32, 3), np.uint8))
    grid = {"variants": ["linear"], "seeds": [0], "one_class": True}
    changes = own.settings | {"sweep.grids": {"classes": grid}}
    with pytest.raises(UserError, match=r"sweep\.grids\.classes\.one_class: own_pictures has no labels"):
        params.load(changed_params(changes), HARDWARE)
