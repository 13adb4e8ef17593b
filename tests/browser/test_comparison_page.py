"""Tests of the comparison page in a browser, offline, on synthetic records."""

import gzip
import json
import re
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from hourglass.corruptions import TESTED
from hourglass.metrics import METRICS, TABLES, columns
from hourglass.report import compare
from hourglass.report.facts import CONTESTS
from hourglass.report.page import SWEEP_PICTURES

WINDOWS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
# position of a mark in an embedding
CENTRE = "mark => mark.getAttribute('transform').match(/translate\\(([^,]+),([^)]+)/).slice(1).map(Number)"

COLUMNS = [metric for table in TABLES for metric in columns(table)]

pytestmark = pytest.mark.slow


class Opened:
    """A page in the browser, and the data that its scripts work on."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.errors = page, list[str]()
        page.on("console", lambda message: self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("requestfailed", lambda request: self.errors.append(request.url[:200]))
        page.goto(path.as_uri())
        self.data: dict[str, Any] = json.loads(page.locator("#data").inner_text())
        self.variants: list[str] = self.data["variants"]
        self.open_tables()

    def open_tables(self) -> None:
        self.find("#metrics").evaluate("part => part.querySelectorAll('details').forEach(one => one.open = true)")

    def reload(self) -> None:
        self.page.reload()
        self.open_tables()

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def names(self, rows: str) -> list[str]:
        """Return the variants of table rows or drawn groups, in order."""
        names: list[str] = self.find(f"{rows}[data-name]").evaluate_all("all => all.map(one => one.dataset.name)")
        return names

    def indices(self, row: Locator) -> list[int]:
        """Return which images of their sprite sheets a row shows."""
        return [int(index) for index in row.locator(".cell").evaluate_all("cells => cells.map(c => c.dataset.index)")]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page alone into a folder."""
    png = BytesIO()
    Image.new("RGB", (400, 300), "white").save(png, "png")
    inputs = synthetic.inputs(sweep=synthetic.sweep(dict.fromkeys(SWEEP_PICTURES, png.getvalue())))
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(compare(inputs).page, encoding="utf-8")
    return path


@pytest.fixture(params=["desktop"])
def opened(browser: Browser, request: pytest.FixtureRequest, path: Path) -> Iterator[Opened]:
    """Open the page; no test may cause an error in the console or a request."""
    with browser.new_context(offline=True, **WINDOWS[request.param]) as context:
        opened = Opened(context.new_page(), path)
        yield opened
        assert opened.errors == []


@pytest.mark.parametrize("opened", WINDOWS, indirect=True)
def test_the_page_fits_the_window_shows_everything_and_is_accessible(opened: Opened, path: Path) -> None:
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.find("#overview .winner").count() == len(CONTESTS)
    assert opened.find("#answers h4").count() == 19
    mse = opened.find("#overview thead button").filter(has_text="test MSE").bounding_box() or {}
    assert mse["x"] + mse["width"] <= opened.page.evaluate("innerWidth")
    assert not opened.find("#results li").first.is_visible()
    opened.find("#results summary").click()
    assert opened.find("#results li").first.is_visible()
    assert opened.find("#metrics dt").all_inner_texts() == [metric.title for metric in COLUMNS]
    for table in opened.find("#metrics table").all():
        assert table.locator("tbody tr").count() == len(opened.variants)
    assert opened.find("#sweep img").count() == len(SWEEP_PICTURES)
    assert opened.find("#provenance details").count() == len(opened.variants)
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(gzip.compress(path.read_bytes())) < 1.5e6
    opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    violations = Axe().run(opened.page).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in violations] == []


def test_a_heading_sorts_by_its_column_best_first(opened: Opened) -> None:
    for key, best in (("parameters", 1), ("silhouette", -1), ("frechet_prior", 1)):
        check_sorting(opened, key, best)


