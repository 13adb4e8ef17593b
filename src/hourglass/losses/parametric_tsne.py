"""Reconstruction error with a parametric t-SNE loss of the codes (van der Maaten 2009)."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, decode_pixels, loss
from hourglass.models.network import Autoencoder
from hourglass.schema import Count, NonNegative

DIRECTIONS = 8  # of gradients
SMALLEST = 1e-12  # lower limit of the sum of similarities, for batches of one image


@loss(codes=["none"], pairwise=True)
def parametric_tsne(
    model: Autoencoder,
    inputs: Tensor,
    targets: Tensor,
    generator: torch.Generator,
    *,
    weight: NonNegative = 1.0,
    neighbours: Count = 5,
    exaggeration: NonNegative = 1.0,
) -> tuple[Tensor, Terms]:
    """Return the MSE per pixel in the network's pixel range plus `weight` · t-SNE loss, and the terms to report.

    The t-SNE loss is the cross entropy between the edge weights of a graph and the normalised similarities of codes.
    The graph connects each target with its `neighbours` nearest neighbours in the batch (see `neighbour_graph`).
    Similarities follow a Student t distribution with one degree of freedom (van der Maaten & Hinton 2008).
    `exaggeration` multiplies the attraction between neighbours.
    """
    codes = model.encode(inputs)
    pixels, scaled, terms = decode_pixels(model, codes, targets)
    graph, codes = neighbour_graph(targets, neighbours), codes.float()  # autocast may return bfloat16
    # not cdist, whose gradient at distance 0 is not defined
    logarithms = -torch.log1p((codes[:, None] - codes).square().sum(dim=2))
    itself = torch.eye(len(codes), dtype=torch.bool, device=codes.device)
    total = logarithms.exp().masked_fill(itself, 0.0).sum()
    divergence = total.clamp(min=SMALLEST).log() - exaggeration * (graph * logarithms).sum()
    return F.mse_loss(pixels, scaled) + weight * divergence, terms | {"tsne": divergence.detach()}


@torch.no_grad()
def neighbour_graph(images: Tensor, neighbours: int) -> Tensor:
    """Return the edge weights (B, B) of a symmetric nearest-neighbour graph of the images (B, C, H, W) in a batch.

    Each image is connected with the `neighbours` images, at most B - 1, whose gradient histograms have the highest
    cosine similarity to its own. Edges between mutual neighbours have twice the weight of others. All weights add up
    to 1, or are 0 for a single image.
    """
    histograms = gradient_histograms(images)
    with torch.autocast(images.device.type, enabled=False):  # in bfloat16, many images would be equally similar
        similarities = (histograms @ histograms.T).fill_diagonal_(-math.inf)
    nearest = similarities.topk(min(neighbours, len(images) - 1), dim=1).indices
    edges = torch.zeros_like(similarities).scatter_(1, nearest, 1.0)
    return (edges + edges.T) / (2 * edges.sum()).clamp(min=1)


def gradient_histograms(images: Tensor) -> Tensor:
    """Return histograms (B, F) of gradient directions of images (B, C, H, W), scaled to L2 norm 1.

    Gradients, averaged over colour channels, are projected onto 8 directions, and negative projections become 0. The
    projections are averaged over overlapping square cells, whose side is a quarter of the shorter image side and whose
    spacing is a ninth. F is 8 times the number of cells. The histograms of a constant image are 0.
    """
    grey = images.mean(dim=1, keepdim=True)
    right = F.pad(grey[..., 2:] - grey[..., :-2], (1, 1))
    down = F.pad(grey[..., 2:, :] - grey[..., :-2, :], (0, 0, 1, 1))
    angles = [2 * math.pi * number / DIRECTIONS for number in range(DIRECTIONS)]
    gradients = torch.cat([(right * math.cos(angle) + down * math.sin(angle)).clamp(min=0) for angle in angles], dim=1)
    side = min(images.shape[2:])
    cells = F.avg_pool2d(gradients, max(1, side // 4), stride=max(1, side // 9))
    return F.normalize(cells.flatten(1), dim=1)
