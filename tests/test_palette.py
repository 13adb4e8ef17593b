"""The colours of variants are seen on white, and are told apart."""

from itertools import combinations

import pytest
from matplotlib.colors import to_rgb

from hourglass import palette


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(colour)]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", palette.VARIANTS)
def test_every_colour_stands_out_from_white(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_no_two_look_alike_without_red_and_green() -> None:
    def seen(colour: str) -> tuple[float, float]:
        """What is left where red and green cannot be told apart: lightness, and blue against yellow."""
        red, green, blue = to_rgb(colour)
        return luminance(colour) ** (1 / 3), blue - (red + green) / 2

    for a, b in combinations(map(seen, palette.VARIANTS), 2):
        assert max(abs(x - y) for x, y in zip(a, b, strict=True)) > 0.08, (a, b)


def test_after_the_last_the_first_comes_again() -> None:
    assert palette.of_variant(len(palette.VARIANTS)) == palette.of_variant(0) == palette.VARIANTS[0]
