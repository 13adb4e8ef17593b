"""The real thing: git, DVC and MLflow in a copy of this repository, on digits, one epoch a variant."""

import csv
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repository import VARIANTS, Copy, make
from test_results import code, settings
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import sha256
from hourglass.images import Images
from hourglass.runner import lockfile
from stages import classifier

pytestmark = pytest.mark.slow

PICTURES = (
    "best-and-worst",
    "confusion",
    "epoch-001",
    "generation",
    "interpolation",
    "map",
    "mixtures",
    "pairs",
    "through-training",
    "traversal",
)
MORE = {"denoising_vae": ("loss-terms", "map-own")}  # of its loss, of its noisy input


def stages_run(output: str) -> set[str]:
    """Names of the stages that DVC says it ran."""
    return set(re.findall(r"Running stage '([^']+)'", output))


def follows(*variants: str) -> set[str]:
    """The stages of these variants, and what is made of all of them."""
    own = {f"{stage}@{name}" for stage in ("train", "evaluate", "latent-analysis", "pictures") for name in variants}
    return own | {"settings", "compare"}


def test_every_output_is_there_and_belongs_to_the_inputs(copy: Copy) -> None:
    for name in VARIANTS:
        assert (copy.path / f"data/snapshots/{name}.zip").stat().st_size > 0
        for output in ("models", "data/evaluation", "data/latent"):
            assert (copy.path / f"{output}/{name}.safetensors").stat().st_size > 0
        for picture in PICTURES:
            assert (copy.path / f"plots/pictures/{name}/{picture}.png").stat().st_size > 0
        assert (copy.path / f"plots/latent-analysis/{name}/map.csv").stat().st_size > 0
        clean = copy.json(f"settings/train/{name}.json")["corruption"] == "none"
        assert (copy.path / f"plots/pictures/{name}/map-own.png").exists() != clean
        with (copy.path / f"plots/evaluate/{name}/through-training.csv").open() as file:
            assert [row["epoch"] for row in csv.DictReader(file)] == ["1"]
        with (copy.path / f"plots/train/{name}/history.csv").open() as file:
            assert [row["epoch"] for row in csv.DictReader(file)] == ["1"]
    rows = copy.json("metrics/compare.json")["variants"]
    assert list(rows) == list(VARIANTS)
    assert rows["pca"]["relative_to_pca"] == pytest.approx(1)
    yardsticks = copy.json("metrics/baselines.json")["pca"]
    assert set(yardsticks) == {"8", "10"}  # the code sizes of the variants, whose numbers are all free
    assert yardsticks["10"]["restored"] == copy.json("metrics/evaluate/pca.json")["restored"]
    by_number = copy.json("metrics/evaluate/denoising_vae.json")["code"]["by_number"]
    assert set(by_number["kl"]) == {f"number_{n}" for n in range(1, 11)}
    assert rows["linear"]["mse"] == copy.json("metrics/evaluate/linear.json")["clean"]["mse"]
    assert "up to date" in copy.done("dvc", "status", "dvc.yaml")


def test_git_keeps_figures_and_curves_and_dvc_the_rest(copy: Copy) -> None:
    kept = copy.done("git", "ls-files").split()
    assert "metrics/evaluate/linear.json" in kept
    assert "plots/train/linear/history.csv" in kept
    assert "plots/latent-analysis/linear/map.csv" in kept
    assert {"metrics/compare/linear.json", "plots/compare/overview.png", "settings/train/linear.json"} <= set(kept)
    apart = ("data/", "models/", "checkpoints/", "mlflow", "plots/pictures")
    assert not [name for name in kept if name.startswith(apart)]
    assert "plots/compare/index.html" not in kept


