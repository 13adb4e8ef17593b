"""A hash of all that determines the result of a training run."""

import hashlib
import json
import platform
from pathlib import Path

import torch

from hourglass.files import sha256
from hourglass.paths import IMAGES, INPUTS
from hourglass.settings.stage_configs import TrainConfig

SOURCE = Path(__file__).parents[1]
CODE = ("corruptions", "images.py", "losses", "models", "randomness.py", "training")


def identity(config: TrainConfig, device: torch.device, threads: int) -> str:
    """Return the SHA-256 of settings, data, code, torch version and hardware."""
    data = [*IMAGES.glob("*.safetensors"), *(INPUTS / config.corruption).glob("*.safetensors")]
    code = [file for name in CODE for file in (SOURCE / name, *(SOURCE / name).rglob("*.py")) if file.is_file()]
    about = {
        "settings": config.model_dump(mode="json"),
        "data": {path.as_posix(): sha256(path) for path in sorted(data)},
        "code": [sha256(file) for file in sorted(code)],
        "torch": torch.__version__,
        "processor": torch.cuda.get_device_name(device) if device.type == "cuda" else _processor(),
        "device": device.type,
        "threads": threads,
    }
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def _processor() -> list[str]:
    """Return the model, if Linux reports it, and the instruction set that torch uses; both affect rounding."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    model = next((line for line in lines if line.startswith("model name")), platform.processor())
    return [platform.machine(), model, torch.backends.cpu.get_cpu_capability()]
