"""Trials of a sweep, and the cache keys of trial results."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from hourglass.files import sha256
from hourglass.records.sweep import Results, TrialResult
from hourglass.settings.stage_configs import SweepConfig, TrainConfig, short_hash

SOURCE = Path(__file__).resolve().parents[1]

# packages that decide the weights of a trained network, and its metrics on the test set
TRAINED_BY = (
    "corruptions/{corruption}.py corruptions/base.py losses/{loss}.py losses/base.py "
    "images.py models randomness.py training"
)
MEASURED_BY = (
    "classifier.py corruptions datasets/fashion_mnist.py datasets/mnist.py datasets/preparation.py evaluation "
    "images.py latent losses metrics models randomness.py samplers.py"
)


@dataclass(frozen=True)
class Trial:
    """Training run of a sweep grid, and the evaluation of the trained model.

    `sigma` is the standard deviation of the Gaussian training noise, such as `0.3` or `0.1–0.5`, or empty if training
    does not use Gaussian noise. `images` holds the SHA-256 of each image file, keyed by split. `label` is the class
    whose images are used for training, or None for all classes. `likelihood` is the number of importance samples for
    the estimate of −log p, or None if it is not estimated.
    """

    grid: str
    dataset: str
    variant: str
    sigma: str
    settings: TrainConfig
    sweep: SweepConfig
    images: Mapping[str, str]
    label: int | None = None
    likelihood: int | None = None

    @cached_property
    def training_key(self) -> str:
        """The cache key of the weights: a hash of settings, data and code, independent of the processor type."""
        settings = self.settings
        code = _code_hashes(TRAINED_BY.format(corruption=settings.corruption, loss=settings.loss))
        # the sweep's seed decides the noise of the test loss
        only = () if self.label is None else (self.label,)
        return short_hash(settings.model_dump(mode="json"), self.sweep.seed, dict(self.images), code, *only)

    @cached_property
    def key(self) -> str:
        """The cache key of the trial's metrics.

        The key includes the settings of the classifier instead of its weights, which differ between processor types.
        """
        sweep = self.sweep
        classifier = sweep.classifier.model_dump(mode="json")
        only = [self.likelihood] if self.likelihood else []  # so that keys of other trials do not change
        measured_with = [sweep.seed, sweep.strengths, sweep.sweep.noise, classifier, sweep.libraries, *only]
        return short_hash(self.training_key, measured_with, _code_hashes(MEASURED_BY))

    @property
    def epochs(self) -> int:
        """The number of training epochs, or 1 for a model fitted in closed form."""
        return self.settings.train.epochs if self.settings.train else 1

    @property
    def name(self) -> str:
        """The name of the trial in messages, such as `fashion_mnist linear latent=8 epochs=50 seed=1`."""
        sigma = f" sigma={self.sigma}" if self.sigma else ""
        epochs = f" epochs={self.epochs}" if self.settings.train else ""
        latent, seed = self.settings.network.latent, self.settings.seed
        return f"{self.subset} {self.variant} latent={latent}{sigma}{epochs} seed={seed}"

    @property
    def subset(self) -> str:
        """The name of the data set, followed by the class if training uses only one class, such as `mnist:3`."""
        return self.dataset if self.label is None else f"{self.dataset}:{self.label}"

    def result(self, results: Results) -> TrialResult:
        """Return the trial's row in the table of sweep results. `results` is empty if the trial failed."""
        latent, seed = self.settings.network.latent, self.settings.seed
        place = (self.grid, self.subset, self.variant, latent, self.sigma, self.epochs, seed)
        return TrialResult(*place, key=self.key, results=results)


def trials(sweep: SweepConfig, images: Mapping[str, Mapping[str, str]]) -> list[Trial]:
    """Return all trials of a sweep on the data sets in `images`.

    Trials are ordered by grid and, within a grid, by the values in its lists. The seed varies fastest, or the class
    if the grid sets `one_class`. `images` holds the SHA-256 of each image file, keyed by data set and then by split.
    """
    planned = []
    for name, grid in sweep.sweep.grids.items():
        for cell in grid.cells(tuple(sweep.variants)):
            if cell.dataset not in images:
                continue
            variant = cell.apply(sweep.variants[cell.variant], sweep.images[cell.dataset].count)
            strengths = dict(sweep.strengths)
            if isinstance(cell.sigma, tuple):
                strengths |= dict(zip(("sigma_low", "sigma_high"), cell.sigma, strict=True))
            elif cell.sigma is not None:
                strengths["sigma"] = cell.sigma
            # a closed form draws nothing: one seed is enough
            for seed in grid.seeds if variant.train else grid.seeds[:1]:
                settings = TrainConfig.of(variant, sweep.images[cell.dataset].shape, seed, strengths, sweep.fresh)
                sigma = "–".join(f"{value:g}" for key, value in settings.strengths.items() if key.startswith("sigma"))
                trial = Trial(name, cell.dataset, cell.variant, sigma, settings, sweep, images[cell.dataset])
                labels = range(sweep.images[cell.dataset].classes) if grid.one_class else (None,)
                planned += [replace(trial, label=label, likelihood=grid.likelihood) for label in labels]
    return planned


@cache
def _code_hashes(names: str) -> list[str]:
    """Return one line `<path> <SHA-256>` per Python file in `names`, a space-separated list of files and folders."""
    paths = [SOURCE / name for name in names.split()]
    files = [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    return [f"{file.relative_to(SOURCE).as_posix()} {sha256(file)}" for file in files]