def test_the_metrics_are_a_table_with_a_line_for_each_variant(copy: Copy) -> None:
    head, _, *lines = copy.done("dvc", "metrics", "show", "--md", "metrics/compare").strip().splitlines()
    columns = [cell.strip() for cell in head.split("|")[1:-1]]
    table = [dict(zip(columns, (cell.strip() for cell in line.split("|")[1:-1]), strict=True)) for line in lines]
    rows = copy.json("metrics/compare.json")["variants"]
    assert {line["Path"] for line in table} == {f"metrics/compare/{name}.json" for name in VARIANTS}
    for line in table:
        assert float(line["mse"]) == pytest.approx(rows[Path(line["Path"]).stem]["mse"], abs=6e-5)


def test_the_same_comparison_is_the_same_bytes(unchanged: Copy) -> None:
    assert stages_run(unchanged.done("dvc", "repro", "--force", "--single-item", "compare")) == {"compare"}
    assert unchanged.done("git", "status", "--porcelain") == ""


def test_the_best_models_are_registered(copy: Copy) -> None:
    rows, client = copy.json("metrics/compare.json")["variants"], copy.client()
    for purpose, metric, best in (("reconstruction", "mse", min), ("denoising", "gaussian", max)):
        version = client.get_model_version_by_alias(f"hourglass-digits-{purpose}", "best")
        assert version.tags["variant"] == best(rows, key=lambda name, metric=metric: rows[name][metric])
        assert version.tags["model.sha256"] == sha256(copy.path / f"models/{version.tags['variant']}.safetensors")


def test_a_second_repro_runs_nothing(copy: Copy) -> None:
    assert stages_run(copy.done("dvc", "repro")) == set()


def test_every_training_is_one_finished_mlflow_run(copy: Copy) -> None:
    runs = copy.runs()
    assert set(VARIANTS) <= set(runs)
    client = copy.client()
    for name in VARIANTS:
        run = runs[name]
        assert run.info.status == "FINISHED"
        assert run.data.params["data.dataset"] == "digits"
        assert [m.step for m in client.get_metric_history(run.info.run_id, "train_mse")] == [1]
        assert run.data.metrics["evaluate.clean.mse"] == pytest.approx(
            copy.json(f"metrics/evaluate/{name}.json")["clean"]["mse"]
        )
        assert "latent-analysis.map_knn" in run.data.metrics
        assert len(run.data.metrics) <= 30
        figures = {file.path for file in client.list_artifacts(run.info.run_id, "figures")}
        assert figures == {f"figures/{stage}.json" for stage in ("evaluate", "latent-analysis", "compare")}
        logged = {file.path for file in client.list_artifacts(run.info.run_id, "pictures")}
        assert logged == {f"pictures/{picture}.png" for picture in (*PICTURES, *MORE.get(name, ()))}
    assert runs["linear"].data.params["train.epochs"] == "1"
    assert runs["denoising_vae"].data.metrics["train_kl"] > 0


def test_changing_the_noise_leaves_trainings_without_noise_alone(unchanged: Copy) -> None:
    unchanged.edit(lambda params: params["noise"].update(sigma=0.5, fresh=False))
    run = stages_run(unchanged.done("dvc", "repro", "train@linear", "train@denoising_vae"))
    assert run == {"settings", "preprocess-noise", "train@denoising_vae"}
    assert (unchanged.path / "data/prepared/inputs/gaussian/train.safetensors").exists()


def test_a_new_variant_is_a_block_in_params_and_nothing_else(unchanged: Copy) -> None:
    block = {
        "corruption": "occlusion",
        "loss": "squared_error",
        "network": {
            "latent": 3,
            "encoder": {"convolutions": [{"channels": 4, "kernel": 3, "stride": 2, "padding": 1}], "dense": [20]},
        },
        "train": {"epochs": 1, "batch_size": 64, "learning_rate": 0.001},
    }
    unchanged.edit(lambda params: params["variants"].update(mine=block))
    assert stages_run(unchanged.done("dvc", "repro")) == follows("mine") | {"baselines"}  # no other code is as small
    assert unchanged.json("metrics/compare.json")["variants"]["mine"]["latent"] == 3


