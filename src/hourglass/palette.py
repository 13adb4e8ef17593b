"""Colours of the variants in figures and on the report page.

The page assigns colours in the order of the compared variants, and figures in the order of the curves in a panel. The
six colours differ in hue or lightness for all types of colour vision and have a contrast ratio of at least 3:1 against
white. Additional variants reuse the colours with different line styles or markers.
"""

VARIANTS = ("#0072b2", "#d55e00", "#00785a", "#8a1c6c", "#000000", "#8c8c8c")


def of_variant(number: int) -> str:
    """Return the hexadecimal colour of the variant with index `number`. Colours repeat from index 6 on."""
    return VARIANTS[number % len(VARIANTS)]
