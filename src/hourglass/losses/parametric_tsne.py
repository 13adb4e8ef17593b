"""The loss of codes that keep the neighbours of images, as in parametric t-SNE (van der Maaten 2009)."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, decode_pixels, loss
from hourglass.models.network import Autoencoder
from hourglass.schema import Count, NonNegative

DIRECTIONS = 8  # of gradients
SMALLEST = 1e-12  # sum of similarities, so that the loss is finite for a single code


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

    The t-SNE loss is the cross entropy of similarities between the codes of a batch, relative to `neighbour_graph` of
    the targets. Similarities of codes follow a Student t distribution with one degree of freedom (van der Maaten &
    Hinton 2008). With `exaggeration` above 1, neighbours attract each other more strongly.
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
    """Return the weights (B, B) of a graph that connects images (B, C, H, W) with their neighbours in the batch.

    Neighbours have the most similar gradient histograms. Edges of mutual neighbours have twice the weight of others,
    and all weights add up to 1.
    """
    histograms = gradient_histograms(images)
    with torch.autocast(images.device.type, enabled=False):  # in bfloat16, many images would be equally similar
        similarities = (histograms @ histograms.T).fill_diagonal_(-math.inf)
    nearest = similarities.topk(min(neighbours, len(images) - 1), dim=1).indices
    edges = torch.zeros_like(similarities).scatter_(1, nearest, 1.0)
    return (edges + edges.T) / (2 * edges.sum()).clamp(min=1)


def gradient_histograms(images: Tensor) -> Tensor:
    """Return histograms (B, F) of gradient directions in overlapping cells of images (B, C, H, W), scaled to length 1.

    Each of 8 directions counts the gradients that point there, by their component. A cell is a quarter of the shorter
    side. Colour images are averaged over channels.
    """
    grey = images.mean(dim=1, keepdim=True)
    right = F.pad(grey[..., 2:] - grey[..., :-2], (1, 1))
    down = F.pad(grey[..., 2:, :] - grey[..., :-2, :], (0, 0, 1, 1))
    angles = [2 * math.pi * number / DIRECTIONS for number in range(DIRECTIONS)]
    gradients = torch.cat([(right * math.cos(angle) + down * math.sin(angle)).clamp(min=0) for angle in angles], dim=1)
    side = min(images.shape[2:])
    cells = F.avg_pool2d(gradients, max(1, side // 4), stride=max(1, side // 9))
    return F.normalize(cells.flatten(1), dim=1)
