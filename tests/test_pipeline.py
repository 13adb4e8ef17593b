"""The real pipeline with git, DVC and MLflow in a copy of this repository: three variants on digits, one epoch each."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from repository import ELSEWHERE, FORKING, ROOT, VARIANTS, Change, Copy, make
from test_results import code, settings

from hourglass.files import sha256
from hourglass.settings.params import load
from stages import settings as settings_stage
from stages import train

pytestmark = pytest.mark.slow


def test_every_output_is_there_and_up_to_date(copy: Copy) -> None:
    for name in VARIANTS:
        assert list((copy.path / f"plots/pictures/{name}").glob("*.png"))
    rows = copy.json("metrics/compare.json")["variants"]
    assert list(rows) == list(VARIANTS)
    assert rows["pca"]["relative_to_pca"] == pytest.approx(1)
    assert set(copy.json("data/baselines.json")["pca"]) == {"8", "10"}  # the latent dimensions of the variants
    assert copy.stale() == set()


def test_git_has_settings_and_comparison_and_dvc_all_other_outputs(copy: Copy) -> None:
    tracked = set(copy.done("git", "ls-files", "metrics", "plots", "settings", "data", "models", "mlflow*").split())
    assert {path for path in tracked if path.startswith("metrics/")} == {
        *(f"metrics/{name}" for name in ("compare.json", "compare.md", "similarity.csv", "sweep.csv", "test_mse.json")),
        *(f"metrics/answers/{name}.md" for name in ("index", *load(ROOT / "params.yaml").sheets)),
    }
    assert {"plots/compare/overview.png", "plots/compare/losses.csv", "settings/train/linear.json"} <= tracked
    assert {path.split("/")[0] for path in tracked} == {"metrics", "plots", "settings"}
    assert not {"plots/compare/index.html"} & tracked


def test_every_training_run_is_one_finished_mlflow_run(copy: Copy) -> None:
    runs, client = copy.runs(), copy.client()
    assert set(runs) == set(VARIANTS)
    for name, run in runs.items():
        assert run.info.status == "FINISHED"
        assert run.data.params["data.dataset"] == "digits"
        assert run.data.tags["model.sha256"] == sha256(copy.path / f"models/{name}.safetensors")
        assert [metric.step for metric in client.get_metric_history(run.info.run_id, "train_mse")] == [1]
    assert runs["linear"].data.params["train.epochs"] == "1"


def test_make_repro_registers_the_best_models_and_ends_with_the_table_and_the_page(copy: Copy) -> None:
    output = copy.done(*make("repro"))
    assert output.startswith("Nothing to run: every stage is up to date.\n")
    assert re.search(r"^linear ", output, re.MULTILINE)
    assert output.endswith(f"\nThe comparison in a browser: {copy.path}/plots/compare/index.html\n")
    rows, client = copy.json("metrics/compare.json")["variants"], copy.client()
    for purpose, metric, best in (("reconstruction", "mse", min), ("denoising", "gaussian_psnr", max)):
        version = client.get_model_version_by_alias(f"hourglass-digits-{purpose}", "best")
        variant = best(rows, key=lambda name, metric=metric: rows[name][metric])
        run = client.get_run(version.run_id)
        assert run.data.tags["model.sha256"] == sha256(copy.path / f"models/{variant}.safetensors")
    # again only after a comparison or a training run
    register, stamp = "stages.register", "mlflow-artifacts/.registered"
    copy.done("touch", stamp)
    assert register not in copy.done(*make("--dry-run", stamp))
    copy.done("touch", "models/pca.sha256")
    assert register in copy.done(*make("--dry-run", stamp))


def noise(params: dict[str, Any]) -> None:
    params["noise"].update(sigma=0.5)


def hidden_and_removed(params: dict[str, Any]) -> None:
    params["runtime"].update(device="cpu", threads=2)
    params["variants"]["linear"]["train"]["epochs"] = 7  # hidden by the override of this copy
    params["variants"].pop("denoising_vae")


@pytest.mark.parametrize(
    ("change", "stale"), [(noise, {"preprocess-noise", "train@denoising_vae"}), (hidden_and_removed, {"compare"})]
)
def test_a_change_makes_only_the_stages_stale_that_use_it(unchanged: Copy, change: Change, stale: set[str]) -> None:
    unchanged.edit(change)
    result = unchanged.call(lambda: settings_stage.main() or 0)
    assert result.returncode == 0, result.stdout
    trained = {stage for stage in unchanged.stale() if not stage.startswith(("settings", "sweep-", "sgd-"))}
    assert stale <= trained
    assert {stage for stage in trained if stage.startswith("train@")} == {s for s in stale if s.startswith("train@")}


def test_a_change_of_the_figures_trains_nothing(unchanged: Copy) -> None:
    style = unchanged.path / "src/hourglass/figures/style.py"
    style.write_text(style.read_text() + "\n# another comment\n")
    assert unchanged.stale() == {f"pictures@{name}" for name in VARIANTS} | {
        *("compare", "sgd-pictures", "sweep-pictures")
    }


SALT_AND_PEPPER = '''"""Salt and pepper noise."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Generator, Tensor

