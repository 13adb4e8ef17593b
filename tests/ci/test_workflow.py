"""What the workflow does only on main, and nobody sees before."""

from typing import Any

import pytest
import yaml
from repository import ROOT

from hourglass.ci.site import PAGE


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))


def test_a_page_that_is_nowhere_is_not_published(workflow: dict[str, Any]) -> None:
    reproduce, publish = (workflow["jobs"][job] for job in ("reproduce", "publish"))
    conditions = [
        step["if"] for step in reproduce["steps"] if "site" in step.get("run", "") or "pages" in step.get("uses", "")
    ]
    assert conditions == [f"github.ref == 'refs/heads/main' && hashFiles('{PAGE}') != ''"] * 2
    assert reproduce["outputs"] == {"page": "${{ steps.page.outcome }}"}
    assert publish["if"] == "needs.reproduce.outputs.page == 'success'"


def test_no_push_to_main_takes_the_place_of_another(workflow: dict[str, Any]) -> None:
    assert workflow["concurrency"]["group"].endswith("'pull_request' && github.ref || github.run_id }}")
    assert workflow["jobs"]["publish"]["concurrency"] == "pages"
