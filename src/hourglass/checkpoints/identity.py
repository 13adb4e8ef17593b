"""What a training's result follows from, as one hash: a checkpoint of anything else is never picked up."""

import hashlib
import json
import platform
import sys
from pathlib import Path

import torch

from hourglass.files import sha256
from hourglass.paths import IMAGES, INPUTS
from hourglass.settings.stage_configs import TrainConfig

OURS = ("hourglass", "stages", "__main__")


def identity(settings: TrainConfig, device: torch.device, threads: int) -> str:
    """SHA-256 of the settings, the data, this project's code as it is loaded, torch, and how this machine computes."""
    data = [*IMAGES.glob("*.safetensors"), *(INPUTS / settings.corruption).glob("*.safetensors")]
    cuda = device.type == "cuda"
    about = {
        "settings": settings.model_dump(mode="json"),
        "data": {path.as_posix(): sha256(path) for path in sorted(data)},
        "code": [sha256(file) for file in _loaded()],
        "torch": torch.__version__,
        "processor": torch.cuda.get_device_name(device) if cuda else _processor(),
        "device": device.type,
        "threads": threads,
    }
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _processor() -> list[str]:
    """What it is called, where Linux tells, and what torch uses of it: others round differently."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    model = next((line for line in lines if line.startswith("model name")), platform.processor())
    return [platform.machine(), model, torch.backends.cpu.get_cpu_capability()]


def _loaded() -> list[Path]:
    """The files of this project's modules that are imported, in the order of their names."""
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    return [Path(file) for name, file in sorted(files.items()) if file and name.partition(".")[0] in OURS]
