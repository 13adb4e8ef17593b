"""Metrics of anomaly detection, with test images as normal data. See `hourglass.evaluation.anomalies`."""

from collections.abc import Mapping

from torch import Tensor

from hourglass.metrics.registry import Metric, register

OUTLIERS = {
    "other": "test images of another data set (MNIST for Fashion-MNIST, and the reverse)",  # see `DataSet.other`
    "flipped": "test images mirrored top to bottom, some of which are symmetric",
    "noise": "images of uniform noise",
}
SCORES = {
    "error": ("error", "mean squared error of an image's reconstruction"),
    "distance": ("code distance", "distance of an image's code from the nearest code of a training image"),
    "elbo": ("negative ELBO", "negative evidence lower bound of an image, with its mean code"),
}
AUROC = (
    "Area under the ROC curve (AUROC): probability that the {} is larger for {} than for clean test images. 0.5 is "
    "guessing; below 0.5, outliers have the smaller values."
)
RECALL = 0.95  # of outliers

for _outliers, _what in OUTLIERS.items():
    for _score, (_heading, _description) in SCORES.items():
        register(
            Metric(
                f"{_outliers}_{_score}_auroc",
                f"AUROC of {_heading}, {_outliers}",
                AUROC.format(_description, _what),
                ".3f",
                "anomalies",
                better="higher",
            )
        )
register(
    Metric(
        "other_error_aupr",
        "AUPR of error, other",
        f"Average precision by which the {SCORES['error'][1]} finds {OUTLIERS['other']} among as many test images.",
        ".3f",
        "anomalies",
        better="higher",
    )
)
register(
    Metric(
        "other_error_fpr95",
        "FPR at 95 % TPR of error, other",
        "Share of clean test images that are taken for outliers (false positive rate) at the threshold of the "
        f"{SCORES['error'][1]} that finds 95 % of the {OUTLIERS['other']}.",
        ".1%",
        "anomalies",
        better="lower",
    )
)


def detection(normal: Tensor, outliers: Tensor) -> Mapping[str, float]:
    """Measure how well an anomaly score detects outliers, which should have larger scores than test images.

    Args:
        normal: scores (N,) of test images.
        outliers: scores (M,) of outliers.

    Returns:
        The area under the ROC curve (`auroc`), the average precision (`aupr`), and the false positive rate at the
        threshold that detects 95 % of the outliers (`fpr95`).
    """
    import numpy as np  # noqa: PLC0415
    from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve  # noqa: PLC0415

    scores = np.nan_to_num(np.concatenate([normal.numpy(), outliers.numpy()]))  # a lower bound can be infinite
    truth = np.repeat([False, True], [len(normal), len(outliers)])
    false_positives, true_positives, _ = roc_curve(truth, scores, drop_intermediate=False)
    return {
        "auroc": float(roc_auc_score(truth, scores)),
        "aupr": float(average_precision_score(truth, scores)),
        "fpr95": float(false_positives[(true_positives >= RECALL).argmax()]),
    }
