"""What the comparison is given of a variant."""

from dataclasses import dataclass

from hourglass.records import Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages
from hourglass.records.base import flat
from hourglass.settings.stage_configs import TrainConfig


@dataclass(frozen=True)
class VariantRecords:
    """How a variant was trained, and what the stages recorded of it.

    history: its losses, by epoch. learning: what became of the first test images, by epoch.
    """

    training: TrainConfig
    history: History
    learning: History
    evaluation: Evaluation
    evaluation_images: EvaluationImages
    analysis: LatentAnalysis
    latent_images: LatentImages

    @property
    def figures(self) -> dict[str, float]:
        """All numbers that were found of it, by flatten name."""
        return {**flat(self.evaluation.model_dump()), **flat(self.analysis.model_dump())}

    @property
    def closed_form(self) -> bool:
        """Whether it took no epochs: PCA."""
        return self.training.train is None
