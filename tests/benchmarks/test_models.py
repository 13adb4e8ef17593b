"""pythae's own models agree with this project's, where both have the same loss."""

from math import prod
from pathlib import Path

import pytest
import torch
from shapes import IMAGE

from benchmarks.models import ENGINES, PAIRS, Task, measure
from hourglass import classifier, models
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES
from hourglass.paths import CLASSIFIER


@pytest.mark.filterwarnings("ignore")  # of pythae
@pytest.mark.parametrize("name", PAIRS)
def test_losses_and_gradients_equal_those_of_pythae(name: str, digits: Images) -> None:
    pytest.importorskip("pythae", reason="installed in the benchmark environment only")
    from benchmarks.with_pythae import own_model  # noqa: PLC0415

    pair, images = PAIRS[name], to_float(digits.images[:12])
    model = models.build(pair.network, IMAGE, seed=3)
    torch.manual_seed(4)
    expected, terms = LOSSES[pair.loss](model, images, images, torch.default_generator, **pair.settings)
    pythae = own_model(name, pair.options, model)
    torch.manual_seed(4)
    actual = pythae({"data": images}).loss
    if name == "AE":  # summed over pixels
        actual = actual / prod(IMAGE)
    if name == "RAE_L2":  # the optimizer's weight decay, as a penalty
        weights = torch.stack([part.square().sum() for part in model.decoder.parameters()])
        actual = actual + pair.options["reg_weight"] / 2 * weights.sum()
    if name != "IWAE":  # whose loss in pythae has the gradient of the bound, but not its value
        assert actual.item() == pytest.approx(expected.item(), rel=1e-5)
    parameters = dict(model.named_parameters())
    gradients = [torch.autograd.grad(loss, list(parameters.values())) for loss in (expected, actual)]
    for key, ours, theirs in zip(parameters, *gradients, strict=True):
        assert (ours - theirs).abs().max() <= 1e-4 * ours.abs().max(), key
    assert ("codebook" in terms) == (name == "VQVAE")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ENGINES)
def test_models_are_scored_in_their_own_process(engine: str, workspace: Path) -> None:
    if engine == "pythae":
        pytest.importorskip("pythae", reason="installed in the benchmark environment only")
    test = Images.load(workspace / "data/prepared/images/test.safetensors")
    classifier.save(classifier.build(test.shape, len(test.classes), 0), workspace / CLASSIFIER)
    scores = measure(Task("IWAE", engine, images=300, epochs=3, seed=0, threads=1))
    assert list(scores) == ["seconds", "test_mse", "frechet", "negative_bound", "negative_log_likelihood"]
    assert 0 < scores["test_mse"] < 0.2
    assert scores["negative_bound"] > 100
