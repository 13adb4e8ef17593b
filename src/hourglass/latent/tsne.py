"""Codes laid out in the plane, and how far that layout can be believed."""

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE, trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from hourglass.records import LeastTold

NEIGHBOURS = 10

Array = NDArray[np.float32]
Labels = NDArray[np.uint8]


def layout(codes: Array, seed: int) -> Array:
    """Positions (N, 2) of codes (N, K): the codes themselves where they are two numbers, their t-SNE otherwise."""
    return codes if codes.shape[1] == 2 else tsne(codes, seed)


def tsne(codes: Array, seed: int) -> Array:
    """t-SNE (van der Maaten & Hinton 2008) of codes (N, K): positions (N, 2), perplexity 30 or a third of N - 1."""
    directions = int(np.linalg.matrix_rank(codes - codes.mean(axis=0)))
    embedding = TSNE(
        perplexity=min(30.0, (len(codes) - 1) / 3),
        # starting from two principal components keeps the map's large-scale layout; dead codes have no two
        init="pca" if directions >= 2 else "random",
        random_state=seed % 2**32,
    )
    # threads gain nothing on so few points, and where other work has the cores they wait for each other: 20 × slower
    with threadpool_limits(1):
        return embedding.fit_transform(codes)


def organisation(codes: Array, positions: Array, labels: Labels) -> dict[str, float]:
    """How well a map (N, 2) of codes (N, K) is organised: by its neighbourhoods, and by its classes.

    trustworthiness: whether neighbours on the map are neighbours in the code (Venna & Kaski 2001), 1 at best.
    map_knn: share of points whose class most of their ten nearest other points on the map share.
    silhouette: how much nearer points are to their own class than to the next one, on average over points
    (Rousseeuw 1987): 1 where classes are islands far apart, 0 where they overlap, below where they lie within others.
    """
    return {
        "trustworthiness": float(trustworthiness(codes, positions, n_neighbors=_neighbours(positions))),
        "map_knn": leave_one_out_accuracy(positions, labels),
        "silhouette": silhouette(positions, labels),
    }


def silhouette(points: Array, labels: Labels) -> float:
    """Mean silhouette coefficient of points (N, D); 0 where there is one class, or a class for every point."""
    told = 2 <= len(np.unique(labels)) < len(labels)
    return float(silhouette_score(points, labels)) if told else 0.0


def leave_one_out_accuracy(points: Array, labels: Labels) -> float:
    """Accuracy with which the majority of a point's ten nearest others tells its class; points (N, D)."""
    return float((_majority_class(points, labels) == labels).mean())


def least_told(points: Array, labels: Labels) -> LeastTold:
    """The class that the ten nearest others of its points (N, D) tell worst."""
    told = _majority_class(points, labels)
    present = np.unique(labels)
    shares = [float((told[labels == label] == label).mean()) for label in present]
    worst = int(present[np.argmin(shares)])
    taken_for = int(np.bincount(told[labels == worst]).argmax())
    return LeastTold(label=worst, share=min(shares), taken_for=taken_for)


def _majority_class(points: Array, labels: Labels) -> NDArray[np.intp]:
    """The commonest class (N,) among the ten nearest others of every point (N, D)."""
    classifier = KNeighborsClassifier(_neighbours(points)).fit(points, labels)
    others = classifier.kneighbors(return_distance=False)  # without an argument a point is no neighbour of itself
    votes = np.apply_along_axis(np.bincount, 1, labels[others], minlength=int(labels.max()) + 1)
    return votes.argmax(axis=1)


def _neighbours(points: Array) -> int:
    """Ten, or what trustworthiness is defined for among so few: fewer than half of the points."""
    return min(NEIGHBOURS, (len(points) - 1) // 2)
