"""Tests of the variants' colours: contrast with white, and differences for any colour vision."""

from itertools import combinations

from matplotlib.colors import to_rgb

from hourglass import palette


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(colour)]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_colours_contrast_with_white_and_differ_without_red_and_green() -> None:
    assert max(map(luminance, palette.VARIANTS)) <= 1.05 / 3 - 0.05  # a contrast of 3 with white

    def visible(colour: str) -> tuple[float, float]:
        """Return lightness, and blue against yellow."""
        red, green, blue = to_rgb(colour)
        return luminance(colour) ** (1 / 3), blue - (red + green) / 2

    for a, b in combinations(map(visible, palette.VARIANTS), 2):
        assert max(abs(x - y) for x, y in zip(a, b, strict=True)) > 0.08, (a, b)