def test_a_removed_variant_leaves_the_comparison(unchanged: Copy) -> None:
    unchanged.edit(lambda params: params["variants"].pop("denoising_vae"))
    assert stages_run(unchanged.done("dvc", "repro")) == {"settings", "compare"}
    assert not (unchanged.path / "settings/train/denoising_vae.json").exists()
    assert "denoising_vae" not in unchanged.json("metrics/compare.json")["variants"]
    assert not (unchanged.path / "metrics/compare/denoising_vae.json").exists()
    for name in ("metrics/compare.md", "plots/compare/losses.csv", "plots/compare/index.html"):
        # a code of that kind is a word of the glossary
        assert "denoising_vae" not in (unchanged.path / name).read_text().replace("a variational code", "")


def test_an_experiment_asks_one_question_of_every_variant(unchanged: Copy) -> None:
    (unchanged.path / "data/evaluation/gone.safetensors").touch()  # as a variant leaves it that has been removed
    output = unchanged.done("dvc", "exp", "run", "--name", "two", "--set-param", "model.latent=2", "compare")
    pictures = {f"pictures@{name}" for name in VARIANTS}  # which no comparison needs
    assert stages_run(output) == follows(*VARIANTS) - pictures | {"baselines"}
    rows = unchanged.json("metrics/compare.json")["variants"]
    assert {row["latent"] for row in rows.values()} == {2}
    run = unchanged.runs()["linear"]
    assert run.info.run_name == "linear latent=2"
    assert run.data.params["network.latent"] == "2"
    assert run.data.tags["dvc.exp_name"] == "two"
    assert "model.latent" in unchanged.done("dvc", "params", "diff")
    changes = unchanged.done("dvc", "metrics", "diff", "--targets", "metrics/compare").splitlines()
    assert {f"metrics/compare/{name}.json" for name in VARIANTS} == {line.split()[0] for line in changes[1:]}
    tried = unchanged.done(*make("experiments"))
    assert tried.splitlines()[1].split() == ["two"]
    first, _, last = tried.splitlines()[2].split()
    assert (first, last) == ("variant", "model.latent=2")
    linear = next(line.split() for line in tried.splitlines() if line.startswith("linear "))
    assert linear[-1] == f"{rows['linear']['mse']:.4f}"
    assert max(map(len, [*changes, *tried.splitlines()])) <= 100
    assert "not compared" not in tried


def test_an_experiment_up_to_one_stage_is_not_shown_with_the_commits_figures(unchanged: Copy) -> None:
    unchanged.done("dvc", "exp", "run", "--temp", "--name", "narrow", "--set-param", "model.latent=3", "train@pca")
    assert unchanged.done("git", "status", "--porcelain") == ""
    run = unchanged.runs()["pca"]
    assert (run.info.run_name, run.data.tags["dvc.exp_name"]) == ("pca latent=3", "narrow")
    best = unchanged.client().get_model_version_by_alias("hourglass-digits-reconstruction", "best")
    assert best.run_id != run.info.run_id
    said = unchanged.done(*make("experiments"))
    assert "not compared: narrow; " in said
    assert next(line for line in said.splitlines() if line.startswith("pca ")).count("not compared") == 1

    differences = json.loads(unchanged.done("dvc", "exp", "diff", "--json", "HEAD", "narrow"))
    assert differences["params"]["params.yaml"] == {"model.latent": {"old": None, "new": 3}}
    assert set(differences["metrics"]) == {"metrics/train/pca.json"}
    unchanged.done("dvc", "exp", "branch", "narrow", "three")
    assert unchanged.done("git", "diff", "--name-only", "HEAD", "three", "--", "metrics").split() == [
        "metrics/train/pca.json"
    ]
    unchanged.done("dvc", "exp", "apply", "narrow")
    assert sha256(unchanged.path / "models/pca.safetensors") == run.data.tags["model.sha256"]
    assert "up to date" in unchanged.done("dvc", "status", "train@pca")


