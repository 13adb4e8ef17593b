"""Tests of the variants' colours: contrast with white, and differences for any colour vision."""

from itertools import combinations

import pytest
from matplotlib.colors import to_rgb

from hourglass import palette


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(colour)]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", palette.VARIANTS)
def test_every_colour_has_enough_contrast_with_white(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_colours_differ_without_red_and_green() -> None:
    def visible(colour: str) -> tuple[float, float]:
        """Return lightness, and blue against yellow."""
        red, green, blue = to_rgb(colour)
        return luminance(colour) ** (1 / 3), blue - (red + green) / 2

    for a, b in combinations(map(visible, palette.VARIANTS), 2):
        assert max(abs(x - y) for x, y in zip(a, b, strict=True)) > 0.08, (a, b)


def test_colours_repeat_after_the_last() -> None:
    assert palette.of_variant(len(palette.VARIANTS)) == palette.of_variant(0) == palette.VARIANTS[0]
