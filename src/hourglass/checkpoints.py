"""Checkpoints of training runs, written to safetensors files after each epoch and removed when training is complete."""

import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psutil
import torch
from filelock import FileLock, Timeout
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors, sha256
from hourglass.paths import CHECKPOINTS, IMAGES, INPUTS
from hourglass.settings.stage_configs import TrainConfig
from hourglass.signals import RESUME
from hourglass.training import EpochRecord

SOURCE = Path(__file__).parent
CODE = ("corruptions", "images.py", "losses", "models", "randomness.py", "training")
MAX_PER_VARIANT = 3  # older checkpoints, of other settings, data or code, are removed
DAMAGE = (UserError, OSError, ValueError, TypeError, KeyError, AttributeError)  # raised by reading arbitrary bytes


@dataclass
class Checkpoint:
    """State of an unfinished training run.

    Attributes:
        path: path of the checkpoint file.
        run_key: random identifier of the MLflow run. A resumed training run keeps it and continues the same MLflow run.
        records: records of all finished epochs.
        snapshots: one tensor of reconstructions per finished epoch, uint8 of shape (N, C, H, W).
        state: training state after the last finished epoch, as returned by `EpochRecord.state`.
        digests: SHA-256 digests of the snapshots, in hexadecimal.
        dvc: DVC process that started this process, or None.
    """

    path: Path
    run_key: str = field(default_factory=lambda: uuid4().hex)
    records: list[EpochRecord] = field(default_factory=list)
    snapshots: list[Tensor] = field(default_factory=list)
    state: Mapping[str, Tensor] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    dvc: psutil.Process | None = None

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Load a checkpoint, or return an empty one if the file is missing or damaged. Warns if the file is damaged."""
        if not path.exists():
            return cls(path)
        try:
            tensors, header = load_tensors(path, "train", "about")
            about, snapshots = json.loads(header["about"]), list(tensors.pop("snapshots", ()))
            if about.pop("sha256") != _digest(tensors, about) or about["snapshots"] != [*map(_sha256, snapshots)]:
                raise ValueError("checksum differs")
            records = [EpochRecord(**record) for record in about["records"]]
            return cls(path, about["run_key"], records, snapshots, tensors, about["snapshots"])
        except DAMAGE:
            print(f"warning: {path} is damaged; training starts over", file=sys.stderr)
            return cls(path)

    def save(self, record: EpochRecord, snapshot: Tensor) -> None:
        """Add a finished epoch and write the checkpoint. Raises UserError if the DVC process `dvc` has ended."""
        self.records.append(record)
        self.snapshots.append(snapshot)
        self.digests.append(_sha256(snapshot))
        self.state = record.state()
        if self.state:  # PCA has none
            self.write()
        if self.dvc is not None and has_ended(self.dvc):
            raise UserError(f"dvc, which started this run, has ended; {RESUME}")

    def write(self) -> None:
        """Write the checkpoint to `path`. If writing fails, for example on a full disk, only a warning is printed."""
        tensors = {**self.state, "snapshots": torch.stack(self.snapshots)} if self.state else {}
        records = [{name: value for name, value in vars(record).items() if name != "state"} for record in self.records]
        about: dict[str, object] = {"run_key": self.run_key, "records": records, "snapshots": self.digests}
        about["sha256"] = _digest(self.state, about)
        try:
            save_tensors(self.path, tensors, about=json.dumps(about))
        except OSError as error:
            message = f"warning: {self.path} not written after epoch {len(self.records)} ({error.strerror})"
            print(message, file=sys.stderr)


@contextmanager
def checkpoint(variant: str, config: TrainConfig, device: torch.device, threads: int) -> Iterator[Checkpoint]:
    """Lock a variant, and yield the checkpoint of its run with the given settings, device and number of CPU threads.

    The checkpoint file is deleted if the `with` block succeeds. Only the two newest checkpoint files of the variant's
    other runs are kept.
    """
    dvc = parent_dvc()  # before waiting for the lock, as it may end meanwhile
    with exclusive(variant, CHECKPOINTS):
        path = CHECKPOINTS / f"{variant}-{identity(config, device, threads)[:16]}.safetensors"
        others = [other for other in CHECKPOINTS.glob(f"{variant}-*.safetensors") if other != path]
        for other in sorted(others, key=lambda other: other.stat().st_mtime)[: 1 - MAX_PER_VARIANT]:
            other.unlink()
        current = Checkpoint.load(path)
        current.dvc = dvc
        current.write()
        if current.records:
            print(f"{variant}: resuming after epoch {len(current.records)} from {path}", flush=True)
        yield current
        with suppress(OSError):
            path.unlink()


def identity(config: TrainConfig, device: torch.device, threads: int) -> str:
    """Return a SHA-256 hash of the settings, data, code, torch version and hardware that determine a run's result."""
    data = [*IMAGES.glob("*.safetensors"), *(INPUTS / config.corruption).glob("*.safetensors")]
    code = [file for name in CODE for file in (SOURCE / name, *(SOURCE / name).rglob("*.py")) if file.is_file()]
    # the processor's model, if Linux reports it, and torch's instruction set both affect rounding
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    cpu = next((line for line in lines if line.startswith("model name")), platform.processor())
    processor = [platform.machine(), cpu, torch.backends.cpu.get_cpu_capability()]
    about = {
        "settings": config.model_dump(mode="json"),
        "data": {path.as_posix(): sha256(path) for path in sorted(data)},
        "code": [sha256(file) for file in sorted(code)],
        "torch": torch.__version__,
        "processor": torch.cuda.get_device_name(device) if device.type == "cuda" else processor,
        "device": device.type,
        "threads": threads,
    }
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


@contextmanager
def exclusive(variant: str, folder: Path) -> Iterator[None]:
    """Hold a variant's lock file in `folder` for the `with` block, waiting while another process trains the variant."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{variant}.lock")
    try:
        held = lock.acquire(blocking=False)
    except Timeout:
        print(f"{variant}: waiting for another process that trains it", flush=True)
        held = lock.acquire()
    with held:
        yield


def parent_dvc() -> psutil.Process | None:
    """Return the closest DVC process among the ancestors of this process, or None if there is none."""
    for process in psutil.Process().parents():
        with suppress(psutil.Error):
            if any(Path(argument).name == "dvc" for argument in process.cmdline()[:3]):
                return process
    return None


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process has ended. A zombie process counts as ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _sha256(tensor: Tensor) -> str:
    return hashlib.sha256(tensor.numpy().tobytes()).hexdigest()


def _digest(tensors: Mapping[str, Tensor], about: Mapping[str, object]) -> str:
    hashes = {name: _sha256(tensor) for name, tensor in sorted(tensors.items())}
    return hashlib.sha256(json.dumps([hashes, about]).encode()).hexdigest()