def check_sorting(opened: Opened, key: str, best: int) -> None:
    heading = opened.find("#metrics th").filter(has_text=re.compile(f"^{re.escape(METRICS[key].title)}$"))
    table = opened.find("#metrics table").filter(has=heading)
    column = heading.evaluate("head => head.cellIndex")

    def cells() -> dict[str, float | None]:
        names = table.locator("tbody th").evaluate_all("heads => heads.map(head => head.dataset.value)")
        values = table.locator(f"tbody tr > :nth-child({column + 1})").evaluate_all(
            "cells => cells.map(cell => cell.dataset.value ?? null)"
        )
        return {name: value and float(value) for name, value in zip(names, values, strict=True)}

    unsorted = cells()
    known = [name for name, value in unsorted.items() if value is not None]
    missing = [name for name in unsorted if name not in known]
    for direction in (best, -best):
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == {1: "ascending", -1: "descending"}[direction]
        order = sorted(known, key=lambda name: direction * (unsorted[name] or 0))
        assert list(cells()) == [*order, *missing]  # variants without the metric stay last


def test_the_selection_hides_variants_and_is_kept_in_the_url(opened: Opened) -> None:
    first, *others = opened.variants
    opened.find("#selection summary").click()
    opened.find("#shown button").first.click()
    for _ in range(2):
        assert opened.find("#selection summary span").inner_text() == f"{len(others)} of {len(others) + 1}"
        rows = ("#overview tr", "#metrics tr", "#strips .strip", "#scatter figure", "#tiles figure")
        for part in (*rows, "#decoded-strips .strip"):
            assert opened.find(f'{part}[data-name="{first}"]').first.is_hidden()
            assert opened.find(f'{part}[data-name="{others[0]}"]').first.is_visible()
        assert opened.names("#chart g") == others
        assert sorted(opened.names("#costs g")) == sorted(others)
        opened.reload()
    opened.find("#selection summary").click()
    opened.find("#shown button").first.click()
    assert opened.find(f'#overview tr[data-name="{first}"]').is_visible()
    assert "?" not in opened.page.url


def test_a_sheet_selects_its_variants(opened: Opened) -> None:
    opened.find("#selection summary").click()
    assert {*opened.find("#sheet option").all_inner_texts()} == {
        "all, or a choice below",
        *opened.data["exerciseSheets"],
    }
    opened.find("#sheet").select_option("Padova")
    opened.reload()
    assert opened.names("#chart g") == ["selu", "selu_2"]
    opened.find("#selection summary").click()
    assert opened.find("#sheet").input_value() == "Padova"
    opened.find("#shown button").first.click()
    assert opened.find("#sheet").input_value() == ""
    opened.find("#sheet").select_option("LMU")
    assert opened.names("#chart g") == ["linear"]
    opened.find("#sheet").select_option("")
    assert opened.find("#selection summary span").inner_text() == "all"
    opened.press("Escape")
    assert not opened.find("#sheet").is_visible()


def test_metrics_are_shown_as_differences_from_a_reference(opened: Opened) -> None:
    def cells(name: str) -> list[tuple[str, float | None]]:
        row = opened.find(f'#metrics tr[data-name="{name}"] td')
        values = row.evaluate_all("cells => cells.map(cell => cell.dataset.value ?? null)")
        return list(zip(row.all_inner_texts(), [value and float(value) for value in values], strict=True))

    reference, other = opened.variants[:2]
    of_reference, before = cells(reference), cells(other)
    opened.find("#selection summary").click()
    opened.find("#reference").select_option(reference)
    opened.reload()  # the URL keeps it
    assert cells(reference) == of_reference
    for metric, shown, (_, base), (text, value) in zip(COLUMNS, cells(other), of_reference, before, strict=True):
        if base is None or value is None:
            assert shown[0] == text
        else:
            size = format(abs(value - base), metric.format).replace("%", " pp")
            sign = "±" if not re.search("[1-9]", size) else "+" if value > base else "−"
            assert shown[0] == sign + size
    opened.find("#selection summary").click()
    opened.find("#reference").select_option("no variant")
    assert cells(other) == before
    assert "?" not in opened.page.url


def test_metrics_are_plotted_against_costs(opened: Opened) -> None:
    for cost, metric in (("latent_dim", "mse"), ("parameters", "gaussian_psnr")):
        check_costs(opened, cost, metric)


