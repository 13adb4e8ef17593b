"""Tables of the report, each with one sentence on what it carries."""

from collections.abc import Sequence

from benchmarks.engines import TITLES
from benchmarks.results import Results, Spread, peers, ratios, share
from benchmarks.work import EPOCH


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, numbers to the right of the first column."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def epochs(found: Results) -> str:
    """Seconds, images/s and share of the machine's rate of this engine, and how many times longer others take."""
    compared = peers(found)
    header = ["variant", "this engine, s an epoch", "images/s", "share of the matrix-product rate", "images timed"]
    rows, least = [], []
    for name, variant in found["variants"].items():
        seconds = Spread.of([one["this"]["seconds"] for one in variant["rounds"]])
        speed = EPOCH / seconds.median
        part = share(variant["multiply_adds"], speed, variant["rate"])
        times = [ratios(variant["rounds"], engine) for engine in compared]
        least += [(ratio.median, name, engine) for ratio, engine in zip(times, compared, strict=True)]
        row = [name, seconds.text(), f"{speed:,.0f}", f"{part:.2f}", f"{variant['images']:,}"]
        rows.append(row + [ratio.text() for ratio in times])
    text = table(header + [f"{TITLES[peer]}, ×" for peer in compared], rows)
    return f"{text}\n\n{_nearest(least)}" if least else text


def _nearest(times: list[tuple[float, str, str]]) -> str:
    (low, variant, engine), (high, other, far) = min(times), max(times)
    return (
        f"Nearest to this engine comes {TITLES[engine]} on {variant}, which takes {low:.2f} times as long; farthest is "
        f"{TITLES[far]} on {other}, {high:.2f} times."
    )


