"""Checkpoints: found by the same run only, verified when read, and never an obstacle to training."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from shapes import IMAGE

from hourglass import checkpoints
from hourglass.checkpoints import CODE, SOURCE, Checkpoint, checkpoint, exclusive, identity
from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.errors import UserError
from hourglass.images import Images
from hourglass.models.spec import Encoder, NetworkSpec
from hourglass.paths import CHECKPOINTS, IMAGES, INPUTS
from hourglass.settings.stage_configs import TrainConfig
from hourglass.settings.variant import TrainSpec
from hourglass.training import EpochRecord

CPU = torch.device("cpu")
CONFIG = TrainConfig(
    seed=3,
    network=NetworkSpec(latent=2, encoder=Encoder(dense=(16,))),
    loss="squared_error",
    corruption="gaussian",
    strengths={"sigma": 0.3},
    fresh_noise=True,
    train=TrainSpec(epochs=5, batch_size=50, learning_rate=0.01),
    libraries={"torch": "2"},
)


@pytest.fixture(autouse=True)
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: Images) -> None:
    """Data in the working folder."""
    monkeypatch.chdir(tmp_path)
    for split, part in (("train", slice(0, 30)), ("test", slice(30, 50))):
        images = Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        images.save(IMAGES / f"{split}.safetensors")
        corruption = Corruption("gaussian", sigma=0.3)
        CorruptedImages(images.images, corruption).save(INPUTS / "gaussian" / f"{split}.safetensors")


def save(saved: Checkpoint, epoch: int) -> None:
    state = {"model.weight": torch.full((3,), float(epoch)), "epoch": torch.tensor(epoch)}
    test_mse = None if epoch % 2 else 0.5
    record = EpochRecord(epoch, 1 / epoch, {"kl": 0.1}, test_mse, 100.0, {"kl": 0.2}, state=lambda: state)
    saved.save(record, torch.full((4, *IMAGE), epoch, dtype=torch.uint8))


def interrupt_after(epochs: int, config: TrainConfig = CONFIG, threads: int = 1) -> Checkpoint:
    """Return the checkpoint as a run finds it that is interrupted after further epochs."""
    with suppress(KeyboardInterrupt), checkpoint("linear", config, CPU, threads) as saved:
        before = Checkpoint(saved.path, saved.run_key, [*saved.records], [*saved.snapshots], saved.state)
        for epoch in range(len(before.records) + 1, len(before.records) + epochs + 1):
            save(saved, epoch)
        raise KeyboardInterrupt
    return before


def test_the_same_run_resumes() -> None:
    first = interrupt_after(2)
    assert (first.records, first.snapshots, first.state) == ([], [], {})
    second = interrupt_after(1)
    assert [record.epoch for record in second.records] == [1, 2]
    assert second.records[1].metrics() == {"train_mse": 0.5, "test_mse": 0.5, "train_kl": 0.1} | {
        "test_sampled_mse": None,
        "test_kl": 0.2,
    }
    assert torch.equal(second.state["model.weight"], torch.full((3,), 2.0))
    assert [int(images[0, 0, 0, 0]) for images in interrupt_after(0).snapshots] == [1, 2, 3]
    assert first.run_key == second.run_key == interrupt_after(0).run_key


@pytest.mark.parametrize("change", [{"seed": 4}, {"libraries": {}}])
def test_other_settings_start_from_scratch(change: dict[str, Any]) -> None:
    interrupt_after(2)
    other = interrupt_after(0, CONFIG.model_copy(update=change))
    same = interrupt_after(0)
    assert (len(other.records), len(same.records)) == (0, 2)
    assert other.run_key != same.run_key


@pytest.mark.parametrize("file", [IMAGES / "train.safetensors", INPUTS / "gaussian/test.safetensors"])
def test_other_data_have_another_identity(file: Path) -> None:
    before = identity(CONFIG, CPU, 1)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert identity(CONFIG, CPU, 1) != before


def test_other_code_libraries_hardware_and_threads_have_another_identity(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = identity(CONFIG, CPU, 1)
    assert identity(CONFIG, CPU, 2) != before
    for name, value in (("__version__", "3.0.0"), ("backends.cpu.get_cpu_capability", lambda: "VSX")):
        with monkeypatch.context() as patch:
            patch.setattr(f"torch.{name}", value)
            assert identity(CONFIG, CPU, 1) != before
    for name in CODE:
        (tmp_path / "source").mkdir(exist_ok=True)
        (tmp_path / "source" / name).symlink_to(SOURCE / name)
    monkeypatch.setattr(checkpoints, "SOURCE", tmp_path / "source")
    assert identity(CONFIG, CPU, 1) == before
    (tmp_path / "source/randomness.py").unlink()
    (tmp_path / "source/randomness.py").write_text("# edited")
    assert identity(CONFIG, CPU, 1) != before


@pytest.mark.parametrize("length", [0, 100, -1])
def test_a_truncated_checkpoint_causes_a_warning(length: int, capsys: pytest.CaptureFixture[str]) -> None:
    interrupt_after(2)
    (file,) = CHECKPOINTS.glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:length])
    assert not interrupt_after(0).records
    assert capsys.readouterr().err == f"warning: {file} is damaged; training starts over\n"


def test_flipped_bits_are_detected() -> None:
    interrupt_after(2)
    (file,) = CHECKPOINTS.glob("*.safetensors")
    content = file.read_bytes()
    for place in range(0, len(content), 23):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        file.write_bytes(flipped)
        assert not Checkpoint.load(file).records, place


def test_a_full_disk_causes_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    CHECKPOINTS.mkdir()
    path = CHECKPOINTS / f"linear-{identity(CONFIG, CPU, 1)[:16]}.safetensors"
    path.with_name(f".{path.stem}.part.safetensors").symlink_to("/dev/full")
    interrupt_after(2)
    warning = f"warning: {path} not written after epoch 0 (No space left on device)\n"
    assert capsys.readouterr().err == warning  # once, as the failed attempt removes the link
    assert len(interrupt_after(0).records) == 2


def test_the_latest_checkpoints_of_a_variant_remain() -> None:
    configs = [CONFIG.model_copy(update={"seed": seed}) for seed in range(5)]
    for config in configs:
        interrupt_after(1, config)
    assert len(list(CHECKPOINTS.glob("linear-*"))) == 3
    assert [len(interrupt_after(0, config).records) for config in configs[2:]] == [1, 1, 1]


CHILD = """
import time
from pathlib import Path
from hourglass.checkpoints import exclusive, has_ended, parent_dvc
with exclusive("linear", Path("checkpoints")):
    dvc = parent_dvc()
    print("running", flush=True)
    while not (dvc and has_ended(dvc)) and not Path("stop").exists():
        time.sleep(0.02)