def test_a_training_that_came_to_the_same_bytes_has_make_repro_register_anew(copy: Copy) -> None:
    """No later stage runs then, and its run in MLflow lacks what these found: registering adds it."""
    register = "stages.register"
    copy.done("touch", "mlflow-artifacts/.registered")  # tests before this one put the comparison back, by git
    assert register not in copy.done(*make("--dry-run", "mlflow-artifacts/.registered"))
    file = copy.path / "models/pca.sha256"
    content = file.read_bytes()
    file.unlink()  # as DVC does
    file.write_bytes(content)
    assert register in copy.done(*make("--dry-run", "mlflow-artifacts/.registered"))
    copy.done("touch", "mlflow-artifacts/.registered")


def test_a_fresh_clone_with_a_remote_runs_just_what_changed(copy: Copy, tmp_path: Path) -> None:
    """As CI does; tests/ci has the other cases."""
    clone = Copy(tmp_path / "clone")
    copy.done("git", "clone", "--quiet", ".", str(clone.path))
    shutil.copytree(copy.path / ".dvc/cache", tmp_path / "remote")
    clone.done("dvc", "remote", "add", "--local", "--default", "store", str(tmp_path / "remote"))
    assert "**No stage had to run**" in clone.done(*make("ci-repro", "CI_MINUTES=0"))
    clone.edit(lambda params: params["variants"]["linear"]["train"].update(learning_rate=0.002))
    said = clone.done(*make("ci-repro", "BASE=HEAD", "JOBS=2"))
    assert set(re.findall(r"^\| ([\w@-]+) \| ran \|", said, re.MULTILINE)) == follows("linear")
    assert "variants.linear.train.learning_rate " in said
    assert clone.runs()["linear"].data.params["train.learning_rate"] == "0.002"
    assert "up to date" in clone.done("dvc", "status", "dvc.yaml")


def _hashes(folder: Path) -> dict[Path, str]:
    return {path.relative_to(folder): sha256(path) for path in folder.rglob("*") if path.is_file()}


def test_a_run_on_another_data_set_has_results_of_its_own_that_travel(unchanged: Copy, tmp_path: Path) -> None:
    """Here the same data set, of whose last run all is known but one variant's pictures."""
    there, samples = unchanged.path / "results/digits", unchanged.json("metrics/latent-analysis/pca.json")["samples"]
    for name in ("metrics", "plots", "settings"):
        shutil.copytree(unchanged.path / name, there / name, ignore=shutil.ignore_patterns("*sweep*"))
    lock = (unchanged.path / "dvc.lock").read_text()
    (there / "dvc.lock").write_text(lockfile.without(lock, ["pictures@linear"]))
    shutil.rmtree(there / "plots/pictures/linear")
    unchanged.edit(lambda params: params["latent_analysis"].update(samples=samples + 1))
    said = unchanged.done(*make("results", "DATASET=digits", f"SAMPLES={samples}"))
    assert unchanged.done("git", "status", "--porcelain", "--untracked-files=all", ":!results").split() == [
        "M",
        "params.yaml",
    ]
    assert re.findall(r"^(\S+) starts", said, re.MULTILINE) == ["pictures@linear"]
    for name in ("metrics/latent-analysis/linear.json", "metrics/baselines.json", "plots/compare/losses.csv"):
        assert (there / name).read_bytes() == (unchanged.path / name).read_bytes()
    assert (there / "plots/compare/index.html").stat().st_size > 100_000
    assert {path.stem for path in (there / "plots/pictures/linear").iterdir()} == set(PICTURES)
    assert not (there / "metrics/sweep.csv").exists()
    assert code(there) == code(unchanged.path) != {}
    assert settings(there) == settings(unchanged.path) != {}

    # a clone without a cache: from what git has of these results, and what a remote has
    beside, clone = Copy(Path(said.rstrip().rpartition("the rest in ")[2])), Copy(tmp_path / "clone")
    beside.done("dvc", "remote", "add", "--local", "--default", "store", str(tmp_path / "remote"))
    beside.done("dvc", "push")
    unchanged.done("git", "clone", "--quiet", ".", str(clone.path))
    shutil.copytree(there, clone.path / "results/digits", ignore=shutil.ignore_patterns("index.html", "pictures"))
    clone.done("dvc", "remote", "add", "--local", "--default", "store", "../remote")
    assert "Nothing to run" in clone.done(*make("results", "DATASET=digits", f"SAMPLES={samples}"))
    assert _hashes(clone.path / "results/digits") == _hashes(there)


