"""The sentences that the sheets ask for, each computed from the figures that it names."""

from collections.abc import Mapping, Sequence

from hourglass.comparison.losses import COLUMNS, curve
from hourglass.comparison.pairs import Pair
from hourglass.constants import COUNTED_FROM
from hourglass.data import TESTED
from hourglass.metrics import Row
from hourglass.records import Baselines, Corrupted, Curve, History

# verdicts on less, equal and more
BETTER = {-1: "worse than", 0: "as well as", 1: "better than"}
AGAINST = {-1: "does not reach", 0: "equals", 1: "beats"}
CLOSER = {-1: "farther from real ones than", 0: "as close to real ones as", 1: "closer to real ones than"}
MORE_OFTEN = {-1: "less often than", 0: "as often as", 1: "more often than"}
LATER = {-1: "earlier than", 0: "about as early as", 1: "later than"}

SETTLED = 0.05  # of the last value
ALIKE = 0.1  # of the epochs: a loss jitters, so that of two curves neither has settled earlier by less


def findings(
    rows: Mapping[str, Row], baselines: Baselines, pairs: Sequence[Pair], histories: Mapping[str, History]
) -> list[str]:
    """What the figures say, one sentence each; a sentence whose variants are not there is left out.

    rows, histories: by variant. pairs: of variants that differ in the size of their code alone.
    """
    pairs = [pair for pair in pairs if {pair.smaller, pair.larger} <= rows.keys()]
    judge_accuracy = baselines.originals["class_kept"]
    sentences = _of_the_sheets(rows, baselines)
    if len(rows) > 1:
        sentences.append(_ranking(rows))
    for pair in pairs:
        if pair.corruption == "none":
            sentences.append(_code_size(pair, rows, histories))
        elif pair.corruption in TESTED:
            sentences.append(_code_size_denoising(pair, rows, judge_accuracy, histories))
        sentences += _settling(pair, histories)
    if "selu_denoising" in rows and not any("selu_denoising" in (pair.smaller, pair.larger) for pair in pairs):
        sentences.append(_wrong_class(rows["selu_denoising"], judge_accuracy, histories["selu_denoising"]))
    collapsed = [name for name, row in rows.items() if row["collapsed"]]
    if collapsed:
        sentences.append(f"Collapsed to hardly better than the mean image: {', '.join(collapsed)}.")
    return sentences


def _of_the_sheets(rows: Mapping[str, Row], baselines: Baselines) -> list[str]:
    """What the sheets ask of the variants that they describe."""
    sentences = []
    if {"linear", "denoising"} <= rows.keys():
        sentences.append(_denoising(rows["linear"], rows["denoising"]))
        sentences.append(_against_filter("denoising", rows["denoising"], baselines.corrupted["gaussian"]))
    if {"linear", "convolutional"} <= rows.keys():
        sentences.append(_convolutional(rows["linear"], rows["convolutional"]))
    for plain, other in (("linear", "denoising"), ("convolutional_denoising", "variational")):
        if {plain, other} <= rows.keys():
            sentences.append(_organisation(plain, rows[plain], other, rows[other]))
    if {"convolutional_denoising", "variational"} <= rows.keys():
        sentences.append(_generation("convolutional_denoising", "variational", rows))
    return sentences


def _denoising(linear: Row, denoising: Row) -> str:
    return (
        f"Training on noisy images changed the linear autoencoder: clean test images come back with an MSE of "
        f"{denoising['mse']:.4f} instead of {linear['mse']:.4f} ({_change(denoising['mse'], linear['mse'])}), "
        f"images with Gaussian noise at {denoising['gaussian']:.2f} dB instead of {linear['gaussian']:.2f} dB "
        f"({denoising['gaussian'] - linear['gaussian']:+z.2f} dB)."
    )


def _against_filter(name: str, row: Row, baseline: Corrupted) -> str:
    best, noisy = baseline.linear_filter["psnr"], baseline.input["psnr"]
    gap = row["gaussian"] - best
    verdict = AGAINST[_sign(row["gaussian"], best, ".2f")]
    return (
        f"On images with Gaussian noise ({noisy:.2f} dB) {name} {verdict} the best linear filter: "
        f"{row['gaussian']:.2f} dB against {best:.2f} dB ({gap:+z.2f} dB)."
    )


def _convolutional(linear: Row, convolutional: Row) -> str:
    verdict = BETTER[_sign(linear["mse"], convolutional["mse"], ".4f")]
    return (
        f"The convolutional autoencoder reconstructs {verdict} the linear one: test MSE "
        f"{convolutional['mse']:.4f} against {linear['mse']:.4f} ({_change(convolutional['mse'], linear['mse'])}), "
        f"with a code of {_numbers(convolutional)} against {linear['latent']} and "
        f"{convolutional['parameters'] / linear['parameters']:.1f} times the parameters."
    )


def _organisation(plain: str, a: Row, other: str, b: Row) -> str:
    signs = {_sign(b[key], a[key], ".1%") for key in ("knn", "map_knn")}
    verdict = BETTER[signs.pop()] if len(signs) == 1 else "about as well as"
    return (
        f"The code of {other} organises the classes {verdict} that of {plain}: ten nearest neighbours in the code "
        f"tell the class of {b['knn']:.1%} of the test images against {a['knn']:.1%}, on the map of {b['map_knn']:.1%} "
        f"against {a['map_knn']:.1%} (silhouette {b['silhouette']:z.2f} against {a['silhouette']:z.2f})."
    )


def _generation(plain: str, other: str, rows: Mapping[str, Row]) -> str:
    a, b = rows[plain], rows[other]
    return (
        f"Images that {other} generates are {CLOSER[_sign(a['frechet'], b['frechet'], '.1f')]} those of {plain}: "
        f"Fréchet distance {b['frechet']:.1f} against {a['frechet']:.1f}, each drawing its codes in the way that suits "
        f"it best; {b['frechet_uniform']:.1f} against {a['frechet_uniform']:.1f} where codes are drawn uniformly."
    )


