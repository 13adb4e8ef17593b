"""Report of the benchmark in Markdown, with a table of results for each part."""

import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engines import TITLES
from benchmarks.memory import STEPS
from benchmarks.models import ENGINES as MODEL_ENGINES
from benchmarks.parts import Results
from benchmarks.workload import EPOCH
from hourglass.errors import UserError
from hourglass.files import replacing


@dataclass(frozen=True)
class Spread:
    """Median, minimum and maximum over rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of values."""
        return cls(statistics.median(values), min(values), max(values))

    def text(self, digits: int = 2) -> str:
        """Return `1.50 (1.48 to 1.55)`, or the median only if all values are equal."""
        text = f"{self.median:,.{digits}f}"
        return text if self.low == self.high else f"{text} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def write(into: Path) -> None:
    """Write README.md in the folder `into`, with a section for each part of the benchmark that has results."""
    parts = [Path(__file__).with_name("method.md").read_text(encoding="utf-8").strip()]
    for part, (title, table) in SECTIONS.items():
        if results := _read(result_file(into, part)):
            parts.append(f"## {title}\n\n{table(results)}")
            parts.append(_environment(results))
    with replacing(into / "README.md") as file:
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def result_file(into: Path, part: str) -> Path:
    """Return the path of a part's results."""
    return into / "results" / f"{part}.json"


def ratios(rounds: Sequence[Mapping[str, Mapping[str, float]]], name: str, base: str = "hourglass") -> Spread:
    """Return the spread over rounds of the seconds of `name`, divided by the seconds of `base` in the same round."""
    return Spread.of([timings[name]["seconds"] / timings[base]["seconds"] for timings in rounds])


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with all but the first column right-aligned."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def epochs(results: Results) -> str:
    """Return a table of this project's seconds per epoch, and of the other engines' time relative to this project."""
    others, rows = _others(results), []
    for name, variant in results["variants"].items():
        seconds = Spread.of([timings["hourglass"]["seconds"] for timings in variant["rounds"]])
        row = [name, seconds.text(), f"{EPOCH / seconds.median:,.0f}", f"{variant['images']:,}"]
        rows.append(row + [ratios(variant["rounds"], engine).text() for engine in others])
    header = ["variant", "hourglass, s per epoch", "images/s", "images timed"]
    return table(header + [f"{TITLES[engine]}, ×" for engine in others], rows)