def trainings(found: Results) -> str:
    """Whole trainings: seconds altogether, and of the first, the middle and the last epoch."""
    header = ["variant", "trained by", "epochs", "training, s", "×", "first epoch, s", "middle", "last", "test MSE"]
    rows, slower = [], []
    for name, variant in found["variants"].items():
        sums = [{e: {"seconds": sum(o["epoch_seconds"])} for e, o in one.items()} for one in variant["rounds"]]
        for engine, one in variant["rounds"][0].items():
            epoch = one["epoch_seconds"]
            times = ratios(sums, engine)
            if engine != "this":
                slower.append(f"{TITLES[engine]} takes {times.median:.1f} times as long for {name}")
            total = Spread.of([each[engine]["seconds"] for each in sums]).text(1)
            shown = [epoch[0], epoch[len(epoch) // 2], epoch[-1]]
            row = [name, TITLES[engine], str(len(epoch)), total, times.text()]
            rows.append([*row, *map("{:.2f}".format, shown), f"{one['test_mse']:.4f}"])
    said = f"Over a whole training {' and '.join(slower)}." if slower else "These are this engine's seconds alone."
    return f"{table(header, rows)}\n\n{said}{_partial(found)}"


def side_by_side(found: Results) -> str:
    """Images a second of several trainings at once, altogether, and in multiples of one alone."""
    variants = found["variants"]
    rows = []
    for count in next(iter(variants.values()))["rounds"][0]:
        row = [count]
        for variant in variants.values():
            alone, here = (_speed(variant, number) for number in ("1", count))
            row += [here.text(0), f"{here.median / alone.median:.2f}"]
        rows.append(row)
    header = ["trainings at once"]
    for name in variants:
        header += [f"{name}, images/s altogether", "× one alone"]
    said = (
        "The figures are of this engine with one thread a training, from the start of the first to the end of the last."
    )
    return f"{table(header, rows)}\n\n{said}{_partial(found)}"


def _speed(variant: Results, count: str) -> Spread:
    return Spread.of([one[count]["images_per_second"] for one in variant["rounds"]])


def growth(found: Results) -> str:
    """Seconds and memory as one size grows sixteenfold, the others staying."""
    header = ["variant", "what grows", "to", "s", "× the first", "memory held at most, MB"]
    rows = []
    for name, variant in found["variants"].items():
        for what, sizes in variant["rounds"][0].items():
            seconds = {size: _of(variant, what, size, "seconds") for size in sizes}
            first = next(iter(seconds.values())).median
            for size, spread in seconds.items():
                memory = _of(variant, what, size, "peak_mb").median
                grown = f"{spread.median / first:.2f}"
                rows.append([name, what, f"{int(size):,}", spread.text(), grown, f"{memory:,.0f}"])
    said = (
        "The seconds are of one pass over the images, where these do not grow over their largest number; the memory is "
        "that of the whole process, libraries included."
    )
    return f"{table(header, rows)}\n\n{said}"


def _of(variant: Results, what: str, size: str, figure: str) -> Spread:
    return Spread.of([one[what][size][figure] for one in variant["rounds"]])


def precision(found: Results) -> str:
    """What bfloat16 does to speed and to the error."""
    header = ["variant", "epochs", "float32, s an epoch", "bfloat16", "times as fast", "test MSE, float32", "bfloat16"]
    rows = []
    for name, variant in found["variants"].items():
        rounds = variant["rounds"]
        seconds = [Spread.of([one[kind]["seconds"] for one in rounds]).text() for kind in ("float32", "bfloat16")]
        errors = [f"{rounds[0][kind]['test_mse']:.5f}" for kind in ("float32", "bfloat16")]
        faster = ratios(rounds, "float32", base="bfloat16").text()
        rows.append([name, str(variant["epochs"]), *seconds, faster, *errors])
    said = f"The errors are of one seed and a few epochs, not of whole trainings.{_partial(found)}"
    return f"{table(header, rows)}\n\n{said}"


def descents(found: Results) -> str:
    """What an image costs by kind of gradient descent, in units of what it costs in mini-batches."""
    ((name, variant),) = found["variants"].items()
    rounds, images = variant["rounds"], variant["images"]
    rows = []
    for way, first in rounds[0].items():
        microseconds = Spread.of([1e6 * one[way]["seconds"] / images for one in rounds])
        size = f"{first['batch_size']:,}"
        rows.append([way, size, microseconds.text(1), ratios(rounds, way, base="mini-batch").text()])
    said = (
        f"CPU time of updates on one thread, in the process that asks, for {images:,} images and the network {name}; "
        "the arithmetic of an image is the same for all three."
    )
    return f"{table(['kind', 'images a step', 'µs an image', '× mini-batch'], rows)}\n\n{said}"


def graph(found: Results) -> str:
    """Where the time of a run of the whole graph went, kind of stage by kind of stage."""
    kinds: dict[str, list[dict[str, float]]] = {}
    for name, usage in found["stages"].items():
        kinds.setdefault(name.split("@")[0], []).append(usage)
    rows = []
    for kind, usages in kinds.items():
        wall, cpu = (sum(usage[what] for usage in usages) for what in ("wall_seconds", "cpu_seconds"))
        memory = max(usage["peak_mb"] for usage in usages)
        rows.append([kind, str(len(usages)), f"{wall:,.0f}", f"{cpu:,.0f}", f"{memory:,.0f}"])
    return f"{table(['stage', 'times', 'wall, s', 'CPU, s', 'peak of one, MB'], rows)}\n\n{_whole_run(found)}"


def _whole_run(found: Results) -> str:
    cpu = found["cpu_seconds"]
    outside = sum(cpu.values()) - cpu["training"]
    whole = sum(cpu.values())
    return (
        f"One run took {found['wall_seconds'] / 60:.1f} minutes with {found['jobs']} stages at a time on "
        f"{found['cores']} cores; of its {whole:,.0f} s of CPU time {cpu['training']:,.0f} were training and "
        f"{outside:,.0f} ({outside / whole:.0%}) were not: {cpu['other_stages']:,.0f} in other stages, "
        f"{cpu['around']:,.0f} in what runs them."
    )


def _partial(found: Results) -> str:
    """Says so where a part of an epoch was timed."""
    parts = {name: variant["images"] for name, variant in found["variants"].items() if variant["images"] != EPOCH}
    if not parts:
        return ""
    return f" Images: {', '.join(f'{name} {images:,}' for name, images in parts.items())}."
