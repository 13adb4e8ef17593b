"""Where the stages leave things for each other, from the root of the repository."""

from pathlib import Path

RAW = Path("data/raw")
IMAGES = Path("data/prepared/images")
INPUTS = Path("data/prepared/inputs")
JUDGE = Path("data/judge.safetensors")
KEPT = Path("data/kept")
EVALUATION = Path("data/evaluation")
LATENT = Path("data/latent")
MODELS = Path("models")
METRICS = Path("metrics")
PLOTS = Path("plots")
PICTURES = Path("plots/pictures")
CHECKPOINTS = Path("checkpoints")
