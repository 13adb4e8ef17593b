"""Two-dimensional embeddings of codes, and metrics of embedding quality."""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.manifold import TSNE, trustworthiness
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from hourglass.metrics.codes import embedding_knn, leave_one_out_predictions, neighbours, silhouette_of
from hourglass.randomness import derive
from hourglass.records.latent import Embedding, WorstClass

Array = NDArray[np.float32]
Labels = NDArray[np.uint8]


def embed(codes: Tensor, labels: Tensor | None, seed: int) -> tuple[Tensor, Embedding]:
    """Embed codes (N, K) in two dimensions by t-SNE, and measure the quality of the embedding.

    Two-dimensional codes are left unchanged. The labels (N,) are None for unlabelled images.

    Returns:
        The embedding (N, 2), and metrics of its quality.
    """
    points = codes.numpy()
    embedding = points if points.shape[1] == 2 else tsne(points, derive(seed, "t-SNE"))
    quality = Embedding(trustworthiness=float(trustworthiness(points, embedding, n_neighbors=neighbours(embedding))))
    if labels is not None:
        classes = labels.numpy()
        scores = {"knn": embedding_knn(embedding, classes), "silhouette": silhouette_of(embedding, classes)}
        quality = quality.model_copy(update={**scores, "worst_class": worst_class(embedding, classes)})
    return torch.tensor(embedding), quality  # a copy: two-dimensional codes are their own embedding


def tsne(codes: Array, seed: int) -> Array:
    """Embed codes (N, K) as points (N, 2) by t-SNE (van der Maaten & Hinton 2008) with a perplexity of at most 30."""
    rank = int(np.linalg.matrix_rank(codes - codes.mean(axis=0)))
    model = TSNE(
        perplexity=min(30.0, (len(codes) - 1) / 3),
        # starting from two principal components keeps the large-scale layout; collapsed codes do not have two
        init="pca" if rank >= 2 else "random",
        random_state=seed % 2**32,
    )
    # threads gain nothing for so few points, and cost a factor of 20 where other stages use the cores
    with threadpool_limits(1):
        return model.fit_transform(codes)


def worst_class(points: Array, labels: Labels) -> WorstClass:
    """Return the class with the lowest leave-one-out 10-NN accuracy among points (N, D) with labels (N,)."""
    predictions = leave_one_out_predictions(points, labels)
    present = np.unique(labels)
    accuracies = [float((predictions[labels == label] == label).mean()) for label in present]
    worst = int(present[np.argmin(accuracies)])
    predicted_as = int(np.bincount(predictions[labels == worst]).argmax())
    return WorstClass(label=worst, accuracy=min(accuracies), predicted_as=predicted_as)
