"""What became of the same test images as training went on."""

import torch
from torch import Tensor

from hourglass.classifier import Classifier
from hourglass.constants import COUNTED_FROM
from hourglass.evaluation.scores import image_errors
from hourglass.images import Images
from hourglass.records import History, Snapshots, ThroughTraining
from hourglass.training import collapsed


def verdicts(kept: Snapshots, classifier: Classifier) -> Tensor:
    """The class, uint8 (E, K), that the classifier sees in each of the K kept reconstructions after every epoch."""
    return torch.stack([classifier.classes(found) for found in kept.reconstructions])


def epoch_by_epoch(kept: Snapshots, seen: Tensor, originals: Images) -> History:
    """Error on [0, 1], `mse`, and share that kept its class, `label_accuracy`, of the kept reconstructions of every epoch.

    Measured against the first of the originals. seen: the `verdicts`.
    """
    count = seen.shape[1]
    images, labels = originals.images[:count], originals.labels[:count]
    mse = [image_errors(found, images).mean().item() for found in kept.reconstructions]
    label_accuracy = (seen == labels).double().mean(1).tolist()
    return History(range(1, len(mse) + 1), {"mse": mse, "label_accuracy": label_accuracy})


def through_training(learning: History, seen: Tensor, originals: Images, mean_image_mse: float) -> ThroughTraining:
    """What the record describes.

    learning, seen: as `epoch_by_epoch` and `verdicts` have them. mean_image_mse: error of the mean training image on
    the same originals.
    """
    first = min(COUNTED_FROM, len(seen))
    wrong = seen[first - 1 :] != originals.labels[: seen.shape[1]]
    return ThroughTraining(
        wrong_class=wrong.double().mean().item(),
        first_epoch=first,
        epochs=len(wrong),
        at_mean_image=sum(collapsed(mse, mean_image_mse) for mse in learning.columns["mse"] if mse is not None),
        first_image_wrong=int(wrong[:, 0].sum()),
    )
