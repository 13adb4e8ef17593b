"""One training's checkpoint: a folder of its own, named for all that its result follows from."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hourglass.checkpoints.identity import identity
from hourglass.checkpoints.process import Parent, alone
from hourglass.errors import UserError
from hourglass.files import load_tensors, replacing, save_tensors
from hourglass.paths import CHECKPOINTS
from hourglass.settings.stages import Training
from hourglass.training import EpochRecord

STATE, RUN = "state.safetensors", "mlflow-run.txt"
MOST = 3  # checkpoints of a variant that are kept: others are of settings, data or code that were left behind


@dataclass(frozen=True)
class Saved:
    """What is known of the epochs that are done; as it is made, of none.

    state: see `EpochRecord.state`. kept: of every epoch, see `Course`. run: the id of the MLflow run, if there is one.
    """

    state: Mapping[str, Tensor] = field(default_factory=dict)
    records: tuple[EpochRecord, ...] = ()
    kept: tuple[Tensor, ...] = ()
    run: str | None = None


class Checkpoint:
    """saved: what an earlier process left. A thread writes the files while the next epoch goes on."""

    def __init__(self, variant: str, folder: Path) -> None:
        self._variant, self._folder, self._parent = variant, folder, Parent()
        self.saved = _read(folder)
        self._records = list(self.saved.records)
        self._on_disk = len(self._records)
        self._run = self.saved.run
        self._unwritten: dict[int, Tensor] = {}
        self._writer = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None

    def belongs_to(self, run: str | None) -> None:
        """Keep the id of the MLflow run, once there is one."""
        if run is not None and run != self._run:
            self._run = run
            self._settle()
            self._writing = self._writer.submit(self._write_run, run)

    def save(self, record: EpochRecord, kept: Tensor, run: str | None) -> None:
        """An epoch has ended: keep all that the next one follows from. A disk that is full is warned of.

        Raises UserError where the DVC process that started this one has ended.
        """
        self.belongs_to(run)
        self._settle()
        self._records.append(record)
        if state := record.state():  # a closed form has no epochs to go on after
            self._unwritten[record.epoch] = kept
            records = json.dumps([_plain(epoch) for epoch in self._records])
            self._writing = self._writer.submit(self._write, state, records)
        if self._parent.gone():
            raise UserError(f"the DVC that started this training was ended; {self.way_on()}")

    def way_on(self) -> str:
        """Where the next start begins, in words."""
        self._settle()
        where = f"goes on after epoch {self._on_disk}" if self._on_disk else "begins anew"
        return f"the next start of {self._variant} with the same settings {where}"

    def close(self) -> None:
        """Wait until everything is on the disk; nothing more can be saved."""
        self._settle()
        self._writer.shutdown()

    def remove(self) -> None:
        """The training is done: nothing is left to go on from."""
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write_run(self, run: str) -> None:
        with replacing(self._folder / RUN) as part:
            part.write_text(run, encoding="utf-8")

    def _write(self, state: Mapping[str, Tensor], records: str) -> None:
        for epoch, images in list(self._unwritten.items()):
            save_tensors(_kept(self._folder, epoch), {"images": images})
            del self._unwritten[epoch]
        # last: it says how many epochs there are
        save_tensors(self._folder / STATE, state, records=records)

    def _settle(self) -> None:
        writing, self._writing = self._writing, None
        if writing is None:
            return
        try:
            writing.result()
            self._on_disk = len(self._records)
        except OSError as error:
            print(
                f"warning: {self._variant}: no checkpoint after epoch {len(self._records)} in {self._folder} "
                f"({error.strerror}); {self.way_on()}",
                file=sys.stderr,
            )


@contextmanager
def checkpoint(variant: str, settings: Training, device: torch.device, threads: int) -> Iterator[Checkpoint]:
    """The checkpoint of a training, which no other process has meanwhile; removed when the block ends well.

    A KeyboardInterrupt is given a note on how the training goes on.
    """
    with alone(variant, CHECKPOINTS):
        folder = CHECKPOINTS / f"{variant}-{identity(settings, device, threads)[:16]}"
        opened = Checkpoint(variant, folder)
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
            _prune(variant)


def _read(folder: Path) -> Saved:
    """What is in a checkpoint's folder; nothing where it is not whole."""
    run = (folder / RUN).read_text(encoding="utf-8") if (folder / RUN).exists() else None
    if not (folder / STATE).exists():
        return Saved(run=run)
    try:
        state, header = load_tensors(folder / STATE, "train", "records", "epoch")
        records = tuple(EpochRecord(**record) for record in json.loads(header["records"]))
        kept = tuple(load_tensors(_kept(folder, record.epoch), "train", "images")[0]["images"] for record in records)
    except UserError as error:
        print(f"warning: the training begins anew, since its checkpoint is not whole: {error}", file=sys.stderr)
        return Saved(run=run)
    return Saved(state, records, kept, run)


def _kept(folder: Path, epoch: int) -> Path:
    return folder / f"kept-{epoch}.safetensors"


def _plain(record: EpochRecord) -> dict[str, Any]:
    return {item.name: getattr(record, item.name) for item in fields(record) if item.name != "state"}


def _prune(variant: str) -> None:
    """Remove all but the latest checkpoints of a variant."""
    found = sorted(CHECKPOINTS.glob(f"{variant}-*"), key=lambda folder: folder.stat().st_mtime)
    for folder in found[:-MOST]:
        shutil.rmtree(folder)
