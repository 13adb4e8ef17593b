"""What a variant decoded, kept for the comparison: images alone, without the sheets they are drawn on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from hourglass.files import load_tensors, save_tensors


@dataclass(frozen=True)
class Decoded:
    """Images that one variant's decoder made, all uint8.

    ends: indices (P, 2) of the test images between which lines were drawn, int64. lines: (P, S, 28, 28).
    mixtures: (C, C, 28, 28), of the mean codes of each two classes. generated: (N, 28, 28) by the way the codes were
    drawn. planes: (S, S, 28, 28) by name, the top row first.
    """

    ends: Tensor
    lines: Tensor
    mixtures: Tensor
    generated: Mapping[str, Tensor]
    planes: Mapping[str, Tensor]

    def save(self, path: Path) -> None:
        """Write the images; the file appears whole or not at all."""
        groups = {"generated": self.generated, "planes": self.planes}
        grouped = {f"{group}.{name}": images for group, named in groups.items() for name, images in named.items()}
        save_tensors(path, {"ends": self.ends, "lines": self.lines, "mixtures": self.mixtures, **grouped})

    @classmethod
    def load(cls, path: Path) -> "Decoded":
        """Read what `save` wrote. Raises UserError where it is missing or damaged."""
        tensors, _ = load_tensors(path, f"latent-analysis@{path.stem}", "ends", "lines", "mixtures")

        def group(prefix: str) -> dict[str, Tensor]:
            return {key.removeprefix(prefix): images for key, images in tensors.items() if key.startswith(prefix)}

        return cls(tensors["ends"], tensors["lines"], tensors["mixtures"], group("generated."), group("planes."))
