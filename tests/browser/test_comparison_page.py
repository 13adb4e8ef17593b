"""The comparison page in a browser, from the file system and without a network: the committed one, and a new one."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize
from repository import ROOT, VARIANTS, Copy

from hourglass import latent, models, training
from hourglass.data import CORRUPTIONS, Images, Inputs, as_stored

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

pytestmark = pytest.mark.slow


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

    def names(self, table: Locator) -> list[str]:
        """The variants of a table, from top to bottom."""
        names: list[str] = table.locator("tbody th").evaluate_all("heads => heads.map(head => head.dataset.value)")
        return names

    def indices(self, row: Locator) -> list[int]:
        """Which images of their sheets a row shows."""
        return [int(index) for index in row.locator(".cell").evaluate_all("cells => cells.map(c => c.dataset.index)")]


@pytest.fixture(scope="module", params=["committed", "new"])
def path(request: pytest.FixtureRequest) -> Path:
    root = ROOT if request.param == "committed" else request.getfixturevalue("copy").path
    return Path(root) / "plots/compare/index.html"


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def opened(browser: Browser, path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """The page at either width; whatever a test does with it, it has nothing to complain of."""
    with browser.new_context(offline=True, viewport=request.param) as context:
        opened = Opened(context.new_page(), path)
        yield opened
        assert opened.complaints == []


def test_it_opens_and_fits_the_window(opened: Opened) -> None:
    assert opened.page.title().startswith("hourglass: ")
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.find("#findings li").count() >= 1
    assert opened.find("#figures table").count() == 2
    for table in opened.find("#figures table").all():
        assert opened.names(table) == opened.data["variants"]
        assert table.locator("td.best").count() > 0


def test_a_heading_sorts_by_its_column(opened: Opened) -> None:
    table = opened.find("#figures table").first
    heading = table.locator("thead th", has_text="test MSE")
    column = heading.evaluate("head => head.cellIndex")

    def values() -> list[float]:
        cells = table.locator(f"tbody tr > :nth-child({column + 1})")
        return [float(value) for value in cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")]

    unsorted = values()
    heading.locator("button").click()
    assert values() == sorted(unsorted)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.locator("button").click()
    assert values() == sorted(unsorted, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"
    table.locator("thead button").first.click()
    assert opened.names(table) == sorted(opened.data["variants"])
    assert heading.get_attribute("aria-sort") is None


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


def test_the_scale_and_the_set_of_images_can_be_changed(opened: Opened) -> None:
    drawn = opened.find("#chart path.curve").first
    linear = drawn.get_attribute("d")
    opened.find('input[value="log"]').check()
    assert drawn.get_attribute("d") != linear
    label = opened.find("#chart svg").get_attribute("aria-label")
    assert label == "Loss on test images against epochs, log scale"
    opened.find('input[value="training"]').check()
    assert str(opened.find("#chart svg").get_attribute("aria-label")).startswith("Loss on training images")


def test_the_chart_tells_the_losses_at_the_pointer(opened: Opened) -> None:
    opened.find("#chart svg").hover()
    tip = opened.find("#tip")
    assert tip.is_visible()
    assert tip.inner_text().startswith("epoch ")
    last = opened.data["curves"]["test"][-1][-1][1]  # PCA, which has no epochs
    assert f"{last:.4f} {opened.data['variants'][-1]}" in tip.inner_text()


def test_a_class_and_a_corruption_are_picked(opened: Opened) -> None:
    each, classes = opened.data["perClass"], opened.data["classes"]
    rows = opened.find("#strips .strip")
    assert rows.count() == 1 + len(opened.data["variants"])
    assert opened.indices(rows.nth(1)) == [label * each for label in range(len(classes))]
    opened.find("#class").select_option(classes[3])
    assert opened.indices(rows.nth(1)) == list(range(3 * each, 4 * each))
    opened.find("#corruption").select_option("gaussian and occlusion")
    assert rows.count() == 2 + len(opened.data["variants"])
    level = opened.data["corruptions"].index("gaussian_occlusion") * len(classes) * each
    given = opened.find('.strip[data-name="given"]')
    assert opened.indices(given) == opened.indices(rows.last) == list(range(level + 3 * each, level + 4 * each))
    errors = opened.data["errors"][-1][opened.data["corruptions"].index("gaussian_occlusion")][3 * each : 4 * each]
    assert float(rows.last.locator("small").inner_text()) == pytest.approx(sum(errors) / each, abs=6e-5)


def test_the_image_under_the_pointer_is_shown_and_ringed_on_every_map(opened: Opened) -> None:
    maps = opened.find("#scatter svg")
    assert maps.count() == len(opened.data["variants"])
    maps.first.scroll_into_view_if_needed()
    point = maps.first.locator("circle").nth(7)
    point.hover(force=True)
    tip = opened.find("#tip")
    told = re.fullmatch(r"(.+), test image (\d+)", tip.inner_text().strip())
    assert told is not None
    index = int(told[2])
    assert told[1] == opened.data["classes"][opened.data["labels"][index]]
    assert tip.locator(".cell").get_attribute("data-index") == told[2]
    for map_ in maps.all():
        circle, ring = map_.locator("circle").nth(index), map_.locator(".ring")
        assert ring.get_attribute("visibility") == "visible"
        assert float(ring.get_attribute("cx") or 0) == pytest.approx(float(circle.get_attribute("cx") or 0), abs=0.06)
    opened.find("h1").hover()
    assert not tip.is_visible()


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
        assert map_.locator("circle.faded").count() == expected
    opened.find("#classes button").nth(label).click()
    assert opened.find("#scatter circle.faded").count() == 0


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
    opened.find("#plane").select_option(index=1)
    assert opened.indices(tiles) == [steps * steps + 5 * steps + 1] * len(opened.data["variants"])
    assert opened.find("#place").inner_text() != told
    opened.find("#backdrop").select_option(index=1)
    assert pad.get_attribute("class") == "sheet-planes-1"


def test_interpolations_mixtures_and_generated_images_of_every_variant(opened: Opened) -> None:
    rows, count = opened.find("#decoded .strip"), len(opened.data["variants"])
    lines, classes = opened.data["lines"], len(opened.data["classes"])
    opened.find("#choice").select_option(index=2)
    assert rows.count() == count
    steps = lines["steps"]
    assert opened.indices(rows.first) == [4, *range(2 * steps, 3 * steps), 5]
    opened.find('input[value="mixtures"]').check()
    opened.find("#choice").select_option(index=4)
    mixtures = len(lines["ends"]) * steps
    assert opened.indices(rows.last) == list(range(mixtures + 4 * classes, mixtures + 5 * classes))
    opened.find('input[value="generated"]').check()
    opened.find("#choice").select_option(opened.data["ways"][-1])
    for row, generated in zip(rows.all(), opened.data["generated"], strict=True):
        place = generated["ways"].index(opened.data["ways"][-1])
        assert row.locator("small").inner_text() == f"{generated['distances'][place]:.1f}"
        assert opened.indices(row)[0] == mixtures + classes**2 + place * opened.data["perWay"]


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
    assert path.stat().st_size < 15e6


@pytest.fixture
def desk(browser: Browser, copy: Copy) -> Iterator[Opened]:
    with browser.new_context(offline=True, viewport=DESKTOP) as context:
        yield Opened(context.new_page(), copy.path / "plots/compare/index.html")


def pixels(cell: Locator) -> Any:
    """The image in a cell as the browser draws it, uint8 (28, 28)."""
    # to a corner of the window: on the page it may begin between two pixels
    side = cell.evaluate(
        "cell => { cell.style = `${cell.style.cssText}; position: fixed; inset: 0 auto auto 0`; "
        "return cell.offsetWidth; }"
    )
    screen = cell.page.screenshot(clip={"x": 0, "y": 0, "width": side, "height": side})
    step = side // 28
    return np.asarray(Image.open(BytesIO(screen)).convert("L"))[step // 2 :: step, step // 2 :: step]


def test_the_images_are_what_the_models_make(desk: Opened, copy: Copy) -> None:
    test = Images.load(copy.path / "data/prepared/images/test.safetensors")
    noisy = Inputs.load(copy.path / "data/prepared/inputs/gaussian/test.safetensors").images
    chosen = (test.labels == 3).nonzero()[5]
    desk.find("#class").select_option(index=4)  # the first is one of each
    desk.find("#corruption").select_option(index=list(CORRUPTIONS).index("gaussian"))
    assert np.array_equal(pixels(desk.find('.strip[data-name="given"] .cell').nth(5)), noisy[chosen[0]])
    for name in VARIANTS:
        model = models.load(copy.path / f"models/{name}.safetensors")
        made = as_stored(training.reconstruct(model, noisy[chosen]))[0]
        shown = pixels(desk.find(f'#strips .strip[data-name="{name}"] .cell').nth(5))
        # the stage decoded more images at once, which may round the last digit differently
        assert np.abs(shown.astype(int) - made.numpy()).max() <= 1


def test_the_explorer_shows_codes_between_reconstructions(desk: Opened, copy: Copy) -> None:
    desk.find("#pad").scroll_into_view_if_needed()
    desk.find("#pad").hover(position={"x": 1, "y": 1})
    decoded = latent.Decoded.load(copy.path / "data/decoded/linear.safetensors").planes["images"][0, 0]
    model = models.load(copy.path / "models/linear.safetensors")
    test = Images.load(copy.path / "data/prepared/images/test.safetensors")
    first = as_stored(training.reconstruct(model, test.images[test.first_of_each_class()[[0]]]))[0]
    assert (decoded.int() - first.int()).abs().max() <= 1
    assert np.array_equal(pixels(desk.find('#tiles figure[data-name="linear"] .cell')), decoded.numpy())


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
