"""Training of one model: data, loop, state and recorded results.

Example:
    >>> data = TrainingData.load(config, IMAGES, INPUTS)
    >>> model = models.build(config.network, data.shape, config.seed)
    >>> for record in training.run(model, data, config.train, config.loss, config.seed, torch.device("cpu")):
    ...     print(record.epoch, record.test_mse)
"""

from hourglass.training.data import TrainingData
from hourglass.training.device import choose_device
from hourglass.training.loop import EpochRecord, run
from hourglass.training.recorder import TrainingRecorder, summary_text

__all__ = ["EpochRecord", "TrainingData", "TrainingRecorder", "choose_device", "run", "summary_text"]