def runs(results: Results) -> str:
    """Return a table of the seconds of complete runs, and of their first, middle and last epochs."""
    rows = []
    for name, variant in results["variants"].items():
        totals = [
            {e: {"seconds": sum(t["epoch_seconds"])} for e, t in timings.items()} for timings in variant["rounds"]
        ]
        for engine, timing in variant["rounds"][0].items():
            seconds = timing["epoch_seconds"]
            total = Spread.of([timings[engine]["seconds"] for timings in totals]).text(1)
            row = [name, TITLES[engine], str(len(seconds)), total, ratios(totals, engine).text()]
            row += [f"{seconds[place]:.2f}" for place in (0, len(seconds) // 2, -1)]
            rows.append([*row, f"{timing['test_mse']:.4f}"])
    header = ["variant", "engine", "epochs", "run, s", "×", "first epoch, s", "middle", "last", "test MSE"]
    return table(header, rows)


def parallel(results: Results) -> str:
    """Return a table of the total images per second of several runs at once."""
    rows, header = [], ["runs at once"]
    for name in results["variants"]:
        header += [f"{name}, images/s in total", "× one run"]
    for count in next(iter(results["variants"].values()))["rounds"][0]:
        row = [count]
        for variant in results["variants"].values():
            one, several = (
                Spread.of([rates[key]["images_per_second"] for rates in variant["rounds"]]) for key in ("1", count)
            )
            row += [several.text(0), f"{several.median / one.median:.2f}"]
        rows.append(row)
    return f"{table(header, rows)}\n\nEvery run has one thread."


def precision(results: Results) -> str:
    """Return a table of the seconds per epoch and the test errors in float32 and bfloat16."""
    rows, kinds = [], ("float32", "bfloat16")
    for name, variant in results["variants"].items():
        rounds = variant["rounds"]
        seconds = [Spread.of([timings[kind]["seconds"] for timings in rounds]).text() for kind in kinds]
        errors = [f"{rounds[0][kind]['test_mse']:.5f}" for kind in kinds]
        speedup = ratios(rounds, "float32", base="bfloat16").text()
        rows.append([name, str(variant["epochs"]), f"{variant['images']:,}", *seconds, speedup, *errors])
    header = ["variant", "epochs", "images timed", "float32, s per epoch", "bfloat16", "speed-up"]
    text = table([*header, "test MSE, float32", "bfloat16"], rows)
    return f"{text}\n\nErrors are of one seed after a few epochs."


def memory(results: Results) -> str:
    """Return a table of the peak anonymous and resident memory of each step in MB."""
    rows, header = [], ["variant", "training images", "MB of images"]
    for step in STEPS:
        header += [f"{step}, anonymous", "resident"]
    for name, variant in results["variants"].items():
        size = math.prod(variant["shape"])
        for images in variant["rounds"][0]:
            measured = [sizes[images] for sizes in variant["rounds"] if sizes.get(images)]
            row = [name, f"{int(images):,}", f"{int(images) * size / 1e6:,.0f}"]
            for step in STEPS:
                for kind in ("anonymous", "resident"):
                    row.append(Spread.of([steps[step][kind] / 1e6 for steps in measured]).text(0))
            rows.append(row)
    about = next(iter(results["variants"].values()))
    shape, test = "×".join(map(str, about["shape"])), about["test_images"]
    return (
        f"{table(header, rows)}\n\nPeaks in MB, on random images of {shape}, with {test:,} test images; one epoch of "
        "training. Resident memory includes mapped files, whose pages the system drops or writes to disk when memory "
        "is short; anonymous memory does not."
    )


def models(results: Results) -> str:
    """Return a table of the scores and the seconds per epoch of this project's models and of pythae's own models."""
    rows, header = [], ["model", "epochs"]
    for _, heading, _ in SCORES:
        header += [f"{heading}, hourglass", "pythae"]
    for name, model in results["variants"].items():
        rounds, row = model["rounds"], [name, str(model["epochs"])]
        for key, _, digits in SCORES:
            for engine in MODEL_ENGINES:
                values = [scores[engine][key] for scores in rounds if key in scores[engine]]
                row.append(Spread.of(values).text(digits) if values else "–")
        seconds = Spread.of([scores["hourglass"]["seconds"] for scores in rounds])
        rows.append([*row, seconds.text(), ratios(rounds, "pythae").text()])
    return table([*header, "s per epoch, hourglass", "pythae, ×"], rows)


SCORES = (
    ("test_mse", "test MSE", 5),
    ("frechet", "Fréchet", 2),
    ("negative_bound", "−bound, nats", 1),
    ("negative_log_likelihood", "−log p, nats", 1),
)
"""Key, heading and decimals of the scores of models."""

SECTIONS: dict[str, tuple[str, Callable[[Results], str]]] = {
    "epochs": ("An epoch", epochs),
    "runs": ("Whole runs", runs),
    "parallel": ("Several runs at once", parallel),
    "precision": ("bfloat16 and float32", precision),
    "memory": ("Memory", memory),
    "models": ("Models of pythae", models),
}


def _others(results: Results) -> list[str]:
    first = next(iter(results["variants"].values()))["rounds"][0]
    return [engine for engine in first if engine != "hourglass"]


def _environment(results: Results) -> str:
    about = results["environment"]
    return (
        f"Measured {about['date']} with `{about['command']}` on {about['processor']}, {about['cores']} cores; torch "
        f"{about['torch']}, Python {about['python']}, commit {about['commit']}; load before the start "
        f"{about['load_before']:.1f}; threads per run: {results['threads']}; rounds: {results['rounds']}."
    )


def _read(path: Path) -> Results | None:
    if not path.exists():
        return None
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise UserError(f"{path} is damaged ({error}); measure that part again") from None
