"""What a killed training left is found again by the same training, and by no other."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from hourglass.checkpoints import Checkpoint, Saved, checkpoint, identity
from hourglass.corruptions import Corruption, Inputs
from hourglass.errors import UserError
from hourglass.images import Images
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec
from hourglass.paths import CHECKPOINTS, IMAGES, INPUTS
from hourglass.settings.params import TrainSpec
from hourglass.settings.stage_configs import TrainConfig
from hourglass.training import EpochRecord

CPU = torch.device("cpu")
SOURCE = Path(__file__).parents[2] / "src"
SETTINGS = TrainConfig(
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
        for corruption in (Corruption("none"), Corruption("gaussian", sigma=0.3)):
            Inputs(images.images, corruption).save(INPUTS / corruption.name / f"{split}.safetensors")


def epochs(count: int) -> Iterator[tuple[EpochRecord, torch.Tensor]]:
    """Records and images as a training would have them."""
    for epoch in range(1, count + 1):
        state = {"model.weight": torch.full((3,), float(epoch)), "epoch": torch.tensor(epoch)}
        record = EpochRecord(
            epoch,
            1 / epoch,
            {"kl": 0.1},
            None if epoch % 2 else 0.5,
            100.0,
            {"kl": 0.2, "sampled_mse": 0.6},
            lambda state=state: state,
        )
        yield record, torch.full((4, 28, 28), epoch, dtype=torch.uint8)


@contextmanager
def broken_off(variant: str = "linear", settings: TrainConfig = SETTINGS, threads: int = 1) -> Iterator[Checkpoint]:
    """A checkpoint of a training that is broken off when the block ends."""
    with suppress(KeyboardInterrupt), checkpoint(variant, settings, CPU, threads) as safe:
        yield safe
        raise KeyboardInterrupt


def kill_after(count: int, settings: TrainConfig = SETTINGS) -> None:
    """A training that is broken off once so many epochs are done."""
    with broken_off(settings=settings) as safe:
        for record, kept in epochs(count):
            safe.save(record, kept)


def found(settings: TrainConfig = SETTINGS, threads: int = 1) -> Saved:
    with broken_off(settings=settings, threads=threads) as safe:
        return safe.saved


def nothing_of(saved: Saved) -> bool:
    """Whether no epoch is known."""
    return not (saved.state or saved.records or saved.kept)


def test_the_same_training_finds_all_that_was_done() -> None:
    kill_after(3)
    saved = found()
    assert [record.epoch for record in saved.records] == [1, 2, 3]
    assert saved.records[1].metrics() == [record for record, _ in epochs(2)][-1].metrics()
    assert torch.equal(saved.state["model.weight"], torch.full((3,), 3.0))
    assert [int(images[0, 0, 0]) for images in saved.kept] == [1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 4},
        {"train": TrainSpec(epochs=5, batch_size=50, learning_rate=0.02)},
        {"train": TrainSpec(epochs=6, batch_size=50, learning_rate=0.01)},
        {"network": NetworkSpec(latent=3, encoder=Encoder(dense=(16,)))},
        {"strengths": {"sigma": 0.4}},
        {"libraries": {"torch": "3"}},
    ],
)
def test_a_training_with_other_settings_finds_nothing(change: dict[str, Any]) -> None:
    kill_after(2)
    assert nothing_of(found(SETTINGS.model_copy(update=change)))
    assert len(found().records) == 2  # and leaves the other's alone


def test_another_number_of_threads_finds_nothing() -> None:
    kill_after(2)
    assert nothing_of(found(threads=2))


@pytest.mark.parametrize("changed", [IMAGES / "train.safetensors", INPUTS / "gaussian/test.safetensors"])
def test_other_data_find_nothing(changed: Path) -> None:
    kill_after(2)
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    assert nothing_of(found())


def test_other_code_finds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_after(2)
    module = sys.modules["hourglass.training.loop"]
    edited = tmp_path / "loop.py"
    edited.write_text(Path(str(module.__file__)).read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    monkeypatch.setattr(module, "__file__", str(edited))
    assert nothing_of(found())


@pytest.mark.parametrize(
    ("name", "value"), [("__version__", "3.0.0"), ("backends.cpu.get_cpu_capability", lambda: "VSX")]
)
def test_another_torch_or_processor_finds_nothing(name: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_after(2)
    monkeypatch.setattr(f"torch.{name}", value)
    assert nothing_of(found())


def test_every_start_of_a_training_has_the_key_of_one_run() -> None:
    key = found().run  # killed before its first epoch has ended
    kill_after(2)
    assert found().run == key
    assert found(SETTINGS.model_copy(update={"seed": 4})).run != key


@pytest.mark.parametrize("left", [b"", b"\xff\xfe", b"x" * 32])
def test_a_damaged_key_is_replaced(left: bytes) -> None:
    kill_after(2)
    (file,) = CHECKPOINTS.glob("*/mlflow-run.txt")
    file.write_bytes(left)
    assert re.fullmatch("[0-9a-f]{32}", found().run)
    assert len(found().records) == 2


def test_nothing_is_left_of_a_training_that_ended_well() -> None:
    kill_after(2)
    with checkpoint("linear", SETTINGS, CPU, 1) as safe:
        assert len(safe.saved.records) == 2
    assert [path.name for path in CHECKPOINTS.iterdir()] == ["linear.lock"]


@pytest.mark.parametrize("name", ["state", "kept-1"])
@pytest.mark.parametrize("left", [0, 100, -1])
def test_a_damaged_checkpoint_is_said_and_not_used(name: str, left: int, capsys: pytest.CaptureFixture[str]) -> None:
    kill_after(2)
    (file,) = CHECKPOINTS.glob(f"*/{name}.safetensors")
    file.write_bytes(file.read_bytes()[:left])
    assert nothing_of(found())
    assert "is damaged, so that the training begins anew" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["state.safetensors", "kept-1.safetensors"])
def test_no_flipped_bit_is_picked_up(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    kill_after(2)
    (file,) = CHECKPOINTS.glob(f"*/{name}")
    content = file.read_bytes()
    for place in range(0, len(content), 7):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        file.write_bytes(flipped)
        saved = found()
        same = [int(images[0, 0, 0]) for images in saved.kept] == [1, 2] and len(saved.records) == 2
        assert nothing_of(saved) or same, place


def test_a_kill_between_the_two_files_of_an_epoch_costs_that_epoch() -> None:
    kill_after(2)
    (state,) = CHECKPOINTS.glob("*/state.safetensors")
    before = state.read_bytes()
    kill_after(3)
    state.write_bytes(before)
    assert len(found().records) == 2


def test_a_training_goes_on_although_no_checkpoint_can_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    CHECKPOINTS.mkdir()
    folder = CHECKPOINTS / f"linear-{identity(SETTINGS, CPU, 1)[:16]}"
    folder.write_text("no folder")
    with checkpoint("linear", SETTINGS, CPU, 1) as safe:
        for record, kept in epochs(2):
            safe.save(record, kept)
    said = capsys.readouterr().err
    assert "no checkpoint after epoch 1" in said
    assert "begins anew" in said


def test_an_epoch_that_could_not_be_written_is_written_with_the_next() -> None:
    with broken_off() as safe:
        folder = CHECKPOINTS / f"linear-{identity(SETTINGS, CPU, 1)[:16]}"
        for record, kept in epochs(3):
            if record.epoch == 1:
                (folder / "kept-1.safetensors").mkdir()
            safe.save(record, kept)
            safe.way_on()  # waits
            if record.epoch == 1:
                (folder / "kept-1.safetensors").rmdir()
    assert [int(images[0, 0, 0]) for images in found().kept] == [1, 2, 3]


@pytest.mark.parametrize(("count", "how"), [(0, "begins anew"), (2, "goes on after epoch 2")])
def test_breaking_off_says_how_it_goes_on(count: int, how: str) -> None:
    def train() -> None:
        with checkpoint("linear", SETTINGS, CPU, 1) as safe:
            for record, kept in epochs(count):
                safe.save(record, kept)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as error:
        train()
    assert error.value.__notes__ == [f"the next start of linear with the same settings {how}"]


def test_a_closed_form_leaves_no_checkpoint() -> None:
    with broken_off("pca") as safe:
        safe.save(EpochRecord(1, 0.1, {}, 0.1, 1.0), torch.zeros(1, 28, 28, dtype=torch.uint8))
    assert not list(CHECKPOINTS.glob("*/*.safetensors"))


def test_only_the_latest_checkpoints_of_a_variant_are_kept() -> None:
    for seed in range(5):
        kill_after(1, SETTINGS.model_copy(update={"seed": seed}))
    assert len(list(CHECKPOINTS.glob("linear-*/"))) == 3
    assert [len(found(SETTINGS.model_copy(update={"seed": seed})).records) for seed in (4, 3, 2)] == [1, 1, 1]


CHILD = """
import sys, time
from pathlib import Path
from hourglass.checkpoints.process import Parent, alone
with alone("linear", Path("checkpoints")):
    parent = Parent()
    print("alone", flush=True)
    while not parent.gone() and not Path("stop").exists():
        time.sleep(0.02)
