"""Inputs of the report: records of every variant, baselines, test images and sweep results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from torch import Tensor

from hourglass import datasets, metrics
from hourglass.images import Images
from hourglass.records import Baselines, Curve, Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages
from hourglass.records.similarity import SeedSimilarity
from hourglass.records.sweep import TrialResult
from hourglass.settings.stage_configs import CompareConfig, TrainConfig
from hourglass.stats import Runs

LOSSES = {"training": "train_mse", "test": "test_mse"}
"""Columns of the training history that hold the mean squared error (pixels in [0, 1]), keyed by image set."""


@dataclass(frozen=True)
class VariantRecords:
    """Training settings and all recorded results of one variant.

    Attributes:
        config: training settings.
        history: training and test losses after each epoch.
        learning: metrics of test image reconstructions after each epoch.
        evaluation: metrics on the test set.
        evaluation_images: reconstructions and per-image results on the test set.
        latent: metrics of the latent space.
        latent_images: latent codes, and images decoded from codes.
    """

    config: TrainConfig
    history: History
    learning: History
    evaluation: Evaluation
    evaluation_images: EvaluationImages
    latent: LatentAnalysis
    latent_images: LatentImages

    @property
    def closed_form(self) -> bool:
        """Whether the variant is fitted in closed form, like PCA, instead of being trained over epochs."""
        return self.config.train is None

    def curve(self, column: str) -> Curve:
        """Return a history column as (epoch, value) points, omitting missing values.

        The column is looked up in `history` and then in `learning`. The result is empty if neither has the column. A
        closed-form variant has a single point, at epoch 0.
        """
        history = self.history if column in self.history.columns else self.learning
        cells = zip(history.epochs, history.columns.get(column, ()), strict=False)
        return [(0 if self.closed_form else epoch, value) for epoch, value in cells if value is not None]


@dataclass(frozen=True)
class SweepResults:
    """Sweep results for the data set of the report.

    Attributes:
        trials: settings and results of each trial.
        configs: hash of the settings of each trial, keyed by the trial's `key`. Trials that differ only in the seed
            have the same hash. It is empty for trials trained on a single class.
        pictures: contents of the PNG figures, keyed by file name without suffix.
        similarity: similarity of codes between variants, and between seeds of one variant.
    """

    trials: Sequence[TrialResult] = ()
    configs: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    similarity: Sequence[SeedSimilarity] = ()


@dataclass(frozen=True)
class ReportInputs:
    """Settings, records and images from which the report is built.

    Attributes:
        config: settings of the comparison, such as data set, seed and overrides.
        variants: records of each variant, keyed by variant name, in the order of the report.
        baselines: metrics of the baselines.
        test: test images.
        corrupted: test images under each tested corruption, uint8 (N, C, H, W), keyed by corruption name.
        training_images: number of training images.
        data_sha256: SHA-256 of the training image file.
        sweep: results of a sweep on the same data set.
        sgd: paragraphs that describe the results of the gradient descent methods.
        pictures: contents of the PNG figures of variants and gradient descent, keyed by path, such as `linear/pairs`.
    """

    config: CompareConfig
    variants: Mapping[str, VariantRecords]
    baselines: Baselines
    test: Images
    corrupted: Mapping[str, Tensor]
    training_images: int
    data_sha256: str
    sweep: SweepResults = SweepResults()
    sgd: Sequence[str] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Title of the data set, followed by overridden settings, as in `MNIST latent=2`."""
        return self.config.named(datasets.title(self.config.dataset))

    @property
    def outliers(self) -> dict[str, str]:
        """Descriptions of the measured kinds of outliers, such as `test images of MNIST`, keyed by kind."""
        known = datasets.DATASETS.get(self.config.dataset)
        names = {"other": f"test images of {datasets.title(known.other)}"} if known and known.other else {}
        measured = self.first.evaluation_images.outlier_errors
        return {kind: names.get(kind, text) for kind, text in metrics.OUTLIERS.items() if kind in measured}

    @property
    def first(self) -> VariantRecords:
        """Records of the first variant, used for values that all variants share."""
        return next(iter(self.variants.values()))

    @cached_property
    def runs(self) -> dict[str, Runs]:
        """Metrics of the pipeline run and all sweep runs with the same settings except the seed, keyed by variant."""
        return {name: self._runs(records) for name, records in self.variants.items()}

    @cached_property
    def grids(self) -> dict[str, dict[str, Runs]]:
        """Metrics of the sweep runs of the compared variants, keyed by grid and then by variant.

        If several runs have the same seed, as in a grid over latent dimensions, only the first is included. Runs
        trained on a single class are omitted.
        """
        grids: dict[str, dict[str, Runs]] = {}
        for trial in self.sweep.trials:
            if trial.results and trial.variant in self.variants and not trial.one_class:
                pairing = self.runs[trial.variant].pairing
                runs = grids.setdefault(trial.grid, {}).setdefault(trial.variant, Runs({}, {}, pairing=pairing))
                seeds = {trial.seed: trial.results, **runs.seeds}
                grids[trial.grid][trial.variant] = replace(runs, seeds=seeds)
        return grids

    def _runs(self, records: VariantRecords) -> Runs:
        config = records.config.hash_without_seed()
        trials = [trial for trial in self.sweep.trials if trial.results and self.sweep.configs.get(trial.key) == config]
        seeds = {trial.seed: metrics.row(self._completed(records, trial.results), self.baselines) for trial in trials}
        recorded = {**records.evaluation.metrics, **records.latent.metrics, "collapsed": records.evaluation.collapsed}
        row, per_image = metrics.row(recorded, self.baselines), records.evaluation_images.per_image
        return Runs(row, dict(sorted(seeds.items())), per_image, records.closed_form, records.config.hash_of_pairing())

    @staticmethod
    def _completed(records: VariantRecords, results: Mapping[str, float]) -> Mapping[str, float]:
        """Return `results`, with Fréchet distances copied to in-domain keys if the training images are clean."""
        if records.config.corruption != "none":
            return results
        return {f"in_domain_{key}": of for key, of in results.items() if key.startswith("frechet_")} | dict(results)
