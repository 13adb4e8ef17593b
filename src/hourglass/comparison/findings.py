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


def _change(new: float, old: float) -> str:
    return f"{(new - old) / old * 100:+.0f} %"
