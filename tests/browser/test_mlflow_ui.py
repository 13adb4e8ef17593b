"""MLflow's own pages over a small store, in a real browser that reaches nothing else."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import logged
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from serving import free_port

from hourglass.tracking import pages, ui
from hourglass.tracking.store import connect, place

CURVES = {"linear": (0.09, 0.05, 0.04), "linear latent=2": (0.10, 0.08, 0.07), "strided": (0.05, 0.03, 0.02)}
SHADES = [[torch.full((112, 140), 80 * epoch + 10 * seed).byte() for epoch in range(1, 4)] for seed in range(3)]
PICTURE = "samples/epoch-003.png"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Site:
    """MLflow's pages of the three trainings: their address, the experiment's number, the page of curves, the runs."""

    address: str
    experiment: str
    curves: str
    runs: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        for name in logged.OURS:
            patch.delenv(name, raising=False)
        patch.setenv("DVC_ROOT", str(root))
        train(root)
        client = connect(place())
        experiment = client.get_experiment_by_name("hourglass-any").experiment_id
        curves = pages.curves(client, experiment)
        runs = {run.info.run_name: run.info.run_id for run in client.search_runs([experiment])}
        port = free_port()
        with ui.serve(place(), port):
            yield Site(f"http://127.0.0.1:{port}", experiment, curves, runs)


def train(root: Path) -> None:
    picture = root / Path(PICTURE).name
    Image.new("L", (56, 28), 128).save(picture)
    for seed, (name, values) in enumerate(CURVES.items()):
        curves = [{"train_mse": value, "test_mse": value + 0.01} for value in values]
        parameters = {"noise": {"sigma": 0.3}, "network": {"latent": 2 if "latent" in name else 8}}
        results = {"compare.psnr": 15.0 + seed, "compare.gaussian": 12.0 + seed, "evaluate.class_mse.Bag": 0.02}
        logged.log(root / "model.safetensors", "any", name, parameters, results, seed, curves, [picture], SHADES[seed])


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page in a fresh profile, from which nothing but MLflow's server can be reached; nor does it try."""
    elsewhere = []

    def route(asked: Route) -> None:
        if asked.request.url.startswith(site.address):
            asked.continue_()
        else:
            elsewhere.append(urlsplit(asked.request.url).hostname)
            asked.abort()

    with browser.new_context(viewport={"width": 1600, "height": 1000}) as context:
        context.route("**/*", route)
        opened = context.new_page()
        yield opened
    assert not elsewhere


def test_every_training_is_a_curve_on_the_page_that_opens(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/{site.curves}")
    lines = page.locator(".scatterlayer .js-line")
    expect(lines).to_have_count(2 * 2 * len(CURVES))  # two charts; MLflow draws each line twice
    expect(lines.first).to_be_visible()
    drawn = page.locator(".js-plotly-plot", has=page.locator(".scatterlayer")).evaluate_all(
        "plots => plots.map(plot => Object.fromEntries(plot.data.map(line => [line.name, Array.from(line.y)])))"
    )
    test = {name: pytest.approx([value + 0.01 for value in values]) for name, values in CURVES.items()}
    assert drawn == [{name: pytest.approx(list(values)) for name, values in CURVES.items()}, test]
    assert len({line.get_attribute("d") for line in lines.all()}) == 2 * len(CURVES)
    for name in CURVES:
        expect(page.get_by_text(f"{name} (train_mse)")).to_have_count(1)  # in the legend
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def test_below_the_curves_are_the_figures_and_what_differs_and_the_rest_is_folded_away(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1600, "height": 2500})
    page.goto(f"{site.address}/{site.curves}")
    for text in ("15.00", "16.00", "17.00", "12.00", "13.00", "14.00"):
        expect(page.locator(".bars", has_text=text)).to_be_visible()
    # a slider goes through the epochs
    images = page.get_by_test_id("experiment-view-compare-runs-card").filter(has_text=pages.LEARNING)
    for step in (1, 2):
        expect(images.locator(f"img[src*='step%2B{step}%2B']")).to_have_count(len(CURVES))
        images.get_by_role("slider").press("ArrowRight")
    differences = page.get_by_test_id("experiment-view-compare-runs-card").last
    expect(differences).to_contain_text("network.latent")
    expect(differences).not_to_contain_text("noise.sigma")
    expect(page.get_by_text("Model metrics")).to_be_visible()
    expect(page.get_by_text("evaluate.class_mse.Bag")).to_have_count(0)


def test_chosen_runs_are_compared_by_parameters_and_final_figures(page: Page, site: Site) -> None:
    runs, experiments = json.dumps([site.runs[name] for name in CURVES]), json.dumps([site.experiment])
    page.goto(f"{site.address}/#/compare-runs?runs={quote(runs)}&experiments={quote(experiments)}")
    latent = page.get_by_role("row", name="network.latent")
    expect(latent).to_be_visible()
    assert latent.get_by_role("cell").all_inner_texts() == ["8", "2", "8"]
    noise = page.get_by_role("row", name="noise.sigma")
    expect(noise).to_be_visible()
    page.get_by_role("switch", name="Parameters - Show diff only").click()
    expect(noise).to_have_count(0)
    expect(latent).to_be_visible()
    expect(page.get_by_role("link", name="compare.psnr")).to_be_visible()
    for text in ("15", "16", "17"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_pictures_are_found_by_name(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/#/experiments/{site.experiment}/runs/{site.runs['linear']}/artifacts/{PICTURE}")
    picture = page.get_by_role("img", name=PICTURE)
    expect(picture).to_be_visible()
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [56, 28]