def check_costs(opened: Opened, cost: str, metric: str) -> None:
    opened.find(f'input[name="cost"][value="{cost}"]').check()
    opened.find(f'input[name="reached"][value="{metric}"]').check()
    costs = opened.data["costs"]
    dots = [opened.find(f'#costs g[data-name="{name}"] circle') for name in opened.variants]
    drawn = np.array([[float(dot.get_attribute(axis) or 0) for axis in ("cx", "cy")] for dot in dots])
    heights = np.array([mean for mean, _ in costs["reached"][metric]])
    for positions, values, upwards in ((drawn[:, 0], np.log(costs["cost"][cost]), False), (drawn[:, 1], heights, True)):
        slope, start = np.polyfit(values, positions, 1)
        assert np.abs(start + slope * values - positions).max() < 0.2
        assert (slope < 0) == upwards
    assert opened.find("#costs .bound").count() == (cost == "latent_dim")  # the best linear maps
    boxes = [opened.find(f'#costs g[data-name="{name}"] text').bounding_box() or {} for name in opened.variants]
    for a, b in combinations(boxes, 2):
        beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
        assert beside or abs(a["y"] - b["y"]) > 10 * a["height"] / 16


def test_curves_show_the_losses_of_the_chosen_variants(opened: Opened) -> None:
    for images, scale in (("test", "linear"), ("training", "log")):
        check_curves(opened, images, scale)
    opened.find("#curves button").first.click()
    assert opened.names("#chart g") == opened.variants[1:]


def check_curves(opened: Opened, images: str, scale: str) -> None:
    opened.find(f'input[value="{images}"]').check()
    opened.find(f'input[value="{scale}"]').check()
    drawn = opened.find("#chart path.curve:not(.closed)")
    shown = [points for points in opened.data["curves"][images] if points[0][0] > 0]
    paths = [re.findall(r"[\d.]+,([\d.]+)", curve.get_attribute("d") or "") for curve in drawn.all()]
    assert [len(points) for points in paths] == [len(points) for points in shown]
    heights = np.array([float(y) for points in paths for y in points])
    values = np.array([value for points in shown for _, value in points])
    values = np.log(values) if scale == "log" else values
    slope, start = np.polyfit(values, heights, 1)
    assert slope < 0  # larger losses are further up
    assert np.abs(start + slope * values - heights).max() < 0.2


def test_the_losses_at_the_pointer_are_shown(opened: Opened) -> None:
    chart, tip = opened.find("#chart svg"), opened.find("#tip")
    chart.hover()
    assert tip.inner_text().startswith("epoch ")
    assert f"{opened.data['curves']['test'][-1][-1][1]:.4f} {opened.variants[-1]}" in tip.inner_text()
    chart.focus()
    before = int(tip.inner_text().split()[1])
    opened.press("ArrowLeft")
    assert tip.inner_text().startswith(f"epoch {before - 1}")
    opened.press("Escape")
    assert not tip.is_visible()


def test_images_are_selected_by_class_and_corruption(opened: Opened) -> None:
    each, classes = opened.data["perClass"], opened.data["classes"]
    rows = opened.find("#strips .strip:not(.heads)")
    assert opened.indices(rows.nth(1)) == [label * each for label in range(len(classes))]
    opened.find("#class").select_option(classes[3])
    assert opened.find("#corruption option").all_inner_texts() == [one.description for one in TESTED.values()]
    opened.find("#corruption").select_option(TESTED["gaussian_occlusion"].description)
    level = list(TESTED).index("gaussian_occlusion")
    start = (level * len(classes) + 3) * each
    assert rows.count() == 2 + len(opened.variants)
    assert opened.indices(opened.find('.strip[data-name="input"]')) == opened.indices(rows.last)
    assert opened.indices(rows.last) == list(range(start, start + each))
    errors = opened.data["errors"][-1][level][3 * each : 4 * each]
    assert float(rows.last.locator("small").inner_text()) == pytest.approx(sum(errors) / each, abs=6e-5)


def test_an_example_opens_with_reconstructions_and_neighbours(opened: Opened) -> None:
    examples, each = opened.data["examples"], opened.data["perClass"]
    opened.find("#strips").focus()
    opened.press("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft")
    title = f"{opened.data['classes'][1]}, test image {examples[each]}"
    assert opened.find("#current").inner_text() == f"{opened.variants[0]}: {title}"
    opened.press("Enter")
    opened.page.wait_for_timeout(200)  # a focused button would react to the key too
    assert opened.find("#closeup h2").inner_text() == title
    near = opened.data["nearest"][0][examples[each]] if examples[each] < len(opened.data["labels"]) else []
    assert opened.indices(opened.find("#closeup .strip").nth(1)) == [each, each, each, *near]
    opened.press("Escape")
    assert not opened.find("#closeup").is_visible()


