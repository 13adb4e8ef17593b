"""The best and the worst images, each over its reconstruction."""

import torch

from hourglass.figures.extremes import Extremes, best_and_worst


def test_every_image_is_over_its_reconstruction_with_its_class_and_its_error() -> None:
    images = torch.linspace(0, 1, 10)[:, None, None, None].expand(10, 1, 28, 28)
    classes = tuple("0123456789")
    group = Extremes(images, 1 - images, classes, torch.linspace(0.01, 0.1, 10))
    figure = best_and_worst({"the best": group, "the worst": group}, "what it does", "in words")
    assert [ax.get_title() for ax in figure.axes] == ["the best", "the worst"]
    for ax in figure.axes:
        assert [label.get_text() for label in ax.get_yticklabels()] == ["test image", "reconstruction"]
        assert [label.get_text() for label in ax.child_axes[0].get_xticklabels()] == list(classes)
        assert [label.get_text() for label in ax.get_xticklabels()][::9] == ["0.0100", "0.1000"]
        above, below = (ax.images[0].get_array()[middle, 15::30] for middle in (15, 45))
        assert torch.allclose(torch.from_numpy(above), torch.linspace(0, 1, 10))
        assert torch.allclose(torch.from_numpy(below), torch.linspace(1, 0, 10))
