"""Interpolations, and the images between two codes."""

import torch

from hourglass.images import Images
from hourglass.latent.interpolation import lines, select_pairs
from hourglass.metrics.generation import lines_between, lines_within
from hourglass.randomness import generator


def test_interpolations_are_evenly_spaced_and_exact_at_their_ends() -> None:
    start, end = torch.randn(2, 4, 3, generator=generator(0, "ends"))
    codes = lines(start, end, 9)
    assert torch.equal(codes[:, 0], start)
    assert torch.equal(codes[:, -1], end)
    steps = codes.diff(dim=1)
    assert torch.allclose(steps, ((end - start) / 8)[:, None].expand_as(steps), atol=1e-6)


def test_pairs_are_the_first_images_of_one_class_and_then_of_two(digits: Images) -> None:
    pairs = select_pairs(digits.labels, 3, 4, generator(0, "pairs"))
    classes = [(int(digits.labels[a]), int(digits.labels[b])) for a, b in pairs]
    assert [a == b for a, b in classes] == [True] * 3 + [False] * 4
    assert len({a for a, _ in classes[:3]}) == 3
    assert len({label for pair in classes[3:] for label in pair}) == 8
    assert all(a != b for a, b in pairs)
    first = digits.first_of_each_class()
    assert all(first[label] == a for (a, _), (label, _) in zip(pairs, classes, strict=True))
    assert pairs == select_pairs(digits.labels, 3, 4, generator(0, "pairs"))
    assert pairs != select_pairs(digits.labels, 3, 4, generator(1, "pairs"))


def test_few_classes_give_fewer_pairs() -> None:
    same, different = select_pairs(torch.tensor([2, 2, 7], dtype=torch.uint8), 3, 4, generator(0, "pairs"))
    assert (same, sorted(different)) == ((0, 1), [0, 2])


def test_images_between_two_codes_are_counted_without_the_ends() -> None:
    predictions = torch.tensor([[5, 7], [5, 9], [1, 1]]).byte()
    assert lines_within(predictions[:2], torch.tensor([[5, 5], [5, 5]])) == 0.5
    assert lines_between(predictions, torch.tensor([[5, 6], [5, 9], [2, 3]])) == 0.5
