"""One training's checkpoint: a folder of its own, named for all that its result follows from."""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from torch import Tensor

from hourglass.checkpoints.identity import identity
from hourglass.checkpoints.process import Parent, alone
from hourglass.errors import UserError
from hourglass.files import load_tensors, replacing, save_tensors
from hourglass.paths import CHECKPOINTS
from hourglass.settings.stage_configs import TrainConfig
from hourglass.training import EpochRecord

STATE, RUN = "state.safetensors", "mlflow-run.txt"
DAMAGE = (UserError, OSError, ValueError, TypeError, KeyError)  # what reading may end in, whichever bit is flipped
MOST = 3  # checkpoints of a variant that are kept: others are of settings, data or code that were left behind


@dataclass(frozen=True)
class Saved:
    """What is known of the epochs that are done, of none to begin with.

    run: the key of the MLflow run, known before it is opened. state: see `EpochRecord.state`. kept: of every epoch, see
    `Course`.
    """

    run: str
    state: Mapping[str, Tensor] = field(default_factory=dict)
    records: tuple[EpochRecord, ...] = ()
    kept: tuple[Tensor, ...] = ()


class Checkpoint:
    """saved: what an earlier process left. A thread writes the files while the next epoch goes on."""

    def __init__(self, variant: str, folder: Path, parent: Parent) -> None:
        self._variant, self._folder, self._parent = variant, folder, parent
        self.saved = _read(folder)
        self._records = list(self.saved.records)
        self._on_disk = len(self._records)
        self._digests = [_digest({"images": images}) for images in self.saved.kept]
        self._unwritten: dict[int, Tensor] = {}
        self._writer = ThreadPoolExecutor(1)
        self._writing: Future[int] | None = None

    def save(self, record: EpochRecord, kept: Tensor) -> None:
        """An epoch has ended: keep all that the next one follows from. A disk that is full is warned of.

        Raises UserError where the DVC process that started this one has ended.
        """
        self._settle()
        self._records.append(record)
        if state := record.state():  # a closed form has no epochs to go on after
            self._unwritten[record.epoch] = kept
            self._writing = self._writer.submit(self._write, state, [_plain(epoch) for epoch in self._records])
        if self._parent.gone():
            raise UserError(f"the DVC that started this training was ended; {self.way_on()}")

    def way_on(self) -> str:
        """Where the next start begins, in words."""
        self._settle()
        return self._way_on()

    def _way_on(self) -> str:
        where = f"goes on after epoch {self._on_disk}" if self._on_disk else "begins anew"
        return f"the next start of {self._variant} with the same settings {where}"

    def close(self) -> None:
        """Wait until everything is on the disk; nothing more can be saved."""
        self._settle()
        self._writer.shutdown()

    def remove(self) -> None:
        """The training is done: nothing is left to go on from."""
        self.close()
        _remove(self._folder)

    def _write(self, state: Mapping[str, Tensor], records: list[dict[str, Any]]) -> int:
        """Returns how many epochs are on the disk then."""
        for epoch, images in list(self._unwritten.items()):
            save_tensors(_kept(self._folder, epoch), {"images": images})
            self._digests.append(_digest({"images": images}))
            del self._unwritten[epoch]
        about = {"records": records, "kept": self._digests, "state": _digest(state)}
        # last: it says how many epochs there are
        save_tensors(self._folder / STATE, state, about=json.dumps(about))
        return len(records)

    def _settle(self) -> None:
        """Wait until what was handed to the writer is on the disk."""
        if self._writing is None:
            return
        try:
            self._on_disk = self._writing.result()
        except OSError as error:
            print(
                f"warning: {self._variant}: no checkpoint after epoch {len(self._records)} in {self._folder} "
                f"({error.strerror}); as it is, {self._way_on()}",
                file=sys.stderr,
            )
        self._writing = None


@contextmanager
def checkpoint(variant: str, settings: TrainConfig, device: torch.device, threads: int) -> Iterator[Checkpoint]:
    """The checkpoint of a training, which no other process has meanwhile; removed when the block ends well.

    A KeyboardInterrupt is given a note on how the training goes on.
    """
    parent = Parent()  # before waiting, during which it may end
    with alone(variant, CHECKPOINTS):
        folder = CHECKPOINTS / f"{variant}-{identity(settings, device, threads)[:16]}"
        _prune(variant, folder)
        opened = Checkpoint(variant, folder, parent)
        if done := len(opened.saved.records):
            print(f"{variant}: goes on after epoch {done}, as {folder} has it", flush=True)
        try:
            yield opened
        except KeyboardInterrupt as error:
            error.add_note(opened.way_on())
            raise
        else:
            opened.remove()
        finally:
            opened.close()


def _read(folder: Path) -> Saved:
    """What is in a checkpoint's folder; where it is not whole, no more than the MLflow run's key."""
    run = _run_key(folder / RUN)
    if not (folder / STATE).exists():
        return Saved(run)
    try:
        state, header = load_tensors(folder / STATE, "train", "about", "epoch")
        about = json.loads(header["about"])
        records = tuple(EpochRecord(**record) for record in about["records"])
        kept = tuple(load_tensors(_kept(folder, record.epoch), "train", "images")[0]["images"] for record in records)
        if about["kept"] != [_digest({"images": images}) for images in kept] or about["state"] != _digest(state):
            raise ValueError("its checksums differ")
    except DAMAGE:
        print(f"warning: {folder} is damaged, so that the training begins anew", file=sys.stderr)
        return Saved(run)
    return Saved(run, state, records, kept)


def _run_key(file: Path) -> str:
    """The key of the MLflow run, made where there is none; on the disk before the run is opened."""
    if file.exists() and re.fullmatch(rb"[0-9a-f]{32}", content := file.read_bytes()):
        return content.decode()
    key = uuid4().hex
    try:
        with replacing(file) as part:
            part.write_text(key, encoding="ascii")
    except OSError as error:
        print(f"warning: {file} cannot be written ({error.strerror})", file=sys.stderr)
    return key


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of names and bytes."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        found.update(name.encode())
        found.update(tensors[name].numpy().tobytes())
    return found.hexdigest()


def _kept(folder: Path, epoch: int) -> Path:
    return folder / f"kept-{epoch}.safetensors"


def _plain(record: EpochRecord) -> dict[str, Any]:
    return {item.name: getattr(record, item.name) for item in fields(record) if item.name != "state"}


def _prune(variant: str, needed: Path) -> None:
    """Remove all but the latest checkpoints of a variant, beside the one that is needed."""
    others = [folder for folder in CHECKPOINTS.glob(f"{variant}-*/") if folder != needed]
    for folder in sorted(others, key=lambda folder: folder.stat().st_mtime)[: 1 - MOST]:
        _remove(folder)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return  # of a closed form, or one that could not be written
    except OSError as error:
        print(f"warning: {folder} cannot be removed ({error.strerror}); nothing needs it any more", file=sys.stderr)
