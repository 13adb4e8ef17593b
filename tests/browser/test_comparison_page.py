"""The comparison page in a browser, from the file system and without a network: of made-up records, and of a run."""

import gzip
import json
import math
import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic
from PIL import Image
from playwright.sync_api import Browser, Locator, Page
from repository import VARIANTS, Copy

from hourglass import models
from hourglass.corruptions import TESTED, Inputs
from hourglass.images import Images, to_uint8
from hourglass.metrics import METRICS
from hourglass.records import LatentImages

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

# where a mark of a map is, as it says
MIDDLE = "mark => mark.getAttribute('transform').match(/translate\\(([^,]+),([^)]+)/).slice(1).map(Number)"
COMPRESSED = 12  # of 255, on average: by how much less a pixel may be off that went through compression

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(copy_of_its_own: Copy) -> Copy:
    return copy_of_its_own


class Opened:
    """A page in the browser, and what its script works on."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.complaints = page, list[str]()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(request.url[:200]))
        page.goto(path.as_uri())
        self.data: dict[str, Any] = json.loads(page.locator("#data").inner_text())

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def heading(self, title: str) -> Locator:
        """The button over a column of a table."""
        return self.find("button").filter(has_text=re.compile(f"^{re.escape(title)}$"))

    def names(self, table: Locator) -> list[str]:
        """The variants of a table, from top to bottom."""
        names: list[str] = table.locator("tbody th").evaluate_all("heads => heads.map(head => head.dataset.value)")
        return names

    def indices(self, row: Locator) -> list[int]:
        """Which images of their sheets a row shows."""
        return [int(index) for index in row.locator(".cell").evaluate_all("cells => cells.map(c => c.dataset.index)")]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of made-up records, and nothing beside it."""
    path = tmp_path_factory.mktemp("page") / "index.html"
    swept = synthetic.swept(tmp_path_factory.mktemp("swept"))
    path.write_text(synthetic.everything().compare(swept).page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def of_a_run(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run of the whole graph, and nothing beside it."""
    return Path(shutil.copy(copy.path / "plots/compare/index.html", tmp_path_factory.mktemp("page")))


WINDOWS = {"desktop": DESKTOP, "phone": PHONE}
EVERY = [(page, window) for page in ("made_up", "of_a_run") for window in WINDOWS]


@pytest.fixture(scope="module", params=["made_up", "of_a_run"])
def path(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture(params=[("made_up", "desktop"), ("of_a_run", "phone")], ids="-".join)
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Either page, and either width; whatever a test does with it, it has nothing to complain of."""
    page, window = request.param
    with browser.new_context(offline=True, **WINDOWS[window]) as context:
        opened = Opened(context.new_page(), request.getfixturevalue(page))
        yield opened
        assert opened.complaints == []


@pytest.mark.parametrize("opened", EVERY, ids="-".join, indirect=True)
def test_it_opens_and_fits_the_window(opened: Opened) -> None:
    assert opened.page.title().startswith("hourglass: ")
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.find("#glance .winner").count() == 3
    assert opened.names(opened.find("#glance table")) == opened.data["variants"]
    errors = opened.find("#glance thead button").filter(has_text="test MSE").bounding_box() or {}
    assert errors["x"] + errors["width"] <= opened.page.evaluate("innerWidth")  # without scrolling, on a phone too
    assert opened.find("#findings li").count() >= 1
    assert not opened.find("#findings li").first.is_visible()
    opened.find("#findings summary").click()
    assert opened.find("#findings li").first.is_visible()
    tables = opened.find("#figures table").all()
    assert all(opened.names(table) == opened.data["variants"] for table in tables)
    # what each makes of its own input is no contest
    assert [table.locator("td.best").count() > 0 for table in tables] == [True, True, False]
    assert opened.find("#figures tfoot th").first.inner_text() == "the images themselves"
    opened.find("#figures summary").click()
    assert opened.find("#figures dt").all_inner_texts() == [metric.title for metric in METRICS]
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_sweep_has_its_pictures_and_a_page_without_one_no_place_for_them(opened: Opened) -> None:
    swept = opened.find("#findings li").filter(has_text="seeds").count() > 0
    assert opened.find("nav a[href='#sweep']").count() == opened.find("#sweep").count() == swept
    for picture in opened.find("#sweep img").all():
        assert picture.evaluate("image => image.naturalWidth") > 300
        assert picture.get_attribute("alt") == picture.locator("xpath=following-sibling::figcaption").inner_text()
    assert opened.find("#sweep img").count() == 4 * swept


@pytest.mark.parametrize(("title", "best"), [("parameters", 1), ("test MSE", 1), ("silhouette", -1)])
def test_a_heading_sorts_by_its_column_the_best_first(opened: Opened, title: str, best: int) -> None:
    button = opened.heading(title)
    table = opened.find("#figures table").filter(has=button)
    heading = table.locator("thead th").filter(has=button)
    column = heading.evaluate("head => head.cellIndex")

    def values() -> list[float]:
        cells = table.locator(f"tbody tr > :nth-child({column + 1})")
        return [float(value) for value in cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")]

    unsorted = dict(zip(opened.names(table), values(), strict=True))
    directions = {1: "ascending", -1: "descending"}
    for way in (best, -best):
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == directions[way]
        assert opened.names(table) == sorted(unsorted, key=lambda name: way * unsorted[name])  # equal: as they were
        assert values() == sorted(unsorted.values(), reverse=way < 0)
    table.locator("thead button").first.click()
    assert opened.names(table) == sorted(opened.data["variants"])
    assert heading.get_attribute("aria-sort") is None


def test_a_variant_without_such_a_figure_stays_last(opened: Opened) -> None:
    button = opened.heading("Fréchet, prior")
    table = opened.find("#figures table").filter(has=button)
    (known,) = [name for name in opened.data["variants"] if name.startswith("denoising_vae")]
    for _ in range(2):
        button.click()
        assert opened.names(table) == [known, *(name for name in opened.data["variants"] if name != known)]


def test_chosen_variants_alone_are_shown_and_the_address_keeps_them(opened: Opened) -> None:
    first, *others = opened.data["variants"]
    opened.find("#choose summary").click()
    opened.find("#shown button").first.click()
    for _ in range(2):  # as chosen, and as the address has it
        assert opened.find("#choose summary span").inner_text() == f"{len(others)} of {len(others) + 1}"
        for part in (
            "#glance tr",
            "#figures tr",
            "#strips .strip",
            "#scatter figure",
            "#tiles figure",
            "#decoded .strip",
        ):
            assert opened.find(f'{part}[data-name="{first}"]').first.is_hidden()
            assert opened.find(f'{part}[data-name="{others[0]}"]').first.is_visible()
        drawn = opened.find("#chart g[data-name]")
        assert drawn.evaluate_all("groups => groups.map(group => group.dataset.name)") == others
        opened.page.reload()
    opened.find("#choose summary").click()
    opened.find("#shown button").first.click()
    assert opened.find(f'#glance tr[data-name="{first}"]').is_visible()
    assert "?" not in opened.page.url


def test_figures_are_held_against_the_variant_that_is_pinned(opened: Opened) -> None:
    def cells(name: str) -> list[tuple[str, float | None]]:
        """What a variant's row says in all tables, and the values behind it."""
        found = opened.find(f'#figures tr[data-name="{name}"] td')
        values = found.evaluate_all("cells => cells.map(cell => cell.dataset.value ?? null)")
        return list(zip(found.all_inner_texts(), [value and float(value) for value in values], strict=True))

    pinned, other = opened.data["variants"][:2]
    held, before = cells(pinned), cells(other)
    opened.find("#choose summary").click()
    opened.find("#against").select_option(pinned)
    opened.page.reload()  # the address keeps it
    assert cells(pinned) == held
    told = [text for text, _ in cells(other)]
    for metric, said, (_, at), (text, value) in zip(METRICS, told, held, before, strict=True):
        if at is None or value is None:
            assert said == text
        else:
            size = format(abs(value - at), metric.format).replace("%", " pp")
            sign = "±" if not re.search("[1-9]", size) else "+" if value > at else "−"
            assert said == sign + size
    opened.find("#choose summary").click()
    opened.find("#against").select_option("nothing")
    assert cells(other) == before
    assert "?" not in opened.page.url


@pytest.mark.parametrize("cost", ["latent", "parameters"])
@pytest.mark.parametrize("reached", ["mse", "gaussian"])
def test_costs_are_drawn_against_what_they_reach(opened: Opened, cost: str, reached: str) -> None:
    opened.find(f'input[name="cost"][value="{cost}"]').check()
    opened.find(f'input[name="reached"][value="{reached}"]').check()
    names, known = opened.data["variants"], opened.data["costs"]
    dots = {name: opened.find(f'#costs g[data-name="{name}"] circle') for name in names}
    drawn = np.array([[float(dots[name].get_attribute(axis) or 0) for axis in ("cx", "cy")] for name in names])
    prices = np.log(known["costs"][cost])
    heights = np.array([middle for middle, _ in known["reached"][reached]])
    for places, values, upwards in ((drawn[:, 0], prices, False), (drawn[:, 1], heights, True)):
        slope, start = np.polyfit(values, places, 1)
        assert np.abs(start + slope * values - places).max() < 0.2
        assert (slope < 0) == upwards
    # beside the best linear code of every size
    assert opened.find("#costs .bound").count() == (cost == "latent")
    boxes = [opened.find(f'#costs g[data-name="{name}"] text').bounding_box() or {} for name in names]
    for a, b in combinations(boxes, 2):  # no name over another
        beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
        assert beside or abs(a["y"] - b["y"]) > 10 * a["height"] / 16
    window = opened.page.viewport_size or {"width": 0}
    assert all(box["x"] + box["width"] <= window["width"] for box in boxes)


def test_a_name_switches_its_curve(opened: Opened) -> None:
    names = opened.data["variants"]
    drawn = opened.find("#chart g[data-name]")
    assert drawn.evaluate_all("groups => groups.map(group => group.dataset.name)") == names
    button = opened.find("#curves button").first
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert drawn.evaluate_all("groups => groups.map(group => group.dataset.name)") == names[1:]
    button.click()
    assert drawn.count() == len(names)
    for other in opened.find("#curves button").all():  # with none left there is nothing to draw, and no error
        other.click()
    assert drawn.count() == 0


def places(curve: Locator) -> list[tuple[float, float]]:
    """The points of a curve, in units of the drawing."""
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", curve.get_attribute("d") or "")]


@pytest.mark.parametrize("images", ["test", "training"])
@pytest.mark.parametrize(("scale", "of"), [("linear", float), ("log", math.log)])
def test_curves_show_the_losses_on_either_scale(opened: Opened, images: str, scale: str, of: Any) -> None:
    opened.find(f'input[value="{images}"]').check()
    opened.find(f'input[value="{scale}"]').check()
    label = str(opened.find("#chart svg").get_attribute("aria-label"))
    assert label.startswith(f"Loss on {images} images against epochs, {scale} scale")
    drawn = opened.find("#chart path.curve:not(.closed)")
    shown = [points for points in opened.data["curves"][images] if points[0][0] > 0]
    found = [places(curve) for curve in drawn.all()]
    assert [len(points) for points in found] == [len(points) for points in shown]
    heights = np.array([y for points in found for _, y in points])
    values = np.array([of(value) for points in shown for _, value in points])
    slope, start = np.polyfit(values, heights, 1)  # a straight line, downwards: larger losses are further up
    assert slope < 0
    assert np.abs(start + slope * values - heights).max() < 0.2
    looks = "curves => curves.map(getComputedStyle).map(style => `${style.stroke} ${style.strokeDasharray}`)"
    assert len(set(drawn.evaluate_all(looks))) == len(found)


def test_the_chart_tells_the_losses_at_the_pointer(opened: Opened) -> None:
    chart, tip = opened.find("#chart svg"), opened.find("#tip")
    chart.hover()
    assert tip.inner_text().startswith("epoch ")
    last = opened.data["curves"]["test"][-1][-1][1]  # PCA, which has no epochs
    assert f"{last:.4f} {opened.data['variants'][-1]}" in tip.inner_text()
    box = chart.bounding_box() or {}
    chart.hover(position={"x": box["width"] - 15, "y": box["height"] / 2})  # the last epoch
    longest = max(points[-1][0] for points in opened.data["curves"]["test"])
    told = tip.inner_text().splitlines()
    assert told[0] == f"epoch {max(2, longest)}"
    still = [
        points for points in opened.data["curves"]["test"] if points[0][0] == 0 or points[-1][0] >= max(2, longest)
    ]
    assert len(told) == 1 + len(still)  # what has ended is not told any more
    inside = tip.bounding_box() or {}
    window = opened.page.viewport_size or {"width": 0, "height": 0}
    assert inside["x"] >= 0
    assert inside["x"] + inside["width"] <= window["width"]
    chart.focus()
    opened.page.keyboard.press("ArrowLeft")
    assert tip.inner_text().startswith(f"epoch {max(2, longest) - 1}")
    opened.page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_a_class_and_a_corruption_are_picked(opened: Opened) -> None:
    each, classes = opened.data["perClass"], opened.data["classes"]
    rows = opened.find("#strips .strip:not(.heads)")
    assert opened.find("#strips .heads .cells span").all_inner_texts() == classes
    assert rows.count() == 1 + len(opened.data["variants"])
    assert opened.indices(rows.nth(1)) == [label * each for label in range(len(classes))]
    opened.find("#class").select_option(classes[3])
    assert opened.indices(rows.nth(1)) == list(range(3 * each, 4 * each))
    words = TESTED["gaussian_occlusion"].words
    assert opened.find("#corruption option").all_inner_texts() == [kind.words for kind in TESTED.values()]
    opened.find("#corruption").select_option(words)
    assert rows.count() == 2 + len(opened.data["variants"])
    level = list(TESTED).index("gaussian_occlusion") * len(classes) * each
    given = opened.find('.strip[data-name="given"]')
    assert given.locator("small").inner_text() == words
    assert opened.indices(given) == opened.indices(rows.last) == list(range(level + 3 * each, level + 4 * each))
    errors = opened.data["errors"][-1][list(TESTED).index("gaussian_occlusion")][3 * each : 4 * each]
    assert each > 1
    assert float(rows.last.locator("small").inner_text()) == pytest.approx(sum(errors) / each, abs=6e-5)


def test_a_test_image_opens_through_every_variant(opened: Opened) -> None:
    """By pointer: what becomes of it, how far that is off, and its neighbours."""
    variants, each, samples = opened.data["variants"], opened.data["perClass"], opened.data["samples"]
    level, place = list(TESTED).index("occlusion"), 3 * each
    opened.find("#corruption").select_option(TESTED["occlusion"].words)
    opened.find(f'#strips .strip[data-name="{variants[1]}"] .cell').nth(3).click()
    closer = opened.find("#closer")
    assert closer.is_visible()
    label, at = opened.data["classes"][3], level * len(samples) + place
    assert closer.locator("h2").inner_text() == f"{label}, test image {samples[place]} with occlusion"
    assert opened.indices(closer.locator(".strip").first) == [place, at]
    for number, name in enumerate(variants):
        row = closer.locator(f'.strip[data-name="{name}"]')
        assert float(row.locator("small").inner_text()) == pytest.approx(
            opened.data["errors"][number][level][place], abs=6e-5
        )
        nearest = opened.data["nearest"][number][samples[place]] if samples[place] < len(opened.data["labels"]) else []
        assert opened.indices(row) == [at, place, at, *nearest]
        framed = [opened.data["labels"][other] != 3 for other in nearest]
        assert (
            row.locator(".cells > .cell").evaluate_all("all => all.slice(2).map(c => c.classList.contains('end'))")
            == framed
        )
        assert (
            row.locator(".difference > .cell").evaluate("cell => getComputedStyle(cell).mixBlendMode") == "difference"
        )
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    closer.locator("button").click()
    assert not closer.is_visible()


def test_the_keys_choose_an_image_and_open_it_and_hidden_variants_are_passed_over(opened: Opened) -> None:
    each, samples = opened.data["perClass"], opened.data["samples"]
    opened.find("#choose summary").click()
    opened.find("#shown button").first.click()
    opened.page.keyboard.press("Escape")
    opened.find("#strips").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        opened.page.keyboard.press(key)
    chosen = opened.find("#strips .current")
    row = chosen.locator("xpath=ancestor::*[@data-name]")
    assert (row.get_attribute("data-name"), opened.indices(row)[1]) == (opened.data["variants"][1], each)
    told = f"{opened.data['classes'][1]}, test image {samples[each]}"
    assert opened.find("#current").inner_text() == f"{opened.data['variants'][1]}: {told}"
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_timeout(200)  # a button in focus would take the key too
    assert opened.find("#closer").is_visible()
    assert opened.find("#closer h2").inner_text() == told
    assert not opened.find(f'#closer [data-name="{opened.data["variants"][0]}"]').is_visible()
    opened.page.keyboard.press("Escape")
    assert not opened.find("#closer").is_visible()
    opened.page.keyboard.press("ArrowRight")  # from where it was
    assert opened.find("#strips .current").get_attribute("data-index") == str(2 * each)


def test_an_image_on_a_map_opens_with_its_neighbours_in_every_code(opened: Opened) -> None:
    image = next(n for n in range(len(opened.data["labels"])) if n not in opened.data["samples"])
    opened.find("#scatter svg").first.focus()
    for _ in range(image + 1):
        opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_timeout(200)
    assert opened.find("#closer").is_visible()
    label = opened.data["classes"][opened.data["labels"][image]]
    assert opened.find("#closer h2").inner_text() == f"{label}, test image {image}"
    for number, row in enumerate(opened.find("#closer .strip").all()[1:]):
        assert opened.indices(row) == opened.data["nearest"][number][image]
        error = opened.data["mappedErrors"][number][image]
        assert float(row.locator("small").inner_text()) == pytest.approx(error, abs=6e-5)


def test_maps_show_the_codes_in_the_colours_of_their_classes(opened: Opened) -> None:
    for map_, known in zip(opened.find("#scatter svg").all(), opened.data["maps"], strict=True):
        drawn = map_.locator("path").evaluate_all(
            f"marks => marks.map(mark => [...({MIDDLE})(mark), mark.classList[0]])"
        )
        points, known_points = np.array([place[:2] for place in drawn]), np.array(known["points"])
        size = np.ptp(known_points, axis=0).max()
        # alike but for scale and place, with the second axis upwards
        expected = (known_points - known_points.mean(axis=0)) * [1, -1] * np.ptp(points, axis=0).max() / size
        assert np.abs(points - points.mean(axis=0) - expected).max() < 0.3
        assert [place[2] for place in drawn] == [f"class-{label}" for label in opened.data["labels"]]
    # told apart without colour: by shape, or by how it is turned
    legend = opened.find("#classes path")
    looks = legend.evaluate_all("marks => marks.map(m => m.getAttribute('d') + m.getAttribute('transform'))")
    assert len(set(looks)) == len(opened.data["classes"])


def test_the_image_under_the_pointer_is_shown_and_ringed_on_every_map(opened: Opened) -> None:
    maps, tip = opened.find("#scatter svg"), opened.find("#tip")
    assert maps.count() == len(opened.data["variants"])
    maps.first.scroll_into_view_if_needed()
    places = np.array(maps.first.locator("path").evaluate_all(f"marks => marks.map({MIDDLE})"))
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + np.diag(np.full(len(places), np.inf))
    loneliest = int(distances.min(axis=1).argmax())
    side = (maps.first.bounding_box() or {})["width"]
    x, y = (places[loneliest] * side / 200).tolist()
    maps.first.hover(position={"x": x, "y": y})
    assert tip.locator(".cell").get_attribute("data-index") == str(loneliest)
    label = opened.data["classes"][opened.data["labels"][loneliest]]
    assert tip.inner_text().strip() == f"{label}, test image {loneliest}"
    for map_ in maps.all():
        (x, _), ring = map_.locator("path").nth(loneliest).evaluate(MIDDLE), map_.locator(".ring")
        assert ring.get_attribute("visibility") == "visible"
        assert float(ring.get_attribute("cx") or 0) == pytest.approx(x, abs=0.06)
    opened.find("h1").hover()
    assert not tip.is_visible()
    assert maps.first.locator(".ring").get_attribute("visibility") == "hidden"


def test_a_finger_does_what_a_pointer_does(browser: Browser, path: Path) -> None:
    with browser.new_context(offline=True, **PHONE) as context:
        opened = Opened(context.new_page(), path)
        opened.find("#scatter svg").first.tap()
        assert "test image" in opened.find("#tip").inner_text()  # and stays, although the finger is lifted
        opened.find("#maps h2").tap()
        assert not opened.find("#tip").is_visible()
        opened.find("#scatter svg").first.tap()  # the same image once more
        assert opened.find("#closer").is_visible()
        opened.find("#closer button").tap()
        opened.find("#pad").tap(position={"x": 1, "y": 1})
        assert opened.indices(opened.find("#tiles")) == [0] * len(opened.data["variants"])


def test_the_keys_go_from_image_to_image_on_a_map(opened: Opened) -> None:
    opened.find("#scatter svg").nth(1).focus()
    for key, image in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowLeft", 0)):
        opened.page.keyboard.press(key)
        assert opened.find("#tip").inner_text().strip().endswith(f"test image {image}")


def test_a_class_dims_the_others_on_the_maps(opened: Opened) -> None:
    label = opened.data["labels"][0]
    opened.find("#classes button").nth(label).click()
    expected = sum(other != label for other in opened.data["labels"])
    for map_ in opened.find("#scatter svg").all():
        assert map_.locator("path.faded").count() == expected
    opened.find("#classes button").nth(label).click()
    assert opened.find("#scatter path.faded").count() == 0


def test_every_variant_decodes_the_place_in_the_explorer(opened: Opened) -> None:
    pad, tiles, steps = opened.find("#pad"), opened.find("#tiles"), opened.data["lattice"]
    assert tiles.locator("figure").count() == len(opened.data["variants"])
    pad.scroll_into_view_if_needed()
    side = (pad.bounding_box() or {})["width"] / steps
    pad.hover(position={"x": 2.5 * side, "y": 4.5 * side})
    assert opened.indices(tiles) == [4 * steps + 2] * len(opened.data["variants"])
    pad.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowLeft"):
        opened.page.keyboard.press(key)
    assert opened.indices(tiles) == [5 * steps + 1] * len(opened.data["variants"])
    told = opened.find("#place").inner_text()
    assert told == f"{round(100 / (steps - 1))} % of the way to the right, {round(500 / (steps - 1))} % of the way down"
    opened.find("#plane").select_option(index=1)
    assert opened.indices(tiles) == [steps * steps + 5 * steps + 1] * len(opened.data["variants"])
    x, y = (f"{opened.data['reach'] * (at / (steps - 1) * 2 - 1):.1f}" for at in (1, steps - 1 - 5))
    assert (
        opened.find("#place").inner_text().startswith(f"{x} standard deviations along the first direction, {y} along")
    )
    assert opened.find(".corners span").count() == 0
    opened.find("#plane").select_option(index=0)
    assert opened.find(".corners span").all_inner_texts() == opened.data["corners"][0]
    opened.find("#backdrop").select_option(index=1)
    assert pad.get_attribute("class") == "sheet-planes-1"


def test_interpolations_mixtures_and_generated_images_of_every_variant(opened: Opened) -> None:
    rows, count = opened.find("#decoded .strip"), len(opened.data["variants"])
    lines, classes = opened.data["lines"], len(opened.data["classes"])
    opened.find("#choice").select_option(index=2)
    assert rows.count() == count
    steps = lines["steps"]
    assert opened.indices(rows.first) == [4, *range(2 * steps, 3 * steps), 5]
    rows.first.locator(".cell").first.click()  # a test image, which no variant decoded
    assert not opened.find("#closer").is_visible()
    rows.nth(1).locator(".cell").nth(3).click()
    assert opened.find("#closer h2").inner_text().endswith(f", {round(200 / (steps - 1))} %")
    assert opened.indices(opened.find("#closer")) == [2 * steps + 2] * count
    assert opened.find("#closer .cell").last.get_attribute("class") == f"cell sheet-decoded-{count - 1}"
    opened.page.keyboard.press("Escape")
    opened.find('input[value="mixtures"]').check()
    opened.find("#choice").select_option(index=4)
    mixtures = len(lines["ends"]) * steps
    assert opened.indices(rows.last) == list(range(mixtures + 4 * classes, mixtures + 5 * classes))
    rows.first.locator(".cell").nth(5).click()
    names = opened.data["classes"]
    assert opened.find("#closer h2").inner_text() == f"Between {names[4]} and {names[5]}"
    opened.page.keyboard.press("Escape")
    opened.find('input[value="generated"]').check()
    rows.first.locator(".cell").first.click()  # each variant draws its own
    assert not opened.find("#closer").is_visible()
    opened.find("#choice").select_option(opened.data["ways"][-1])
    for row, generated in zip(rows.all(), opened.data["generated"], strict=True):
        place = generated["ways"].index(opened.data["ways"][-1])
        assert row.locator("small").inner_text() == f"{generated['distances'][place]:.1f}"
        first = mixtures + classes**2 + place * opened.data["perWay"]
        assert opened.indices(row) == list(range(first, first + opened.data["perWay"]))


def test_light_turns_dark_and_back(opened: Opened) -> None:
    grounds = [opened.page.evaluate("getComputedStyle(document.body).backgroundColor")]
    for _ in range(2):
        opened.find("#theme").click()
        grounds.append(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] == grounds[2] != grounds[1]


def test_without_its_script_the_findings_and_figures_are_there(browser: Browser, path: Path) -> None:
    with browser.new_context(offline=True, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.locator("noscript").is_visible()
        assert page.locator("#figures td").first.is_visible()
        assert not page.locator("#chart").is_visible()


def test_the_file_is_small_enough_to_send(path: Path) -> None:
    assert len(gzip.compress(path.read_bytes())) < 1.5e6  # as servers send it


@pytest.fixture
def desk(browser: Browser, copy: Copy) -> Iterator[Opened]:
    with browser.new_context(offline=True, **DESKTOP) as context:
        yield Opened(context.new_page(), copy.path / "plots/compare/index.html")


def pixels(cell: Locator) -> Any:
    """The image in a cell as the browser draws it, uint8 (28, 28)."""
    # to a corner of the window: on the page it may begin between two pixels
    style = cell.evaluate("cell => cell.style.cssText")
    side = cell.evaluate(
        "cell => { cell.style = `${cell.style.cssText}; position: fixed; inset: 0 auto auto 0; z-index: 9`; "
        "return cell.offsetWidth; }"
    )
    screen = cell.page.screenshot(clip={"x": 0, "y": 0, "width": side, "height": side})
    cell.evaluate("(cell, style) => { cell.style = style; }", style)
    step = side // 28
    return np.asarray(Image.open(BytesIO(screen)).convert("L"))[step // 2 :: step, step // 2 :: step]


def test_every_variant_shows_images_of_its_own(browser: Browser, made_up: Path) -> None:
    everything = synthetic.everything()
    level = list(TESTED).index("occlusion")
    with browser.new_context(offline=True, **DESKTOP) as context:
        opened = Opened(context.new_page(), made_up)
        opened.find("#corruption").select_option(TESTED["occlusion"].words)
        opened.find("#choice").select_option(index=1)
        opened.find("#pad").focus()
        opened.page.keyboard.press("ArrowUp")
        middle = synthetic.LATTICE // 2
        for name, records in everything.variants.items():
            images, latent = records.evaluation_images.reconstructions, records.latent_images
            expected = {
                f'#strips .strip[data-name="{name}"] .cell >> nth=4': images[level, 4 * synthetic.OF_EACH_CLASS],
                f'#tiles figure[data-name="{name}"] .cell': latent.planes["images"][middle - 1, middle],
                f'#decoded .strip[data-name="{name}"] .cell >> nth=3': latent.lines[1, 2],
            }
            for place, image in expected.items():
                assert np.abs(pixels(opened.find(place)).astype(int) - image.numpy()).mean() < COMPRESSED


def test_the_images_are_what_the_models_make(desk: Opened, copy: Copy) -> None:
    test = Images.load(copy.path / "data/prepared/images/test.safetensors")
    noisy = Inputs.load(copy.path / "data/prepared/inputs/gaussian/test.safetensors").images
    chosen = (test.labels == 3).nonzero()[5]
    desk.find("#class").select_option(index=4)  # the first is one of each
    desk.find("#corruption").select_option(index=list(TESTED).index("gaussian"))
    given = pixels(desk.find('.strip[data-name="given"] .cell').nth(5))
    assert np.abs(given.astype(int) - noisy[chosen[0]].numpy()).mean() < COMPRESSED
    for name in VARIANTS:
        model = models.load(copy.path / f"models/{name}.safetensors")
        made = to_uint8(models.reconstruct(model, noisy[chosen]))[0]
        shown = pixels(desk.find(f'#strips .strip[data-name="{name}"] .cell').nth(5))
        assert np.abs(shown.astype(int) - made.numpy()).mean() < COMPRESSED


def test_the_explorer_shows_codes_between_reconstructions(desk: Opened, copy: Copy) -> None:
    desk.find("#pad").scroll_into_view_if_needed()
    desk.find("#pad").hover(position={"x": 1, "y": 1})
    decoded = LatentImages.load(copy.path / "data/latent/linear.safetensors").planes["images"][0, 0]
    model = models.load(copy.path / "models/linear.safetensors")
    test = Images.load(copy.path / "data/prepared/images/test.safetensors")
    first = to_uint8(models.reconstruct(model, test.images[test.first_of_each_class()[[0]]]))[0]
    assert (decoded.int() - first.int()).abs().max() <= 1
    shown = pixels(desk.find('#tiles figure[data-name="linear"] .cell'))
    assert np.abs(shown.astype(int) - decoded.numpy()).mean() < COMPRESSED


def test_the_hashes_on_the_page_lead_to_the_trainings(desk: Opened, copy: Copy) -> None:
    runs = copy.runs()
    client = copy.client()
    for name, details in zip(VARIANTS, desk.find("#origin details").all(), strict=True):
        details.locator("summary").click()
        search = details.locator("dd").nth(2).inner_text()
        found = client.search_runs([runs[name].info.experiment_id], search)
        assert [run.data.tags["variant"] for run in found] == [name]
        assert found[0].data.tags["data.sha256"] == details.locator("dd").first.inner_text()
        assert f"latent: {found[0].data.params['network.latent']}" in details.locator("pre").inner_text()
