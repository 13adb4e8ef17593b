"""What the comparison is given of a variant."""

from dataclasses import dataclass

from hourglass.comparison.verdicts import counted
from hourglass.data import CORRUPTIONS
from hourglass.metrics import Figures
from hourglass.records import Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages
from hourglass.records.base import flat
from hourglass.settings.network import PcaSpec
from hourglass.settings.stages import Training

CODES = {"none": "", "relu": ", ReLU", "softmax": ", softmax", "gaussian": ", variational"}
"""What is said of a code, by its activation."""


@dataclass(frozen=True)
class VariantRecords:
    """How a variant was trained, and what the stages recorded of it.

    history: its losses, by epoch. learning: what became of the first test images, by epoch.
    """

    training: Training
    history: History
    learning: History
    evaluation: Evaluation
    evaluation_images: EvaluationImages
    analysis: LatentAnalysis
    latent_images: LatentImages

    @property
    def figures(self) -> Figures:
        """All numbers that were found of it, by dotted name."""
        return {**flat(self.evaluation.model_dump()), **flat(self.analysis.model_dump())}

    @property
    def about(self) -> str:
        """What it is, in the words of the field: network, code, what it is trained on and for how long."""
        network, train, corruption = self.training.network, self.training.train, self.training.corruption
        if isinstance(network, PcaSpec):
            kind, code = "principal components", ""
        else:
            kind = "convolutional" if network.encoder.convolutions else "fully connected"
            code = CODES[network.code]
        parts = [kind, counted(network.latent, "number") + code]
        parts.append("clean images" if corruption == "none" else f"images with {CORRUPTIONS[corruption].words}")
        if train is not None:
            parts.append(counted(train.epochs, "epoch"))
        return " · ".join(parts)

    @property
    def closed_form(self) -> bool:
        """Whether it took no epochs: PCA."""
        return self.training.train is None