print("dvc has ended" if dvc and has_ended(dvc) else "stopped", flush=True)
"""


def start(*command: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(SOURCE.parent)}
    return subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_of_the_same_variant_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[str] = []

    def print_and_stop_the_first(text: str, flush: bool) -> None:
        printed.append(text)
        Path("stop").touch()

    monkeypatch.setattr(checkpoints, "print", print_and_stop_the_first, raising=False)
    with start("-c", CHILD) as first:
        assert line(first) == "running"
        with exclusive("linear", CHECKPOINTS):
            assert line(first) == "stopped"
    assert printed == ["linear: waiting for another process that trains it"]


def test_a_killed_dvc_is_noticed(tmp_path: Path) -> None:
    dvc = tmp_path / "dvc"
    dvc.write_text(f"import os, subprocess, sys\nos._exit(subprocess.call([sys.executable, '-c', {CHILD!r}]))\n")
    with start(str(dvc)) as parent:
        assert line(parent) == "running"
        parent.kill()
        assert line(parent) == "dvc has ended"


def test_a_run_stops_after_the_epoch_in_which_its_dvc_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "parent_dvc", psutil.Process)
    monkeypatch.setattr(checkpoints, "has_ended", lambda process: True)
    with (
        pytest.raises(UserError, match="dvc, which started this run, has ended; rerun the same command to resume"),
        checkpoint("linear", CONFIG, CPU, 1) as saved,
    ):
        save(saved, 1)
    assert len(Checkpoint.load(saved.path).records) == 1
