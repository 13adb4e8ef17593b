"""Lines between codes, class means and mixtures."""

import pytest
import torch

from hourglass import latent, models
from hourglass.images import Images
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator


def _model() -> models.Model:
    return models.build(NetworkSpec(latent=6, encoder=Encoder(dense=(16,)))).eval()


def test_a_line_begins_and_ends_with_the_reconstructions_and_has_the_decoded_mean_in_its_middle(digits: Images) -> None:
    model, images = _model(), digits.images[:6]
    codes = models.encode(model, images)
    lines = latent.lines(codes[:3], codes[3:], 5)
    assert lines.shape == (3, 5, 6)
    decoded = models.decode(model, lines.flatten(0, 1)).unflatten(0, (3, 5))
    assert torch.allclose(decoded[:, 0], models.reconstruct(model, images[:3]), atol=1e-6)
    assert torch.allclose(decoded[:, -1], models.reconstruct(model, images[3:]), atol=1e-6)
    middle = models.decode(model, (codes[:3] + codes[3:]) / 2)
    assert torch.allclose(decoded[:, 2], middle, atol=1e-6)


def test_a_line_is_evenly_spaced_and_exact_at_its_ends() -> None:
    start, end = torch.randn(2, 4, 3, generator=generator(0, "ends"))
    lines = latent.lines(start, end, 9)
    assert torch.equal(lines[:, 0], start)
    assert torch.equal(lines[:, -1], end)
    steps = lines.diff(dim=1)
    assert torch.allclose(steps, ((end - start) / 8)[:, None].expand_as(steps), atol=1e-6)


def test_pairs_are_of_one_class_and_then_of_two_and_those_of_their_seed(digits: Images) -> None:
    labels = digits.labels
    pairs = latent.pairs(labels, 3, 4, generator(0, "pairs"))
    assert len(pairs) == 7
    classes = [(int(labels[a]), int(labels[b])) for a, b in pairs]
    assert all(a == b for a, b in classes[:3])
    assert len({a for a, _ in classes[:3]}) == 3
    assert len({label for pair in classes[3:] for label in pair}) == 8
    assert all(a != b for a, b in pairs)
    first = digits.first_of_each_class()
    assert all(first[label] == a for (a, _), (label, _) in zip(pairs, classes, strict=True))
    assert pairs == latent.pairs(labels, 3, 4, generator(0, "pairs"))
    assert pairs != latent.pairs(labels, 3, 4, generator(1, "pairs"))


def test_there_are_fewer_pairs_where_there_are_fewer_classes() -> None:
    labels = torch.tensor([2, 2, 7], dtype=torch.uint8)
    assert latent.pairs(labels, 3, 4, generator(0, "pairs"))[:1] == [(0, 1)]
    assert sorted(latent.pairs(labels, 3, 4, generator(0, "pairs"))[1]) == [0, 2]


def test_mixtures_have_the_class_means_on_the_diagonal_and_are_symmetric() -> None:
    codes = torch.randn(200, 5, generator=generator(0, "codes"))
    labels = torch.arange(200).remainder(10).byte()
    means = latent.class_means(codes, labels, 10)
    assert means[3].tolist() == pytest.approx(codes[3::10].mean(dim=0).tolist(), abs=1e-6)
    mixtures = latent.mixtures(means)
    assert mixtures.shape == (10, 10, 5)
    assert torch.equal(mixtures.diagonal().T, means)
    assert torch.equal(mixtures, mixtures.transpose(0, 1))
    assert torch.allclose(mixtures[2, 7], (means[2] + means[7]) / 2)
