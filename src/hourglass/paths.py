"""Paths of stage outputs and other generated files, relative to the repository root."""

from pathlib import Path

from hourglass.errors import UserError

DATA = Path("data")
RAW = Path("data/raw")
IMAGES = Path("data/prepared/images")
INPUTS = Path("data/prepared/inputs")
OUTLIERS = Path("data/prepared/outliers.safetensors")
CLASSIFIER = Path("data/classifier.safetensors")
SNAPSHOTS = Path("data/snapshots")
TRAIN = Path("data/train")
EVALUATE = Path("data/evaluate")
LATENT = Path("data/latent-analysis")
MODELS = Path("models")
METRICS = Path("metrics")
PLOTS = Path("plots")
PICTURES = Path("plots/pictures")
RESULTS = Path("results")
PRETRAINED = Path("pretrained")
CHECKPOINTS = Path("checkpoints")
SWEEP_IMAGES = Path("data/sweep/images")
SWEEP_TRIALS = Path("data/sweep/trials")
SWEEP_TABLE = Path("metrics/sweep.csv")
SIMILARITY_TABLE = Path("metrics/similarity.csv")
SWEEP_PLOTS = Path("plots/sweep")
PUBLISHED_TABLE = Path("metrics/published.csv")
PUBLISHED_PAGE = Path("docs/published.md")


def refuse_links() -> None:
    """Raise UserError if an output folder is a symbolic link, because DVC would report the link only after a run."""
    for folder in (DATA, IMAGES.parent, SNAPSHOTS, TRAIN, EVALUATE, LATENT, MODELS, PLOTS, PICTURES):
        if folder.is_symlink():
            raise UserError(
                f"{folder} is a symbolic link, but DVC needs outputs inside the repository; replace it by a folder "
                "(to use another disk, move DVC's cache: `dvc cache dir /another/disk`)"
            )
