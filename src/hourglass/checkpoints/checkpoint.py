"""The checkpoint of one training run: a safetensors file, replaced atomically after each epoch."""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import torch
from torch import Tensor

from hourglass.checkpoints.identity import identity
from hourglass.checkpoints.processes import exclusive, has_ended, parent_dvc
from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.paths import CHECKPOINTS
from hourglass.settings.stage_configs import TrainConfig
from hourglass.signals import RESUME
from hourglass.training import EpochRecord

SNAPSHOTS = "snapshots"
MAX_PER_VARIANT = 3  # older checkpoints, of other settings, data or code, are removed


@dataclass
class Checkpoint:
    """State of an unfinished training run.

    Attributes:
        path: the file.
        run_key: key of the MLflow run, the same in every process that continues the run.
        records: records of the finished epochs.
        snapshots: reconstructions after each of them, uint8 (N, 28, 28).
        state: `EpochRecord.state` of the last one.
        dvc: the DVC process that started this one, if any.
    """

    path: Path
    run_key: str = field(default_factory=lambda: uuid4().hex)
    records: list[EpochRecord] = field(default_factory=list)
    snapshots: list[Tensor] = field(default_factory=list)
    state: Mapping[str, Tensor] = field(default_factory=dict)
    dvc: psutil.Process | None = None
    saved_epochs: int = 0

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint; a missing or damaged one gives an empty checkpoint, the latter with a warning."""
        if not path.exists():
            return cls(path)
        try:
            tensors, header = load_tensors(path, "train", "about")
            about = json.loads(header["about"])
            if about.pop("sha256") != _digest(tensors, about):
                raise ValueError("checksum differs")
        except (UserError, OSError, ValueError, TypeError, KeyError, AttributeError):
            print(f"warning: {path} is damaged; training starts over", file=sys.stderr)
            return cls(path)
        snapshots = list(tensors.pop(SNAPSHOTS, ()))
        records = [EpochRecord(**record) for record in about["records"]]
        return cls(path, about["run_key"], records, snapshots, tensors, saved_epochs=len(records))

    def save(self, record: EpochRecord, snapshot: Tensor) -> None:
        """Save a finished epoch; a full disk causes a warning only.

        Raises:
            UserError: if the DVC process that started this one has ended.
        """
        self.records.append(record)
        self.snapshots.append(snapshot)
        self.state = record.state()
        if self.state:  # empty for PCA
            self.write()
        if self.dvc is not None and has_ended(self.dvc):
            raise UserError(f"dvc, which started this run, has ended; {self.hint()}")

    def write(self) -> None:
        """Write the file."""
        tensors = {**self.state, SNAPSHOTS: torch.stack(self.snapshots)} if self.state else {}
        about = {"run_key": self.run_key, "records": [_fields(record) for record in self.records]}
        try:
            save_tensors(self.path, tensors, about=json.dumps({**about, "sha256": _digest(tensors, about)}))
            self.saved_epochs = len(self.records)
        except OSError as error:
            message = f"warning: {self.path} not written after epoch {len(self.records)} ({error.strerror})"
            print(message, file=sys.stderr)

    def hint(self) -> str:
        """Return how to resume."""
        return f"{RESUME} after epoch {self.saved_epochs}" if self.saved_epochs else RESUME


@contextmanager
def checkpoint(variant: str, config: TrainConfig, device: torch.device, threads: int) -> Iterator[Checkpoint]:
    """Yield the checkpoint of a training run, locked against other processes; removed if the block succeeds.

    Args:
        variant: name of the variant.
        config: its settings.
        device: device of the run.
        threads: number of CPU threads.
    """
    dvc = parent_dvc()  # before waiting, during which it may end
    with exclusive(variant, CHECKPOINTS):
        path = CHECKPOINTS / f"{variant}-{identity(config, device, threads)[:16]}.safetensors"
        _prune(variant, path)
        current = Checkpoint.load(path)
        current.dvc = dvc
        current.write()
        if current.records:
            print(f"{variant}: resuming after epoch {len(current.records)} from {path}", flush=True)
        try:
            yield current
        except KeyboardInterrupt as error:
            error.add_note(current.hint())
            raise
        with suppress(OSError):
            path.unlink()


def _fields(record: EpochRecord) -> dict[str, Any]:
    return {item.name: getattr(record, item.name) for item in fields(record) if item.name != "state"}


def _digest(tensors: Mapping[str, Tensor], about: Mapping[str, object]) -> str:
    digest = hashlib.sha256(json.dumps(about).encode())
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()


def _prune(variant: str, current: Path) -> None:
    """Remove the oldest checkpoints of a variant."""
    others = [path for path in CHECKPOINTS.glob(f"{variant}-*.safetensors") if path != current]
    for path in sorted(others, key=lambda path: path.stat().st_mtime)[: 1 - MAX_PER_VARIANT]:
        path.unlink()
