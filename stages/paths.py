"""Where the stages leave things for each other."""

from pathlib import Path

RAW = Path("data/raw")
IMAGES = Path("data/prepared/images")
INPUTS = Path("data/prepared/inputs")
JUDGE = Path("data/judge.safetensors")
KEPT = Path("data/kept")
DECODED = Path("data/decoded")
MODELS = Path("models")
METRICS = Path("metrics")
PLOTS = Path("plots")
