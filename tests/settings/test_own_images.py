"""Settings for own images: the shape decides every network, the name is that of the path, and problems are one line."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from repository import ROOT

from hourglass.errors import UserError
from hourglass.models.spec import NetworkSpec
from hourglass.runner import commands
from hourglass.settings.params import Hardware, Params
from hourglass.settings.stage_configs import SweepConfig, resolve, write
from hourglass.sweep.trials import trials

HARDWARE = Hardware(25 * 10**9, cuda=False)
Changed = Callable[[dict[str, Any]], Path]
Validated = Callable[..., Params]
Own = dict[str, Any]


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """Settings that select a file of 20 colour images of 32×32 pixels in two classes."""
    path = tmp_path / "own pictures.npz"
    np.savez(path, images=np.zeros((20, 32, 32, 3), np.uint8), labels=np.arange(20) % 2)
    return {"data.dataset": "npz", "data.path": str(path)}


def file(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def test_the_images_decide_the_networks_and_the_path_the_name(tmp_path: Path, validated: Validated, own: Own) -> None:
    write(resolve(validated(own, HARDWARE)), tmp_path / "settings")
    assert file(tmp_path / "settings", "download") == {"dataset": "npz", "path": own["data.path"]}
    for name in ("compare", "preprocess-noise", "sgd-variants"):
        assert file(tmp_path / "settings", name)["dataset"] == "own_pictures"
    decoder = file(tmp_path / "settings", "train/vae")["network"]["decoder"]["convolutions"]
    assert decoder[-1]["channels"] == 3
    settings = validated(own | {"data.size": 28, "data.channels": 1}, HARDWARE)
    write(resolve(settings), tmp_path / "settings")
    expected = {"dataset": "npz", "path": own["data.path"], "size": 28, "channels": 1}
    assert file(tmp_path / "settings", "download") == expected
    assert settings.data.shape == (1, 28, 28)


def test_a_grid_without_data_sets_has_the_own_images(tmp_path: Path, validated: Validated, own: Own) -> None:
    grid = {"seeds": [0, 1], "variants": ["vae"], "updates": 100}
    write(resolve(validated(own | {"sweep.grids": {"own": grid}}, HARDWARE)), tmp_path / "settings")
    assert file(tmp_path / "settings", "sweep-data")["datasets"] == {
        "own_pictures": {"dataset": "npz", "path": own["data.path"]}
    }
    config = SweepConfig.model_validate_json((tmp_path / "settings/sweep.json").read_bytes())
    planned = trials(config, {"own_pictures": {"train": "a", "test": "b"}})
    assert [(trial.dataset, trial.epochs) for trial in planned] == [("own_pictures", 100)] * 2  # one batch an epoch
    decoders = [trial.settings.network.decoder for trial in planned if isinstance(trial.settings.network, NetworkSpec)]
    assert [decoder.convolutions[-1].channels for decoder in decoders if decoder] == [3, 3]


def test_own_images_are_not_read_without_hardware(validated: Validated, own: Own) -> None:
    Path(own["data.path"]).write_text("damaged")
    assert validated(own).data.name == "own_pictures"


GRIDS = "sweep.grids"
GRID = {"seeds": [0], "variants": ["pca"]}
INVALID: list[tuple[dict[str, Any], str]] = [
    ({"data.path": "~/own"}, r"data\.path: DVC does not replace ~ in '~/own'; write /.*/own$"),
    ({"data.path": "nowhere"}, r"data\.path: 'nowhere' does not exist$"),
    ({"data.path": str(ROOT / "images")}, r"data\.path: .*/images: no such file$"),
    ({"data.dataset": "folder"}, r"data\.path: .*own pictures\.npz: no such folder$"),
    ({"data.path": "settings"}, r"data\.path: 'settings' holds results of the pipeline; move your images"),
    ({"data.path": "."}, r"data\.path: '\.' holds results of the pipeline"),
    ({"data.size": 8}, r"data\.size is 8; must be greater than or equal to 12$"),
    ({"data.channels": 4}, r"data\.channels is 4; must be 1 or 3$"),
    ({"noise.occlusion": 20, "data.size": 20}, r"noise\.occlusion: 20 pixels; .* 20×20 images of own_pictures$"),
    ({"noise.occlusion": 30}, r"sweep\.grids\.sheets\.datasets: noise\.occlusion is 30 pixels; .* of fashion_mnist$"),
    ({f"{GRIDS}.sheets.datasets": ["folder"]}, r".*: 'folder' is not a built-in .*; leave datasets out for your own"),
    ({f"{GRIDS}.own": GRID | {"latent": [3073]}}, r"sweep\.grids\.own: pca: latent is 3073, but .* 3,?072 values"),
]


@pytest.mark.parametrize(("changes", "message"), INVALID)
def test_a_problem_is_one_line_with_its_key(
    validated: Validated, own: Own, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        validated(own | changes, HARDWARE)
    lines = [line.partition("params.yaml: ")[2] for line in str(caught.value).splitlines()]
    assert [line for line in lines if re.match(message, line)], lines


def test_a_path_that_stops_dvc_is_named_by_its_key(
    changed_params: Changed, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(changed_params(own | {"data.path": "nowhere"}).parent)
    failed = subprocess.CompletedProcess([], 1, "", "ERROR: failed to reproduce 'settings': [Errno 2] No such file")
    monkeypatch.setattr(commands, "run", lambda *arguments: failed)
    with pytest.raises(UserError, match=r"^params\.yaml: data\.path: 'nowhere' does not exist$"):
        commands.run_settings()


def test_too_few_images_and_single_classes_without_labels_are_refused(validated: Validated, own: Own) -> None:
    np.savez(own["data.path"], images=np.zeros((20, 32, 32, 3), np.uint8))
    grid = {"variants": ["linear"], "seeds": [0], "one_class": True}
    with pytest.raises(UserError, match=r"sweep\.grids\.classes\.one_class: own_pictures has no labels"):
        validated(own | {f"{GRIDS}.classes": grid}, HARDWARE)
    np.savez(own["data.path"], images=np.zeros((8, 28, 28), np.uint8))
    with pytest.raises(UserError, match="6 training and 2 test images; at least 10 and 3 are needed"):
        validated(own, HARDWARE)
