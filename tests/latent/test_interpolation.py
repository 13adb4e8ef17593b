"""Test interpolations between codes, class means and their mixtures."""

import pytest
import torch

from hourglass import models
from hourglass.images import Images
from hourglass.latent.interpolation import class_means, lines, mixtures, select_pairs
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator


def test_decoded_interpolation_starts_and_ends_with_the_reconstructions(digits: Images) -> None:
    model, images = models.build(NetworkSpec(latent=6, encoder=Encoder(dense=(16,)))).eval(), digits.images[:6]
    codes = models.encode(model, images)
    decoded = models.decode(model, lines(codes[:3], codes[3:], 5).flatten(0, 1)).unflatten(0, (3, 5))
    assert torch.allclose(decoded[:, 0], models.reconstruct(model, images[:3]), atol=1e-6)
    assert torch.allclose(decoded[:, -1], models.reconstruct(model, images[3:]), atol=1e-6)
    assert torch.allclose(decoded[:, 2], models.decode(model, (codes[:3] + codes[3:]) / 2), atol=1e-6)


def test_lines_are_evenly_spaced_and_exact_at_both_ends() -> None:
    start, end = torch.randn(2, 4, 3, generator=generator(0, "ends"))
    codes = lines(start, end, 9)
    assert torch.equal(codes[:, 0], start)
    assert torch.equal(codes[:, -1], end)
    steps = codes.diff(dim=1)
    assert torch.allclose(steps, ((end - start) / 8)[:, None].expand_as(steps), atol=1e-6)


def test_pairs_are_the_first_images_of_distinct_classes_and_follow_the_seed(digits: Images) -> None:
    labels = digits.labels
    pairs = select_pairs(labels, 3, 4, generator(0, "pairs"))
    classes = [(int(labels[a]), int(labels[b])) for a, b in pairs]
    assert len(pairs) == 7
    assert all(a != b for a, b in pairs)
    assert all(a == b for a, b in classes[:3])
    assert len({a for a, _ in classes[:3]}) == 3
    assert len({label for pair in classes[3:] for label in pair}) == 8
    first = digits.first_of_each_class()
    assert all(first[label] == a for (a, _), (label, _) in zip(pairs, classes, strict=True))
    assert pairs == select_pairs(labels, 3, 4, generator(0, "pairs"))
    assert pairs != select_pairs(labels, 3, 4, generator(1, "pairs"))


def test_few_classes_give_few_pairs() -> None:
    pairs = select_pairs(torch.tensor([2, 2, 7], dtype=torch.uint8), 3, 4, generator(0, "pairs"))
    assert pairs[0] == (0, 1)
    assert [sorted(pair) for pair in pairs[1:]] == [[0, 2]]


def test_mixtures_are_symmetric_with_the_class_means_on_the_diagonal() -> None:
    codes = torch.randn(200, 5, generator=generator(0, "codes"))
    means = class_means(codes, torch.arange(200).remainder(10).byte(), 10)
    assert means[3].tolist() == pytest.approx(codes[3::10].mean(dim=0).tolist(), abs=1e-6)
    mixed = mixtures(means)
    assert torch.equal(mixed.diagonal().T, means)
    assert torch.equal(mixed, mixed.transpose(0, 1))
    assert torch.allclose(mixed[2, 7], (means[2] + means[7]) / 2)
