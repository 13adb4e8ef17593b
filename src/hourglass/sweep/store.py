"""What is kept of every training of a sweep, a file each: to go on from while it lasts, to measure anew afterwards."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.records.sweep import Results
from hourglass.sweep.trials import Trial
from hourglass.sweep.work import Arrays
from hourglass.training import EpochRecord

UNREADABLE = (UserError, OSError, ValueError, TypeError, KeyError)
STATE, WEIGHTS, CHECKSUM = "state.", "weights.", "sha256"


@dataclass(frozen=True)
class Kept:
    """records: of the epochs that are done. state: after the last of them, of a training that is not at its end.

    weights: of one that is. results: of measuring it, by `Trial.key`.
    """

    records: Sequence[EpochRecord] = ()
    state: Arrays = field(default_factory=dict)
    weights: Arrays = field(default_factory=dict)
    results: Mapping[str, Results] = field(default_factory=dict)


class Store:
    """A folder with a file a training."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, trial: Trial) -> Kept:
        """What is kept; nothing of a training that is new, or whose file cannot be read."""
        path = self._path(trial)
        if not path.exists():
            return Kept()
        try:
            tensors, header = load_tensors(path, "sweep", "about")
            about = json.loads(header["about"])
            arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
            if about[CHECKSUM] != _digest(about, arrays):
                raise ValueError("its checksum differs")
            records = [EpochRecord(**record) for record in about["records"]]
            return Kept(records, _part(arrays, STATE), _part(arrays, WEIGHTS), about["results"])
        except UNREADABLE:
            print(f"warning: {path} is damaged, so that {trial.name} begins anew", flush=True)
            return Kept()

    def save(self, trial: Trial, kept: Kept) -> None:
        """The file appears whole or not at all."""
        arrays = {f"{STATE}{name}": array for name, array in kept.state.items()}
        arrays |= {f"{WEIGHTS}{name}": array for name, array in kept.weights.items()}
        records = [{key: value for key, value in asdict(record).items() if key != "state"} for record in kept.records]
        about = {"trial": trial.name, "records": records, "results": kept.results}
        tensors = {name: torch.tensor(array) for name, array in arrays.items()}
        save_tensors(self._path(trial), tensors, about=json.dumps(about | {CHECKSUM: _digest(about, arrays)}))

    def _path(self, trial: Trial) -> Path:
        return self._folder / f"{trial.variant}-{trial.training_key}.safetensors"


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _digest(about: Mapping[str, object], arrays: Arrays) -> str:
    """SHA-256 of all that a file holds."""
    found = hashlib.sha256(json.dumps({name: about[name] for name in about if name != CHECKSUM}).encode())
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        found.update(arrays[name].tobytes())
    return found.hexdigest()
