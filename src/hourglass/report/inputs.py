"""What the report is made from: the records of every variant, baselines, test images and the results of a sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from torch import Tensor

from hourglass import metrics
from hourglass.datasets import DATASETS
from hourglass.images import Images
from hourglass.records import Baselines, Curve, Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages
from hourglass.records.sweep import TrialResult
from hourglass.settings.stage_configs import CompareConfig, TrainConfig
from hourglass.stats import Runs

LOSSES = {"training": "train_mse", "test": "test_mse"}
"""Columns of a training history with the mean squared error on [0, 1], by set of images."""


@dataclass(frozen=True)
class VariantRecords:
    """Training settings of one variant and everything that the stages recorded of it.

    Attributes:
        config: training settings.
        history: losses by epoch.
        learning: metrics of the snapshots by epoch.
        evaluation: metrics on the test set.
        evaluation_images: reconstructions of test images and values per image.
        latent: metrics of the latent space.
        latent_images: codes and decoded images.
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
        """Whether the variant is fitted without epochs, as PCA is."""
        return self.config.train is None

    def curve(self, column: str) -> Curve:
        """Return (epoch, value) where a column of the training history or of the snapshots' metrics was measured.

        The curve is empty if there is no such column. A closed form has no epochs: its one value has epoch 0.
        """
        history = self.history if column in self.history.columns else self.learning
        cells = zip(history.epochs, history.columns.get(column, ()), strict=False)
        return [(0 if self.closed_form else epoch, value) for epoch, value in cells if value is not None]


@dataclass(frozen=True)
class SweepResults:
    """Results of a sweep on the data set of the comparison.

    Attributes:
        trials: one row per run.
        configs: by key of a trial, a hash of its training settings without the seed.
        pictures: PNG files by name.
    """

    trials: Sequence[TrialResult] = ()
    configs: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportInputs:
    """Everything that the comparison is made from.

    Attributes:
        config: data set, seed and overrides of the run.
        variants: records by variant, in the order of the report.
        baselines: metrics of the baselines.
        test: test images.
        corrupted: the test images under every tested corruption, uint8 (N, H, W), by name.
        data_sha256: hash of the file of training images.
        sweep: results of a sweep on the same data set.
        sgd: sentences about gradient descent methods.
    """

    config: CompareConfig
    variants: Mapping[str, VariantRecords]
    baselines: Baselines
    test: Images
    corrupted: Mapping[str, Tensor]
    data_sha256: str
    sweep: SweepResults = SweepResults()
    sgd: Sequence[str] = ()

    @property
    def title(self) -> str:
        """What was run, such as `MNIST latent=2`."""
        return self.config.named(DATASETS[self.config.dataset].title)

    @property
    def first(self) -> VariantRecords:
        """The records of one variant, for what all variants have in common."""
        return next(iter(self.variants.values()))

    @cached_property
    def runs(self) -> dict[str, Runs]:
        """Metrics of each variant's run, and of the runs of the sweep that differ from it in their seed alone."""
        return {name: self._runs(records) for name, records in self.variants.items()}

    def _runs(self, records: VariantRecords) -> Runs:
        config = records.config.hash_without_seed()
        trials = [trial for trial in self.sweep.trials if trial.results and self.sweep.configs.get(trial.key) == config]
        seeds = {trial.seed: metrics.row(trial.results, self.baselines) for trial in trials}
        recorded = {**records.evaluation.metrics, **records.latent.metrics, "collapsed": records.evaluation.collapsed}
        row, per_image = metrics.row(recorded, self.baselines), records.evaluation_images.per_image
        return Runs(row, dict(sorted(seeds.items())), per_image, records.closed_form)
