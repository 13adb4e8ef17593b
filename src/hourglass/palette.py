"""Colours of the variants, by their order in params.yaml: the same in figures and on the page.

The six colours differ in hue or lightness for any colour vision and have a contrast of at least 3:1 with white. Further
variants repeat them with other lines and marks.
"""

VARIANTS = ("#0072b2", "#d55e00", "#00785a", "#8a1c6c", "#000000", "#8c8c8c")


def of_variant(number: int) -> str:
    """Return the colour of the variant with a position from 0."""
    return VARIANTS[number % len(VARIANTS)]
