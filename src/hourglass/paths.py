"""Where the stages leave things for each other, from the root of the repository."""

from pathlib import Path

from hourglass.errors import UserError

RAW = Path("data/raw")
IMAGES = Path("data/prepared/images")
INPUTS = Path("data/prepared/inputs")
CLASSIFIER = Path("data/classifier.safetensors")
SNAPSHOTS = Path("data/snapshots")
DATA = Path("data")
TRAIN = Path("data/train")
EVALUATE = Path("data/evaluate")
LATENT = Path("data/latent-analysis")
MODELS = Path("models")
METRICS = Path("metrics")
PLOTS = Path("plots")
PICTURES = Path("plots/pictures")
RESULTS = Path("results")
CHECKPOINTS = Path("checkpoints")
SWEEP_IMAGES = Path("data/sweep/images")
SWEEP_TRIALS = Path("data/sweep/trials")
SWEEP_TABLE = Path("metrics/sweep.csv")
SWEEP_PLOTS = Path("plots/sweep")


def other_results() -> list[Path]:
    """The folders of whole runs on other data sets, one each; what `make results` has half written is none."""
    return sorted(RESULTS.glob("[!.]*"))


def refuse_links() -> None:
    """Raises UserError where a folder above results is a symbolic link: DVC refuses it only once a stage has run.

    Not of `metrics`, where it does not mind.
    """
    kept = (
        RAW,
        IMAGES,
        INPUTS,
        CLASSIFIER,
        SNAPSHOTS / "*",
        TRAIN / "*",
        EVALUATE / "*",
        LATENT / "*",
        MODELS / "*",
        PICTURES / "*",
    )
    folders = dict.fromkeys(folder for place in kept for folder in reversed(place.parents))
    for folder in folders:
        if folder.is_symlink():
            raise UserError(
                f"{folder} is a symbolic link, but DVC keeps no results outside the repository; make it a folder again "
                "(what takes the room, DVC's cache, may be on another disk: `dvc cache dir /another/disk`)"
            )