def test_embeddings_show_the_codes_by_class(opened: Opened) -> None:
    for embedding, positions in zip(opened.find("#scatter svg").all(), opened.data["embeddings"], strict=True):
        marks = embedding.locator("path").evaluate_all(f"all => all.map(m => [...({CENTRE})(m), m.classList[0]])")
        drawn, expected = np.array([mark[:2] for mark in marks]), np.array(positions)
        scaled = (
            (expected - expected.mean(axis=0)) * [1, -1] * np.ptp(drawn, axis=0).max() / np.ptp(expected, axis=0).max()
        )
        assert np.abs(drawn - drawn.mean(axis=0) - scaled).max() < 0.3
        assert [mark[2] for mark in marks] == [f"class-{label}" for label in opened.data["labels"]]
    label = opened.data["labels"][0]
    opened.find("#classes button").nth(label).click()
    faded = len(opened.variants) * sum(other != label for other in opened.data["labels"])
    assert opened.find("#scatter path.faded").count() == faded


def test_an_image_of_an_embedding_is_marked_in_all_and_opens(opened: Opened) -> None:
    image = next(n for n in range(len(opened.data["labels"])) if n not in opened.data["examples"])
    opened.find("#scatter svg").first.focus()
    opened.press(*["ArrowRight"] * (image + 1))
    title = f"{opened.data['classes'][opened.data['labels'][image]]}, test image {image}"
    assert opened.find("#tip").inner_text().strip() == title
    for embedding in opened.find("#scatter svg").all():
        x, _ = embedding.locator("path").nth(image).evaluate(CENTRE)
        ring = embedding.locator(".ring")
        assert ring.get_attribute("visibility") == "visible"
        assert float(ring.get_attribute("cx") or 0) == pytest.approx(x, abs=0.06)
    opened.press("Enter")
    opened.page.wait_for_timeout(200)
    assert opened.find("#closeup h2").inner_text() == title
    for number, row in enumerate(opened.find("#closeup .strip").all()[1:]):
        assert opened.indices(row) == opened.data["nearest"][number][image]


def test_every_variant_decodes_the_position_in_the_explorer(opened: Opened) -> None:
    pad, tiles, steps = opened.find("#pad"), opened.find("#tiles"), opened.data["planeSteps"]
    pad.scroll_into_view_if_needed()
    side = (pad.bounding_box() or {})["width"] / steps
    pad.hover(position={"x": 2.5 * side, "y": 4.5 * side})
    assert opened.indices(tiles) == [4 * steps + 2] * len(opened.variants)
    pad.focus()
    opened.press("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowLeft")
    assert opened.indices(tiles) == [5 * steps + 1] * len(opened.variants)
    across, down = (round(100 * at / (steps - 1)) for at in (1, 5))
    assert opened.find("#position").inner_text() == f"{across} % of the way to the right, {down} % of the way down"
    assert opened.find(".corners span").all_inner_texts() == opened.data["corners"][0]
    opened.find("#plane").select_option(index=1)
    assert opened.indices(tiles) == [steps * steps + 5 * steps + 1] * len(opened.variants)
    x = f"{opened.data['planeExtent'] * (2 / (steps - 1) - 1):.1f}"
    assert opened.find("#position").inner_text().startswith(f"{x} standard deviations")
    opened.find("#backdrop").select_option(index=1)
    assert pad.get_attribute("class") == "sheet-planes-1"


def test_interpolations_mixtures_and_generated_images(opened: Opened) -> None:
    rows, count = opened.find("#decoded-strips .strip"), len(opened.variants)
    steps, classes = opened.data["interpolations"]["steps"], len(opened.data["classes"])
    opened.find("#choice").select_option(index=2)
    assert opened.indices(rows.first) == [4, *range(2 * steps, 3 * steps), 5]
    rows.nth(1).locator(".cell").nth(3).click()
    assert opened.find("#closeup h2").inner_text().endswith(f", {round(200 / (steps - 1))} %")
    assert opened.indices(opened.find("#closeup")) == [2 * steps + 2] * count
    opened.press("Escape")
    opened.find('input[value="mixtures"]').check()
    opened.find("#choice").select_option(index=4)
    mixtures = len(opened.data["interpolations"]["ends"]) * steps
    assert opened.indices(rows.last) == list(range(mixtures + 4 * classes, mixtures + 5 * classes))
    opened.find('input[value="generated"]').check()
    last = opened.data["samplers"][-1]
    opened.find("#choice").select_option(last)
    for row, generated in zip(rows.all(), opened.data["generated"], strict=True):
        place = generated["samplers"].index(last)
        assert row.locator("small").inner_text() == f"{generated['distances'][place]:.1f}"
        start = mixtures + classes**2 + place * opened.data["perSampler"]
        assert opened.indices(row) == list(range(start, start + opened.data["perSampler"]))


