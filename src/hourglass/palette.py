"""A colour for every variant, in the order of params.yaml: the same in pictures, on the page and in MLflow.

Six that any colour vision tells apart by hue or lightness, each at least 3:1 against white; a second and third six have
the same colours with other lines and marks. Classes have colours of their own (`figures.style.COLOURS`).
"""

VARIANTS = ("#0072b2", "#d55e00", "#00785a", "#8a1c6c", "#000000", "#8c8c8c")


def of_variant(number: int) -> str:
    """number: of the variant, from 0."""
    return VARIANTS[number % len(VARIANTS)]
