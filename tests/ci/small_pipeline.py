"""A repository of git and DVC with the shape of the real one, whose stages take next to no time."""

import os
import subprocess
from pathlib import Path

import yaml
from repository import ROOT, Copy

from hourglass.ci import __main__ as ci

VARIANTS = {"linear": "none", "denoising": "gaussian"}
GRAPH = """
stages:
  settings:
    cmd: python stages.py settings
    params: [{params.yaml: }]
    deps: [params.yaml, stages.py]
    outs: [{settings: {cache: false, persist: true}}]
  download:
    cmd: python stages.py download
    deps: [settings/download.json]
    outs: [data/raw]
  preprocess-noise:
    cmd: python stages.py preprocess-noise
    deps: [data/raw, settings/preprocess-noise.json]
    outs: [data/prepared/images, data/prepared/inputs]
  train:
    foreach: ${variants}
    do:
      cmd: python stages.py train
      deps: [data/prepared/images, "data/prepared/inputs/${item.corruption}", "settings/train/${key}.json"]
      outs: ["models/${key}.safetensors"]
      plots: ["plots/train/${key}.csv": {cache: false}]
  evaluate:
    foreach: ${variants}
    do:
      cmd: python stages.py evaluate
      deps: [data/prepared/inputs, "models/${key}.safetensors"]
      outs: ["data/evaluation/${key}.safetensors"]
      metrics: ["metrics/evaluate/${key}.json": {cache: false}]
  pictures:
    foreach: ${variants}
    do:
      cmd: python stages.py pictures
      deps: ["data/evaluation/${key}.safetensors"]
      plots: ["plots/pictures/${key}"]
  compare:
    cmd: python stages.py compare
    deps: [template.html, data/evaluation, metrics/evaluate, settings/train]
    metrics: [metrics/compare: {cache: false}]
    outs: [plots/compare/index.html]
    plots: [plots/compare/overview.png: {cache: false}]
"""
# what a stage writes tells what it has read
STAGES = """
import hashlib, json, os, pathlib, sys

def text(*places):
    files = [file for place in places for file in sorted([pathlib.Path(place), *pathlib.Path(place).rglob("*")])]
    return "".join(file.read_text() for file in files if file.is_file())

def write(place, content):
    path = pathlib.Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)

def number(content):
    return int(hashlib.md5(content.encode()).hexdigest()[:4], 16) / 65536

stage, _, name = os.environ["DVC_STAGE"].partition("@")
with open(".git/ran", "a") as ran:
    ran.write(f"{stage}@{name}\\n" if name else f"{stage}\\n")
if pathlib.Path(".git/half").exists() and stage == pathlib.Path(".git/half").read_text():
    write(f"metrics/evaluate/{name}.json", "half")
    sys.exit("error: half done")
if pathlib.Path(".git/broken").exists() and stage == pathlib.Path(".git/broken").read_text():
    sys.exit("error: broken")
if stage == "settings":
    import yaml
    params = yaml.safe_load(open("params.yaml"))
    write("settings/download.json", json.dumps(params["data"]))
    write("settings/preprocess-noise.json", json.dumps(params["noise"]))
    for name in ("linear", "denoising"):
        variant = params["variants"][name]
        noise = params["noise"] if variant["corruption"] == "gaussian" else None
        write(f"settings/train/{name}.json", json.dumps({"noise": noise, "train": variant["train"]}))
elif stage == "download":
    write("data/raw/all", text("settings/download.json"))
elif stage == "preprocess-noise":
    write("data/prepared/images/test", text("data/raw"))
    write("data/prepared/inputs/none/test", text("data/raw"))
    write("data/prepared/inputs/gaussian/test", text("data/raw", "settings/preprocess-noise.json"))
elif stage == "train":
    kind = {"linear": "none", "denoising": "gaussian"}[name]
    model = text("data/prepared/images", f"data/prepared/inputs/{kind}", f"settings/train/{name}.json")
    write(f"models/{name}.safetensors", os.environ.get("PROCESSOR", "") + model)
    write(f"plots/train/{name}.csv", f"epoch,loss\\n1,{number(model)}\\n")
elif stage == "evaluate":
    found = text("data/prepared/inputs", f"models/{name}.safetensors")
    write(f"data/evaluation/{name}.safetensors", found)
    write(f"metrics/evaluate/{name}.json", json.dumps({"mse": number(found)}))
elif stage == "pictures":
    write(f"plots/pictures/{name}/map.png", text(f"data/evaluation/{name}.safetensors"))
elif stage == "compare":
    for name in ("linear", "denoising"):
        write(f"metrics/compare/{name}.json", text(f"metrics/evaluate/{name}.json"))
    write("plots/compare/index.html", text("template.html", "data/evaluation", "settings/train"))
    write("plots/compare/overview.png", text("metrics/evaluate"))
"""
IGNORED = """/data/
/models/*.safetensors
/plots/pictures/
/plots/compare/index.html
/ci-report/
"""


class Clone(Copy):
    """A clone in which `make ci-repro` would call what `ci` calls."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        for name in [name for name in self.environment if name.startswith(("CI", "GITHUB_"))]:
            del self.environment[name]
        self.environment |= {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"}

    def ci(self, *arguments: str, minutes: str = "0.1") -> subprocess.CompletedProcess[str]:
        """minutes: by default too few to train anything by params.yaml, whose networks are the real ones."""
        self.environment["CI_MINUTES"] = minutes
        return self.call(ci.main, *arguments)

    def ran(self) -> list[str]:
        """The stages that ran since the clone was made, as they say themselves."""
        log = self.path / ".git/ran"
        return sorted(log.read_text().split()) if log.exists() else []

    def report(self) -> str:
        return (self.path / "ci-report/report.md").read_text(encoding="utf-8")

    def lock(self, stage: str) -> dict[str, str]:
        """The MD5 of each result of a stage."""
        entry = yaml.safe_load((self.path / "dvc.lock").read_text(encoding="utf-8"))["stages"][stage]
        return {out["path"]: out["md5"] for out in entry["outs"]}

    def deleted(self) -> str:
        """Files that git keeps and that are gone."""
        return self.done("git", "ls-files", "--deleted")

    def commit(self, message: str) -> None:
        self.done("git", "add", "--all")
        self.done("git", "commit", "--quiet", "--message", message)


def finished(path: Path) -> Clone:
    """All stages have run here, two variants of params.yaml alone; committed, on a branch named main."""
    made = Clone(path)
    path.mkdir()
    made.done("git", "init", "--quiet", "--initial-branch", "main")
    made.done("dvc", "init", "--quiet")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["variants"] = {name: params["variants"][name] for name in VARIANTS}
    params["sweep"]["grids"] = {}
    files = {
        "dvc.yaml": GRAPH,
        "stages.py": STAGES,
        "params.yaml": yaml.safe_dump(params, sort_keys=False),
        "template.html": "<p>",
        "README.md": "Read me.\n",
        ".gitignore": IGNORED,
        ".dvc/config": "[core]\n    analytics = false\n    check_update = false\n",
    }
    for name, content in files.items():
        (path / name).write_text(content, encoding="utf-8")
    made.done("dvc", "repro")
    made.commit("Results")
    os.remove(path / ".git/ran")
    return made
