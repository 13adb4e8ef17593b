"""Latent analysis of a trained model: embedding, decoded samples, interpolations and traversals."""

import torch
from torch import Tensor

from hourglass import models
from hourglass.classifier import Classifier
from hourglass.corruptions import TrainingInputs
from hourglass.images import Images, to_uint8
from hourglass.latent import traversals
from hourglass.latent.context import Context, FrechetDistance
from hourglass.latent.decoding import decode_means_and_samples, in_domain_frechet
from hourglass.latent.interpolation import interpolate
from hourglass.latent.tsne import embed
from hourglass.models import Model
from hourglass.records import InDomainLatent, LatentAnalysis, LatentImages

RECONSTRUCTIONS = 100  # stored reconstructions of test images
CODES = 1000  # stored codes of test images


def analyse(
    model: Model, train: Images, test: Images, inputs: TrainingInputs, classifier: Classifier, samples: int, seed: int
) -> tuple[LatentAnalysis, LatentImages]:
    """Analyse the latent space of a trained model.

    Args:
        model: trained model.
        train: clean training images, used to fit the samplers of random codes.
        test: clean test images.
        inputs: images under the training corruption, which are also analysed unless the corruption is `none`.
        classifier: trained classifier, which scores decoded images.
        samples: maximum number of test codes to embed.
        seed: random seed.

    Returns:
        The metrics of the latent space, and its codes and decoded images.
    """
    context = Context.of(model, test, classifier, seed)
    embedding, quality = embed(context.codes[:samples], test.labels[:samples] if test.labelled else None, seed)
    metrics, decoded = decode_means_and_samples(context, train.images)
    in_domain_embedding, in_domain = _embed_in_domain(context, inputs, samples)
    metrics |= in_domain_frechet(context, inputs, metrics)
    analysis = LatentAnalysis(
        samples=len(embedding),
        latent_dim=context.codes.shape[1],
        metrics=metrics if quality.knn is None else {"embedding_knn": quality.knn, **metrics},
        embedding=quality,
        # of at least two images each
        frechet_test_halves=FrechetDistance(classifier, test.images[::2])(
            test.images[1 :: 2 if len(test.images) > 3 else 1]
        ),
        in_domain=in_domain,
    )
    images = LatentImages(
        embedding=embedding,
        in_domain_embedding=in_domain_embedding,
        codes=context.codes[:CODES],
        planes=traversals.planes(context),
        latent_plane=traversals.latent_plane(context),
        reconstructions=to_uint8(models.reconstruct(model, test.images[:RECONSTRUCTIONS])),
        **(interpolate(context) | decoded | traversals.traverse(context)),
    )
    return analysis, images


def _embed_in_domain(context: Context, inputs: TrainingInputs, samples: int) -> tuple[Tensor, InDomainLatent | None]:
    """Embed the codes of the first `samples` test images under the training corruption.

    Returns:
        The embedding (N, 2) and its quality, or an empty tensor and None if the corruption is `none`.
    """
    if inputs.clean:
        return torch.zeros(0, 2), None
    codes = models.encode(context.model, inputs.test[:samples])
    labels = context.test.labels[:samples] if context.test.labelled else None
    embedding, quality = embed(codes, labels, context.seed)
    return embedding, InDomainLatent(corruption=inputs.corruption.name, embedding=quality)