from hourglass.corruptions.base import StrengthSpec, corruption


@corruption("salt and pepper noise", share=StrengthSpec(0.2, Annotated[float, Field(gt=0, le=1)]))
def salt_and_pepper(images: Tensor, generator: Generator, share: float) -> Tensor:
    draw = torch.rand(images.shape, generator=generator, device=images.device)
    return torch.where(draw < share / 2, 0.0, torch.where(draw > 1 - share / 2, 1.0, images))
'''


def test_a_new_corruption_is_one_file_and_a_new_variant_one_block(unchanged: Copy) -> None:
    (unchanged.path / "src/hourglass/corruptions/salt_and_pepper.py").write_text(SALT_AND_PEPPER)

    def change(params: dict[str, Any]) -> None:
        params["variants"]["mine"] = params["variants"]["linear"] | {"corruption": "salt_and_pepper"}

    unchanged.edit(change)
    unchanged.done(sys.executable, "-c", FORKING, "settings", "preprocess-noise", "train@mine")
    assert {stage for stage in unchanged.stale() if stage.startswith("train")} == {"train@mine"}
    assert (unchanged.path / "data/prepared/inputs/salt_and_pepper/test.safetensors").exists()


def test_training_starts_from_a_pretrained_model(unchanged: Copy) -> None:
    path = unchanged.path / "pretrained/linear.safetensors"
    shutil.copy(unchanged.path / "models/linear.safetensors", path)

    def change(params: dict[str, Any]) -> None:
        params["variants"]["more"] = params["variants"]["linear"] | {"pretrained": path.name}

    unchanged.edit(change)
    assert unchanged.call(lambda: settings_stage.main() or 0).returncode == 0
    assert {stage for stage in unchanged.stale() if stage.startswith("train")} == {"train@more"}
    assert unchanged.call(lambda: train.main("more") or 0).returncode == 0
    before, after = (unchanged.json(f"data/train/{name}.json")["train_mse"] for name in ("linear", "more"))
    assert after < before
    tags = unchanged.runs()["more"].data.tags
    assert tags["pretrained.sha256"] == unchanged.runs()["linear"].data.tags["model.sha256"] == sha256(path)
    shutil.copy(unchanged.path / "models/more.safetensors", path)
    result = unchanged.call(lambda: train.main("more") or 0)
    assert result.stdout.endswith("error: pretrained/linear.safetensors has changed; run `dvc repro settings`\n")


def test_an_experiment_changes_results_and_mlflow_names_it(unchanged: Copy) -> None:
    unchanged.done("dvc", "exp", "run", "--temp", "--name", "narrow", "--set-param", "model.latent=3", "train@pca")
    assert unchanged.done("git", "status", "--porcelain") == ""
    run = unchanged.runs()["pca"]
    assert (run.info.run_name, run.data.tags["dvc.exp_name"]) == ("pca latent=3", "narrow")
    assert sha256(unchanged.path / "models/pca.safetensors") != run.data.tags["model.sha256"]


def test_make_results_restores_what_is_up_to_date_and_compares_to_the_same_bytes_elsewhere(
    unchanged: Copy, tmp_path: Path
) -> None:
    there, elsewhere = unchanged.path / "results/digits", tmp_path / "Prüfung mit Leerzeichen"
    elsewhere.mkdir()
    unchanged = Copy(unchanged.path, TMPDIR=str(elsewhere), **ELSEWHERE)
    samples = unchanged.json("settings/latent-analysis.json")["latent_analysis"]["samples"]
    unchanged.edit(lambda params: params["latent_analysis"].update(samples=samples + 1))
    output = unchanged.done(*make("results", "DATASET=digits", f"SAMPLES={samples}"))
    ran = set(re.findall(r"^(\S+) (?:ended|outputs unchanged) after", output, re.MULTILINE))
    assert ran <= {"sweep-pictures", "compare"}  # have outputs in git; all others come from DVC's cache
    assert unchanged.done("git", "status", "--porcelain", "--untracked-files=all", ":!results").split() == [
        "M",
        "params.yaml",
    ]
    names = {path.relative_to(there) for path in there.rglob("*") if path.is_file()} - {Path("dvc.lock")}
    assert Path("plots/compare/index.html") in names
    assert [name for name in names if (there / name).read_bytes() != (unchanged.path / name).read_bytes()] == []
    assert not {"sweep.csv", "similarity.csv"} & {path.name for path in (there / "metrics").iterdir()}
    assert code(there) == code(unchanged.path) != {}
    assert settings(there) == settings(unchanged.path) != {}
