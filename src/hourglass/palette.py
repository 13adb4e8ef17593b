"""Colours of the variants in figures and on the report page, assigned in the order of params.yaml.

The six colours differ in hue or lightness for all types of colour vision and have a contrast ratio of at least 3:1
against white. Additional variants reuse the colours with different line styles and markers.
"""

VARIANTS = ("#0072b2", "#d55e00", "#00785a", "#8a1c6c", "#000000", "#8c8c8c")


def of_variant(number: int) -> str:
    """Return the hexadecimal colour of the variant at position `number` in params.yaml, counted from 0."""
    return VARIANTS[number % len(VARIANTS)]