def test_a_run_of_nothing_ends_with_the_table_and_the_page(copy: Copy) -> None:
    said = copy.done(*make("repro"))
    assert said.startswith("Nothing to run: every stage is up to date.\n")
    assert "• Best reconstruction, test MSE: " in said
    assert said.endswith("\nopen plots/compare/index.html\n")


def test_a_run_on_all_cores_refuses_bad_settings_first(unchanged: Copy) -> None:
    unchanged.edit(lambda params: params["train"].update(epochs=-1))
    result = unchanged.run("env", "PYTHONPATH=src", sys.executable, "-m", "hourglass.runner")
    assert result.returncode == 1
    assert result.stdout.strip().endswith("error: params.yaml: train.epochs is -1, but input should be greater than 0")
    assert "Traceback" not in result.stdout


def test_a_run_on_all_cores_asks_what_is_stale_once_settings_are_told(unchanged: Copy) -> None:
    unchanged.edit(lambda params: params["pictures"].update(every=5))
    pipeline = ("env", "PYTHONPATH=src", sys.executable, "-m", "hourglass.runner", "--jobs", "2")
    said = unchanged.done(*pipeline, "pictures@linear", "train")
    assert "pictures@linear starts" in said
    assert "train@" not in said


def test_a_damaged_input_is_named(unchanged: Copy) -> None:
    file = unchanged.path / "data/prepared/images/test.safetensors"
    content = file.read_bytes()
    file.unlink()  # a link into DVC's cache must not be written through
    file.write_bytes(content[: len(content) // 2])
    result = unchanged.run(sys.executable, "-m", "stages.evaluate", "linear")
    assert result.returncode == 1
    assert result.stdout.startswith("error: data/prepared/images/test.safetensors is damaged")
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda images, labels: (images, labels.fill_(77)), "the label 77, where the 10 classes are 0 to 9"),
        (
            lambda images, labels: (images.reshape(-1, 14, 56), labels),
            "uint8 of shape 1297×14×56, where images of 28×28",
        ),
        (lambda images, labels: (images, labels[:-1]), "uint8 of shape 1296 as labels, where 1297 bytes should be"),
    ],
    ids=["label", "shape", "number"],
)
def test_wrong_labels_and_shapes_are_named_by_the_classifier(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], said: str
) -> None:
    monkeypatch.chdir(copy.path)
    file, aside = Path("data/prepared/images/train.safetensors"), Path("train.safetensors")
    found = Images.load(file)
    file.rename(aside)  # a link into DVC's cache must not be written through
    try:
        Images(*damage(found.images, found.labels), found.dataset, found.classes).save(file)
        with pytest.raises(UserError) as caught:
            classifier.main()
    finally:
        aside.replace(file)
    assert str(caught.value).startswith(f"{file} holds {said}")
    assert "delete it and run `dvc repro preprocess-noise`" in str(caught.value)


def test_a_folder_that_cannot_be_written_is_named(unchanged: Copy) -> None:
    shutil.rmtree(unchanged.path / "metrics")
    (unchanged.path / "metrics").write_text("in the way")
    result = unchanged.run(sys.executable, "-m", "stages.evaluate", "linear")
    (unchanged.path / "metrics").unlink()
    assert result.returncode == 1
    assert result.stdout.startswith("error: ")
    assert "metrics" in result.stdout
    assert "Traceback" not in result.stdout


def test_an_unknown_variant_is_answered_with_the_known_ones(copy: Copy) -> None:
    result = copy.run(sys.executable, "-m", "stages.train", "lineal")
    assert (result.returncode, result.stdout) == (
        1,
        "error: there is no variant 'lineal'; there are linear, pca, variational "
        "(`dvc repro settings` takes new ones from params.yaml)\n",
    )


