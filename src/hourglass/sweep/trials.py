"""What a sweep is to train, and what each result follows from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hourglass.files import sha256
from hourglass.settings.grids import Sigma
from hourglass.settings.stage_configs import SweepConfig, TrainConfig, short_hash

SOURCE = Path(__file__).resolve().parents[1]

TRAINED_BY = (
    "corruptions/{corruption}.py",
    "corruptions/base.py",
    "images.py",
    "losses/{loss}.py",
    "losses/base.py",
    "models",
    "randomness.py",
    "training",
)
"""The packages that decide what a network is trained to."""

MEASURED_BY = (
    "classifier.py",
    "corruptions",
    "evaluation",
    "images.py",
    "latent",
    "losses",
    "metrics",
    "models",
    "randomness.py",
)
"""The packages that decide its metrics on the test set."""


@dataclass(frozen=True)
class Trial:
    """One training in a grid, and the measuring that follows.

    sigma: of the Gaussian noise that it is trained with; None without. images: the hashes of the data set's files.
    """

    grid: str
    dataset: str
    variant: str
    sigma: Sigma | None
    settings: TrainConfig
    sweep: SweepConfig
    images: Mapping[str, str]

    @cached_property
    def training_key(self) -> str:
        """A hash of all that the trained network follows from, but for the processor."""
        settings = self.settings
        files = [name.format(corruption=settings.corruption, loss=settings.loss) for name in TRAINED_BY]
        # the test images that it is tested on while it is trained are drawn from the sweep's seed
        return short_hash(settings.model_dump(mode="json"), self.sweep.seed, dict(self.images), _code(tuple(files)))

    @cached_property
    def key(self) -> str:
        """A hash of all that the row in the table follows from, but for the processor.

        Of the classifier, which another processor trains to other last digits, it has what that is trained by.
        """
        sweep = self.sweep
        told = [
            sweep.seed,
            sweep.strengths,
            sweep.sweep.noise,
            sweep.classifier.model_dump(mode="json"),
            sweep.libraries,
        ]
        return short_hash(self.training_key, told, _code(MEASURED_BY))

    @property
    def epochs(self) -> int:
        """Of a closed form, one."""
        return self.settings.train.epochs if self.settings.train else 1

    @property
    def name(self) -> str:
        """For people: `fashion_mnist linear latent=8 seed=1`."""
        sigma = "" if self.sigma is None else f" sigma={sigma_in_words(self.sigma)}"
        epochs = f" epochs={self.epochs}" if self.settings.train else ""
        return f"{self.dataset} {self.variant} latent={self.settings.network.latent}{sigma}{epochs} seed={self.seed}"

    @property
    def seed(self) -> int:
        return self.settings.seed


def sigma_in_words(sigma: Sigma) -> str:
    """0.3, or 0.1–0.5 where it is drawn for every image."""
    return f"{sigma[0]:g}–{sigma[1]:g}" if isinstance(sigma, tuple) else f"{sigma:g}"


def trials(sweep: SweepConfig, images: Mapping[str, Mapping[str, str]]) -> list[Trial]:
    """Grid by grid, in the order of its lists, the seeds last; a closed form, which draws nothing, once.

    images: of each data set whose trials are wanted, the hashes of its files.
    """
    return list(_trials(sweep, images))


def _trials(sweep: SweepConfig, images: Mapping[str, Mapping[str, str]]) -> Iterator[Trial]:
    for name, grid in sweep.sweep.grids.items():
        for cell in grid.cells(tuple(sweep.variants)):
            if cell.dataset not in images:
                continue
            variant = cell.apply(sweep.variants[cell.variant])
            strengths = dict(sweep.strengths)
            if isinstance(cell.sigma, tuple):
                strengths |= dict(zip(("sigma_low", "sigma_high"), cell.sigma, strict=True))
            elif cell.sigma is not None:
                strengths["sigma"] = cell.sigma
            for seed in grid.seeds if variant.train else grid.seeds[:1]:
                settings = TrainConfig.of(variant, seed, strengths, sweep.fresh)
                sigma = cell.sigma if cell.sigma is not None else settings.strengths.get("sigma")
                yield Trial(name, cell.dataset, cell.variant, sigma, settings, sweep, images[cell.dataset])


_hashes: dict[tuple[str, ...], list[str]] = {}


def _code(names: tuple[str, ...]) -> list[str]:
    """The hashes of the project's files of these names, and of those in folders of these names."""
    if names not in _hashes:
        found = [path for name in names for path in _files(SOURCE / name)]
        _hashes[names] = [f"{path.relative_to(SOURCE).as_posix()} {sha256(path)}" for path in found]
    return _hashes[names]


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
