"""The folder that is published has a page for each data set, and says so where there is none."""

import hashlib
import json
import sys
from collections.abc import Callable

import pytest
import yaml
from small_pipeline import Clone

from hourglass.ci import site

Cloned = Callable[..., Clone]
SITE = (site.main, "site")
ADDRESS = "https://owner.github.io/hourglass/"
PAGE = '<head><meta property="og:title" content="hourglass"><style></style></head>'


@pytest.mark.parametrize("keeps", [".dvc/cache", "../remote"])
def test_every_data_set_has_its_page_also_what_only_cache_or_remote_has(cloned: Cloned, keeps: str) -> None:
    clone = cloned("warm", "none" if keeps == ".dvc/cache" else "full")
    there = clone.path / "results/mnist"
    (there / "settings").mkdir(parents=True)
    (there / "settings/compare.json").write_text(json.dumps({"dataset": "mnist"}))
    lock = yaml.safe_load((clone.path / "dvc.lock").read_text())
    md5 = hashlib.md5(PAGE.encode()).hexdigest()
    lock["stages"]["compare"]["outs"] = [{"path": "plots/compare/index.html", "md5": md5}]
    (there / "dvc.lock").write_text(yaml.safe_dump(lock))
    (there / "plots/compare").mkdir(parents=True)
    (there / "plots/compare/overview.png").write_text("MNIST's picture")
    (clone.path / "settings/compare.json").write_text(json.dumps({"dataset": "fashion_mnist"}))
    assert clone.call(*SITE).stdout == "fashion_mnist: site/index.html\n"
    place = clone.path / keeps / "files/md5" / md5[:2]
    place.mkdir(exist_ok=True)
    (place / md5[2:]).write_text(PAGE)
    assert clone.call(*SITE).stdout == "fashion_mnist, mnist: site/index.html\n"
    assert (clone.path / "site/mnist.html").read_text() == PAGE
    assert (clone.path / "site/mnist.png").read_text() == "MNIST's picture"
    assert (clone.path / "site/fashion_mnist.html").read_text().startswith("<p>")
    index = (clone.path / "site/index.html").read_text()
    assert ['href="mnist.html"' in index, "Fashion-MNIST" in index, "og:image" in index] == [True, True, False]
    # what shows a preview of a link takes whole addresses alone
    clone.call(*SITE, ADDRESS)
    preview = '<meta property="og:image" content="https://owner.github.io/hourglass/{}.png">\n<style>'
    assert (clone.path / "site/mnist.html").read_text() == PAGE.replace("<style>", preview.format("mnist"))
    assert preview.format("fashion_mnist") in (clone.path / "site/index.html").read_text()


def test_no_page_at_all_is_one_sentence(cloned: Cloned) -> None:
    result = cloned().run(sys.executable, "-m", "hourglass.ci.site", "site")
    assert (result.returncode, result.stdout) == (
        1,
        "error: there is no page to publish: plots/compare/index.html is neither here nor in DVC's cache or a remote\n",
    )


def test_a_data_set_without_a_comparison_has_no_page(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.checkout()
    (clone.path / "settings/compare.json").write_text(json.dumps({"dataset": "fashion_mnist"}))
    there = clone.path / "results/mnist"
    there.mkdir(parents=True)
    (there / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    assert clone.call(*SITE).stdout == "fashion_mnist: site/index.html\n"
    (clone.path / "plots/compare/index.html").unlink()
    (clone.path / "dvc.lock").unlink()
    result = clone.call(*SITE)
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 1)
    assert result.stdout.startswith("error: there is no page to publish")
