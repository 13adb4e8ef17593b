"""The sentences that the sheets ask for, each computed from the figures that it names."""

from collections.abc import Mapping, Sequence

from hourglass.comparison.pairs import Pair
from hourglass.comparison.table import Row

Curve = Sequence[tuple[int, float]]

# verdicts on less, equal and more
BETTER = {-1: "worse than", 0: "as well as", 1: "better than"}
MORE_OFTEN = {-1: "less often than", 0: "as often as", 1: "more often than"}
LATER = {-1: "earlier than", 0: "as early as", 1: "later than"}

CORRUPTIONS = {"gaussian": "Gaussian noise", "occlusion": "occlusion", "gaussian_occlusion": "noise and occlusion"}
SETTLED = 0.05  # of the last value


def findings(
    rows: Mapping[str, Row],
    baselines: Row,
    pairs: Sequence[Pair] = (),
    test_losses: Mapping[str, Curve] | None = None,
) -> list[str]:
    """What the figures say, one sentence each; a sentence whose variants are not there is left out.

    pairs: of variants that differ in the size of their code alone. test_losses: (epoch, mean squared error) by variant.
    """
    pairs = [pair for pair in pairs if {pair.smaller, pair.larger} <= rows.keys()]
    found = _named(rows, baselines)
    if len(rows) > 1:
        found.append(_ranking(rows))
    told = baselines["originals"]["class_kept"]
    for pair in pairs:
        if pair.corruption == "none":
            found.append(_code_size(pair, rows))
        else:
            found.append(_code_size_denoising(pair, rows, told))
        if test_losses is not None:
            found.append(_settling(pair, test_losses))
    if "selu_denoising" in rows and not any("selu_denoising" in (pair.smaller, pair.larger) for pair in pairs):
        found.append(_wrong_class(rows["selu_denoising"], told))
    gone = [name for name, row in rows.items() if row["collapsed"]]
    if gone:
        found.append(f"Collapsed to hardly better than the mean image: {', '.join(gone)}.")
    return found


def _named(rows: Mapping[str, Row], baselines: Row) -> list[str]:
    """What the sheets ask of variants that they name."""
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
    verdict = BETTER[_sign(linear["mse"], convolutional["mse"], ".4f")]
    return (
        f"The convolutional autoencoder reconstructs {verdict} the linear one: test MSE "
        f"{convolutional['mse']:.4f} against {linear['mse']:.4f} ({_change(convolutional['mse'], linear['mse'])}), "
        f"with a code of {convolutional['latent']} numbers against {linear['latent']} and "
        f"{convolutional['parameters'] / linear['parameters']:.1f} times the parameters."
    )


def _organisation(plain: str, a: Row, other: str, b: Row) -> str:
    signs = {_sign(b[key], a[key], ".1%") for key in ("knn", "purity")}
    verdict = BETTER[signs.pop()] if len(signs) == 1 else "about as well as"
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


def _ranking(rows: Mapping[str, Row]) -> str:
    """How well each code organises the classes, the best first; what looks equal shares a place."""
    places: dict[str, list[str]] = {}
    for name in sorted(rows, key=lambda name: -rows[name]["knn"]):
        places.setdefault(f"{rows[name]['knn']:.1%}", []).append(name)
    first, *others = [(_joined(names), share) for share, names in places.items()]
    text = f"Ten nearest neighbours in the code tell the class best with {first[0]} ({first[1]} of the test images)"
    if not others:
        text = text.replace("best", "equally well")
    if len(others) > 1:
        text += f", then with {', '.join(f'{names} ({share})' for names, share in others[:-1])}"
    if others:
        text += ", worst with {} ({})".format(*others[-1])
    if "pca" in rows:
        yardstick = rows["pca"]["knn"]
        better = sum(_sign(row["knn"], yardstick, ".1%") > 0 for row in rows.values())
        text += f"; {better or 'none'} of the {len(rows) - 1} others do better than pca, the yardstick"
    return text + "."


def _code_size(pair: Pair, rows: Mapping[str, Row]) -> str:
    small, large = rows[pair.smaller], rows[pair.larger]
    return (
        f"{pair.smaller}, with a code of {small['latent']} numbers, reconstructs "
        f"{BETTER[_sign(large['mse'], small['mse'], '.4f')]} {pair.larger}, with {large['latent']}: test MSE "
        f"{small['mse']:.4f} against {large['mse']:.4f} ({_change(small['mse'], large['mse'])}), the judge sees the "
        f"original's class in {small['class_kept']:.1%} of the test images against {large['class_kept']:.1%}, and from "
        f"epoch 10 on another one in {small['wrong_class']:.1%} against {large['wrong_class']:.1%}."
    )


def _code_size_denoising(pair: Pair, rows: Mapping[str, Row], told: float) -> str:
    small, large = rows[pair.smaller], rows[pair.larger]
    key = pair.corruption
    verdict = MORE_OFTEN[_sign(small["wrong_class"], large["wrong_class"], ".1%")]
    return (
        f"Images that {pair.smaller} cleans, with a code of {small['latent']} numbers, show another class than the "
        f"original {verdict} those of {pair.larger}, with {large['latent']}: {small['wrong_class']:.1%} against "
        f"{large['wrong_class']:.1%} from epoch 10 on, where the judge itself errs on {1 - told:.1%} of originals; "
        f"cleaned of {CORRUPTIONS[key]} they reach {small[key]:.2f} dB against {large[key]:.2f} dB "
        f"({small[key] - large[key]:+.2f} dB), clean images a test MSE of {small['mse']:.4f} against "
        f"{large['mse']:.4f} ({_change(small['mse'], large['mse'])})."
    )


def _settling(pair: Pair, test_losses: Mapping[str, Curve]) -> str:
    small, large = (_settled(test_losses[name]) for name in (pair.smaller, pair.larger))
    return (
        f"The test loss of {pair.smaller} settles {LATER[_sign(small, large, 'd')]} that of {pair.larger}: it stays "
        f"within {SETTLED:.0%} of its last value from epoch {small} on, against epoch {large}."
    )


def _settled(curve: Curve) -> int:
    """The first epoch from which on a loss stays near its last value."""
    last = curve[-1][1]
    settled = len(curve) - 1
    while settled > 0 and abs(curve[settled - 1][1] - last) <= SETTLED * last:
        settled -= 1
    return curve[settled][0]


def _wrong_class(row: Row, told: float) -> str:
    return (
        f"From epoch 10 on {row['wrong_class']:.1%} of the images that selu_denoising cleans show another class than "
        f"the original, with a code of {row['latent']} numbers; the judge itself errs on {1 - told:.1%} of originals."
    )


def _joined(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _sign(a: float, b: float, as_written: str) -> int:
    """-1, 0 or 1: whether a is less than b, equal or more. What looks equal, as the figures are written, is equal."""
    shown = [float(format(value, as_written).rstrip("%")) for value in (a, b)]
    return (shown[0] > shown[1]) - (shown[0] < shown[1])


def _change(new: float, old: float) -> str:
    return f"{(new - old) / old * 100:+.0f} %"
