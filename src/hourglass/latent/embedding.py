"""Codes laid out in the plane, and how far that layout can be believed."""

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import KNeighborsClassifier

NEIGHBOURS = 10

Array = NDArray[np.float32]


def tsne(codes: Array, seed: int) -> Array:
    """t-SNE (van der Maaten & Hinton 2008) of codes (N, K): positions (N, 2), perplexity 30 or a third of N - 1."""
    directions = int(np.linalg.matrix_rank(codes - codes.mean(axis=0)))
    embedding = TSNE(
        perplexity=min(30.0, (len(codes) - 1) / 3),
        # starting from two principal components keeps the map's large-scale layout; dead codes have no two
        init="pca" if directions >= 2 else "random",
        random_state=seed % 2**32,
    )
    return embedding.fit_transform(codes)


def organisation(codes: Array, positions: Array, labels: NDArray[np.uint8]) -> dict[str, float]:
    """How well a map (N, 2) of codes (N, K) is organised: trustworthiness, and 10-NN purity in the plane.

    trustworthiness: whether neighbours on the map are neighbours in the code (Venna & Kaski 2001), 1 at best.
    purity: share of points whose class most of their ten nearest other points on the map share.
    """
    return {
        "trustworthiness": float(trustworthiness(codes, positions, n_neighbors=NEIGHBOURS)),
        "purity": leave_one_out_accuracy(positions, labels),
    }


def leave_one_out_accuracy(points: Array, labels: NDArray[np.uint8]) -> float:
    """Accuracy with which the majority of a point's ten nearest others tells its class; points (N, D)."""
    classifier = KNeighborsClassifier(NEIGHBOURS).fit(points, labels)
    others = classifier.kneighbors(return_distance=False)  # without an argument a point is no neighbour of itself
    votes = np.apply_along_axis(np.bincount, 1, labels[others], minlength=int(labels.max()) + 1)
    return float((votes.argmax(axis=1) == labels).mean())