print("gone" if parent.gone() else "stopped", flush=True)
"""


def start(*command: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    return subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_training_of_a_variant_waits_for_the_first() -> None:
    with start("-c", CHILD) as first:
        assert line(first) == "alone"
        with start("-c", CHILD) as second:
            assert line(second) == "linear: another process trains it here; waiting until that has ended"
            Path("stop").touch()
            assert (line(first), line(second), line(second)) == ("stopped", "alone", "stopped")
    assert (first.returncode, second.returncode) == (0, 0)


def test_a_training_notices_that_its_dvc_was_killed(tmp_path: Path) -> None:
    dvc = tmp_path / "dvc"
    dvc.write_text(f"import os, subprocess, sys\nos._exit(subprocess.call([sys.executable, '-c', {CHILD!r}]))\n")
    with start(str(dvc)) as parent:
        assert line(parent) == "alone"
        parent.kill()
        assert line(parent) == "gone"


def test_a_training_whose_dvc_was_killed_stops_after_the_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.checkpoints.process.Parent.gone", lambda _: True)
    (one,) = epochs(1)
    with (
        pytest.raises(
            UserError,
            match=r"the DVC that started this training was ended; the next start of linear .* goes on after epoch 1",
        ),
        checkpoint("linear", SETTINGS, CPU, 1) as safe,
    ):
        safe.save(*one)
    assert len(found().records) == 1


def test_without_dvc_there_is_nobody_to_notice() -> None:
    with start("-c", CHILD) as process:
        assert line(process) == "alone"
        time.sleep(0.1)
        assert process.poll() is None
        Path("stop").touch()
        assert line(process) == "stopped"


def test_writing_needs_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[Path] = []

    def slow(folder: Path, *_: Any) -> None:
        time.sleep(0.5)
        waiting.append(folder)

    monkeypatch.setattr(Checkpoint, "_write", slow)
    (one,) = epochs(1)
    with checkpoint("linear", SETTINGS, CPU, 1) as safe:
        safe.save(*one)
        assert not waiting
    assert waiting