def test_a_change_of_style_draws_anew_and_trains_nothing(unchanged: Copy) -> None:
    style = unchanged.path / "src/hourglass/figures/style.py"
    style.write_text(style.read_text() + "\n# another comment\n")
    run = stages_run(unchanged.done("dvc", "repro", "--dry"))
    assert run == {f"pictures@{name}" for name in VARIANTS} | {"compare", "sgd-pictures", "sweep-pictures"}
    assert stages_run(unchanged.done("dvc", "repro", "sgd-pictures")) == {"sgd-pictures"}
    assert unchanged.done("git", "status", "--porcelain", ":!src", ":!dvc.lock") == ""


def test_settings_of_the_machine_and_hidden_ones_rerun_nothing(unchanged: Copy) -> None:
    def change(params: dict[str, Any]) -> None:
        params["runtime"].update(device="cpu", threads=2)
        params["variants"]["linear"]["train"]["epochs"] = 7  # hidden by the override of this copy

    unchanged.edit(change)
    assert stages_run(unchanged.done("dvc", "repro")) == {"settings"}


def test_a_new_corruption_retrains_no_other_variant(unchanged: Copy) -> None:
    folder = unchanged.path / "src/hourglass/data/corruptions"
    shutil.copy(folder / "gaussian.py", folder / "salt_and_pepper.py")
    registry = (folder / "__init__.py").read_text()
    registry = registry.replace("none, occlusion\n", "none, occlusion, salt_and_pepper\n")
    (folder / "__init__.py").write_text(
        registry.replace('    "occlusion"', '    "salt_and_pepper": salt_and_pepper.CORRUPTION,\n    "occlusion"')
    )
    (folder / "salt_and_pepper.py").write_text(SALT_AND_PEPPER)
    block = {
        "corruption": "salt_and_pepper",
        "loss": "squared_error",
        "network": {"latent": 8, "encoder": {"dense": [9]}},
    }
    block["train"] = {"epochs": 1, "batch_size": 64, "learning_rate": 0.001}
    unchanged.edit(lambda params: params["variants"].update(mine=block))
    run = stages_run(unchanged.done("dvc", "repro", "compare"))
    assert {stage for stage in run if stage.startswith("train@")} == {"train@mine"}
    assert "classifier" not in run
    row = unchanged.json("metrics/compare.json")["variants"]["linear"]
    assert 0 < row["salt_and_pepper"] < 40
    for name in ("metrics/compare.md", "plots/compare/index.html"):
        assert "salt and pepper" in (unchanged.path / name).read_text()


def test_a_new_loss_retrains_no_other_variant(unchanged: Copy) -> None:
    folder = unchanged.path / "src/hourglass/losses"
    text = (folder / "squared_error.py").read_text()
    (folder / "absolute_error.py").write_text(text.replace("F.mse_loss", "F.l1_loss"))
    registry = (folder / "__init__.py").read_text().replace("import elbo,", "import absolute_error, elbo,")
    (folder / "__init__.py").write_text(
        registry.replace('    "elbo"', '    "absolute_error": absolute_error.LOSS,\n    "elbo"')
    )

    def like_linear(params: dict[str, Any]) -> None:
        params["variants"]["mine"] = params["variants"]["linear"] | {"loss": "absolute_error"}

    unchanged.edit(like_linear)
    assert stages_run(unchanged.done("dvc", "repro", "train")) == {"settings", "train@mine"}
    assert unchanged.json("metrics/train/mine.json") != unchanged.json("metrics/train/linear.json")


SALT_AND_PEPPER = """
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from hourglass.corruptions.base import CorruptionKind, Strength


def speckled(images: Tensor, generator: torch.Generator, share: float) -> Tensor:
    draw = torch.rand(images.shape, generator=generator, device=images.device)
    return torch.where(draw < share / 2, 0.0, torch.where(draw > 1 - share / 2, 1.0, images))


CORRUPTION = CorruptionKind("salt and pepper", speckled, {"share": Strength(0.2, Annotated[float, Field(gt=0, le=1)])})
"""
