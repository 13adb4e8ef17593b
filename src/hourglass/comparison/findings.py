"""The sentences that the sheets ask for, each computed from the figures that it names."""

from collections.abc import Mapping

from hourglass.comparison.table import Row


def findings(rows: Mapping[str, Row], baselines: Row) -> list[str]:
    """What the figures say, one sentence each; a sentence whose variants are not there is left out."""
    found = []
    if {"linear", "denoising"} <= rows.keys():
        found.append(_denoising(rows["linear"], rows["denoising"]))
        found.append(_against_filter("denoising", rows["denoising"], baselines["gaussian"]))
    if {"linear", "convolutional"} <= rows.keys():
        found.append(_convolutional(rows["linear"], rows["convolutional"]))
    for plain, other in (("linear", "denoising"), ("convolutional_denoising", "variational")):
        if {plain, other} <= rows.keys():
            found.append(_organisation(plain, rows[plain], other, rows[other]))
    if {"convolutional_denoising", "variational"} <= rows.keys():
        found.append(_generation(rows["convolutional_denoising"], rows["variational"]))
    if "selu_denoising" in rows:
        found.append(_wrong_class(rows["selu_denoising"], baselines["originals"]["class_kept"]))
    gone = [name for name, row in rows.items() if row["collapsed"]]
    if gone:
        found.append(f"Collapsed to hardly better than the mean image: {', '.join(gone)}.")
    return found


def _denoising(linear: Row, denoising: Row) -> str:
    return (
        f"Training on noisy images changed the linear autoencoder: clean test images come back with an MSE of "
        f"{denoising['mse']:.4f} instead of {linear['mse']:.4f} ({_change(denoising['mse'], linear['mse'])}), "
        f"images with Gaussian noise at {denoising['gaussian']:.2f} dB instead of {linear['gaussian']:.2f} dB "
        f"({denoising['gaussian'] - linear['gaussian']:+.2f} dB)."
    )


def _against_filter(name: str, row: Row, baseline: Row) -> str:
    best, noisy = baseline["linear_filter"]["psnr"], baseline["input"]["psnr"]
    gap = row["gaussian"] - best
    verdict = "beats" if gap > 0 else "does not reach"
    return (
        f"On images with Gaussian noise ({noisy:.2f} dB) {name} {verdict} the best linear filter: "
        f"{row['gaussian']:.2f} dB against {best:.2f} dB ({gap:+.2f} dB)."
    )


def _convolutional(linear: Row, convolutional: Row) -> str:
    better = convolutional["mse"] < linear["mse"]
    return (
        f"The convolutional autoencoder reconstructs {'better' if better else 'worse'} than the linear one: test MSE "
        f"{convolutional['mse']:.4f} against {linear['mse']:.4f} ({_change(convolutional['mse'], linear['mse'])}), "
        f"with a code of {convolutional['latent']} numbers against {linear['latent']} and "
        f"{convolutional['parameters'] / linear['parameters']:.1f} times the parameters."
    )


def _organisation(plain: str, a: Row, other: str, b: Row) -> str:
    better = {b["knn"] > a["knn"], b["purity"] > a["purity"]}
    verdict = "about as well as" if len(better) > 1 else "better than" if better == {True} else "worse than"
    return (
        f"The code of {other} organises the classes {verdict} that of {plain}: ten nearest neighbours in the code "
        f"tell the class of {b['knn']:.1%} of the test images against {a['knn']:.1%}, on the map of {b['purity']:.1%} "
        f"against {a['purity']:.1%} (silhouette {b['silhouette']:.2f} against {a['silhouette']:.2f})."
    )


def _generation(plain: Row, variational: Row) -> str:
    verdict = "closer to" if variational["frechet"] < plain["frechet"] else "farther from"
    return (
        f"Images that the variational autoencoder generates are {verdict} real ones than those of the plain "
        f"convolutional one: Fréchet distance {variational['frechet']:.1f} against {plain['frechet']:.1f}, each drawing"
        f" its codes in the way that suits it best; {variational['frechet_uniform']:.1f} against "
        f"{plain['frechet_uniform']:.1f} where codes are drawn uniformly."
    )


def _wrong_class(row: Row, told: float) -> str:
    return (
        f"From epoch 10 on {row['wrong_class']:.1%} of the images that selu_denoising cleans show another class than "
        f"the original, with a code of {row['latent']} numbers; the judge itself errs on {1 - told:.1%} of originals."
    )


def _change(new: float, old: float) -> str:
    return f"{(new - old) / old * 100:+.0f} %"