def _ranking(rows: Mapping[str, Row]) -> str:
    """How well each code organises the classes, the best first; what looks equal shares a place."""
    places: dict[str, list[str]] = {}
    for name in sorted(rows, key=lambda name: -rows[name]["knn"]):
        places.setdefault(f"{rows[name]['knn']:.1%}", []).append(name)
    first, *others = [(_joined(names), share) for share, names in places.items()]
    how = "best" if others else "equally well"
    text = f"Ten nearest neighbours in the code tell the class {how} with {first[0]} ({first[1]} of the test images)"
    if len(others) > 1:
        text += f", then with {', '.join(f'{names} ({share})' for names, share in others[:-1])}"
    if others:
        text += ", worst with {} ({})".format(*others[-1])
    if "pca" in rows:
        yardstick = rows["pca"]["knn"]
        better = sum(_sign(row["knn"], yardstick, ".1%") > 0 for row in rows.values())
        text += f"; better than pca, the yardstick, {'does' if better == 1 else 'do'} {better} of {len(rows) - 1}"
    return text + "."


def _code_size(pair: Pair, rows: Mapping[str, Row], histories: Mapping[str, History]) -> str:
    small, large = rows[pair.smaller], rows[pair.larger]
    when = [_counted(histories[name]) for name in (pair.smaller, pair.larger)]
    wrong = [f"{row['wrong_class']:.1%}" for row in (small, large)]
    if when[0] == when[1]:
        shares = f"{when[0]} another one in {wrong[0]} against {wrong[1]}"
    else:
        shares = f"another one in {wrong[0]} {when[0]} against {wrong[1]} {when[1]}"
    return (
        f"{pair.smaller}, with a code of {_numbers(small)}, reconstructs "
        f"{BETTER[_sign(large['mse'], small['mse'], '.4f')]} {pair.larger}, with {large['latent']}: test MSE "
        f"{small['mse']:.4f} against {large['mse']:.4f} ({_change(small['mse'], large['mse'])}), the judge sees the "
        f"original's class in {small['class_kept']:.1%} of the test images against {large['class_kept']:.1%}, and "
        f"{shares}."
    )


def _code_size_denoising(
    pair: Pair, rows: Mapping[str, Row], judge_accuracy: float, histories: Mapping[str, History]
) -> str:
    small, large = rows[pair.smaller], rows[pair.larger]
    key = pair.corruption
    verdict = MORE_OFTEN[_sign(small["wrong_class"], large["wrong_class"], ".1%")]
    when = [_counted(histories[name]) for name in (pair.smaller, pair.larger)]
    first = "" if when[0] == when[1] else f" {when[0]}"
    return (
        f"Images that {pair.smaller} cleans, with a code of {_numbers(small)}, show another class than the "
        f"original {verdict} those of {pair.larger}, with {large['latent']}: {small['wrong_class']:.1%}{first} against "
        f"{large['wrong_class']:.1%} {when[1]}, where the judge itself errs on {1 - judge_accuracy:.1%} of originals; "
        f"cleaned of {TESTED[key].words} they reach {small[key]:.2f} dB against {large[key]:.2f} dB "
        f"({small[key] - large[key]:+z.2f} dB), clean images a test MSE of {small['mse']:.4f} against "
        f"{large['mse']:.4f} ({_change(small['mse'], large['mse'])})."
    )


def _counted(history: History) -> str:
    """When wrong classes were counted, of so long a training."""
    return f"from epoch {COUNTED_FROM} on" if history.epochs[-1] >= COUNTED_FROM else "after the last epoch"


def _settling(pair: Pair, histories: Mapping[str, History]) -> list[str]:
    """Which test loss stops falling earlier; nothing where one still falls at the end."""
    curves = [curve(histories[name], COLUMNS["test"]) for name in (pair.smaller, pair.larger)]
    small, large = map(_settled, curves)
    alike = ALIKE * max(points[-1][0] for points in curves)
    if any(points[-1][0] - settled < alike for points, settled in zip(curves, (small, large), strict=True)):
        return []
    verdict = LATER[0 if abs(small - large) < alike else _sign(small, large, "d")]
    return [
        f"The test loss of {pair.smaller} settles {verdict} that of {pair.larger}: it stays within {SETTLED:.0%} of "
        f"its last value from epoch {small} on, against epoch {large}."
    ]


def _settled(curve: Curve) -> int:
    """The first epoch from which on a loss stays near its last value."""
    last = curve[-1][1]
    settled = len(curve) - 1
    while settled > 0 and abs(curve[settled - 1][1] - last) <= SETTLED * last:
        settled -= 1
    return curve[settled][0]


def _wrong_class(row: Row, judge_accuracy: float, history: History) -> str:
    return (
        f"{_counted(history).capitalize()} {row['wrong_class']:.1%} of the images that selu_denoising cleans show "
        f"another class than the original, with a code of {_numbers(row)}; the judge itself errs on "
        f"{1 - judge_accuracy:.1%} of originals."
    )


def _numbers(row: Row) -> str:
    return "1 number" if row["latent"] == 1 else f"{row['latent']} numbers"


def _joined(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _sign(a: float, b: float, as_written: str) -> int:
    """-1, 0 or 1: whether a is less than b, equal or more. What looks equal, as the figures are written, is equal."""
    shown = [float(format(value, as_written).rstrip("%")) for value in (a, b)]
    return (shown[0] > shown[1]) - (shown[0] < shown[1])


def _change(new: float, old: float) -> str:
    return f"{(new - old) / old * 100:+z.0f} %"