def test_a_threshold_flags_outliers(opened: Opened) -> None:
    rates = opened.data["falsePositiveRates"]
    opened.find("#outliers").select_option("noise")
    opened.find("#threshold").fill("8")
    assert opened.find("#rate").inner_text() == f"{100 * rates[8]:.1f} % of the test images are above it"
    for row, name, records in zip(
        opened.find("#worst .strip").all(), opened.variants, synthetic.inputs().variants.values(), strict=True
    ):
        assert row.get_attribute("data-name") == name
        images = records.evaluation_images
        threshold = np.quantile(images.errors.numpy(), 1 - rates[8])
        recall = float(np.mean(images.outlier_errors["noise"].numpy() > threshold))
        precision = recall / (recall + rates[8])
        shown = f"{threshold:.4f}, recall {100 * recall:.1f} %, precision {100 * precision:.1f} %"
        assert row.locator("small").inner_text() == shown
        assert opened.indices(row) == [n for image in range(5) for n in (image, 5 + image, image, 5 + image)]


def test_touch_works_like_a_pointer(browser: Browser, path: Path) -> None:
    with browser.new_context(offline=True, **WINDOWS["phone"]) as context:
        opened = Opened(context.new_page(), path)
        opened.find("#scatter svg").first.tap()
        assert "test image" in opened.find("#tip").inner_text()
        opened.find("#embeddings h2").tap()
        assert not opened.find("#tip").is_visible()
        opened.find("#scatter svg").first.tap()  # the same image again
        assert opened.find("#closeup").is_visible()
        opened.find("#closeup button").tap()
        opened.find("#pad").tap(position={"x": 1, "y": 1})
        assert opened.indices(opened.find("#tiles")) == [0] * len(opened.variants)


def test_cells_show_the_images_of_their_variant(opened: Opened) -> None:
    def pixels(cell: Locator) -> Any:
        """Return the image in a cell as the browser draws it, uint8 (28, 28)."""
        side = cell.evaluate(  # in a corner of the window it does not begin between two pixels
            "cell => { cell.style = `${cell.style.cssText}; position: fixed; inset: 0 auto auto 0; z-index: 9`; "
            "return cell.offsetWidth; }"
        )
        screen = Image.open(BytesIO(opened.page.screenshot(clip={"x": 0, "y": 0, "width": side, "height": side})))
        cell.evaluate("cell => cell.remove()")
        return np.asarray(screen.convert("L"))[side // 56 :: side // 28, side // 56 :: side // 28].astype(int)

    level = list(TESTED).index("occlusion")
    opened.find("#corruption").select_option(TESTED["occlusion"].description)
    for name, records in synthetic.inputs().variants.items():
        expected = {
            f'#strips .strip[data-name="{name}"] .cell >> nth=4': records.evaluation_images.reconstructions[
                level, 4 * synthetic.PER_CLASS
            ],
            f'#decoded-strips .strip[data-name="{name}"] .cell >> nth=3': records.latent_images.interpolations[0, 2],
        }
        opened.find("#choice").select_option(index=0)
        for place, image in expected.items():
            assert np.abs(pixels(opened.find(place)) - image[0].numpy()).mean() < 12  # compression


def test_the_theme_changes_and_the_page_works_without_scripts(browser: Browser, opened: Opened, path: Path) -> None:
    colours = [opened.page.evaluate("getComputedStyle(document.body).backgroundColor")]
    for _ in range(2):
        opened.find("#theme").click()
        colours.append(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] == colours[2] != colours[1]
    with browser.new_context(offline=True, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.locator("noscript").is_visible()
        assert page.locator("#overview td").first.is_visible()
        assert not page.locator("#chart").is_visible()
