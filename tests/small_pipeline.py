"""A git and DVC repository with the stages of dvc.yaml, which write hashes of their inputs in no time."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import yaml
from repository import ROOT, Change, Copy

VARIANTS = ("linear", "denoising")  # without and with noise
STAND_IN = """
import hashlib, json, os, pathlib, sys, time
import yaml

stage = os.environ["DVC_STAGE"]
kind, _, variant = stage.partition("@")
params = yaml.safe_load(open("params.yaml"))
control = json.load(open(".git/control")) if os.path.exists(".git/control") else {}
with open(".git/ran", "a") as ran:
    ran.write(stage + "\\n")

def fill(text):
    block = params["variants"].get(variant, {})
    corruption, loss = block.get("corruption", ""), block.get("loss", "")
    return text.replace("${key}", variant).replace("${item.corruption}", corruption).replace("${item.loss}", loss)

def digest(*names):
    files = [file for name in names for file in sorted([pathlib.Path(name), *pathlib.Path(name).rglob("*")])]
    return hashlib.md5(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()

def write(name, text):
    path = pathlib.Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

def write_settings():
    overrides = {name: value for name, value in params["train"].items() if value is not None}
    for name, block in params["variants"].items():
        noise = params["noise"] if block["corruption"] != "none" else None
        block = block | {"latent": params["model"]["latent"], "train": block.get("train", {}) | overrides}
        write(f"settings/train/{name}.json", json.dumps([noise, params["seed"], block]))
    parts = {"download": "data", "preprocess-noise": "noise", "latent-analysis": "latent_analysis",
             "sgd-variants": "sgd_variants", "classifier": "classifier", "pictures": "pictures", "sweep": "sweep"}
    for name in ("download", "preprocess-noise", "classifier", "baselines", "evaluate", "latent-analysis", "pictures",
                 "sgd-variants", "sweep", "compare", "sweep-data"):
        write(f"settings/{name}.json", json.dumps(params.get(parts.get(name))))

block = yaml.safe_load(open("dvc.yaml"))["stages"][kind]
block = block.get("do", block)
sources = ("stages/", "params.yaml", "requirements")  # a change of code leaves outputs as they are
inputs = [fill(dep) for dep in block["deps"] if not dep.startswith(sources)]
outputs = [fill(path) for key in ("outs", "metrics", "plots") for entry in block.get(key, ())
           for path in (entry if isinstance(entry, dict) else [entry])]
if kind == "train":
    for epoch in range(1, 5):
        print(f"{variant} epoch {epoch}/4 loss 0.5", flush=True)
    print(f"{variant}: test MSE 0.5", flush=True)
if stage in control.get("fail", ()):
    sys.exit("error: broken")
if stage in control.get("wait", ()):
    pathlib.Path(".git/waiting").touch()
    while not os.path.exists(".git/go"):
        time.sleep(0.05)
if kind == "settings":
    write_settings()
for name in outputs:
    if name == "data/prepared/inputs":
        for corruption in {one["corruption"] for one in params["variants"].values()}:
            source = "data/raw" if corruption == "none" else "settings/preprocess-noise.json"
            write(f"{name}/{corruption}/x", digest(source))
    elif name == "metrics/test_mse.json":
        values = {one: int(digest(f"data/evaluate/{one}.json")[:4], 16) / 1e6 for one in params["variants"]}
        write(name, json.dumps({one: round(value, 5) for one, value in values.items()}))
    elif name == "plots/compare/losses.csv":
        write(name, "variant,epoch,mse\\nlinear,1,0.5\\n")
    elif kind != "settings":
        write(name if pathlib.Path(name).suffix else f"{name}/x.png", digest(*inputs) + name)
"""


class Small(Copy):
    """The repository, or a clone of it. Stages obey `.git/control`, see `control`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, PYTHONPATH=str(ROOT / "src"), COLUMNS="100")

    def control(self, **stages: list[str]) -> None:
        """Make stages `fail`, or `wait` for a file `.git/go` before they write outputs."""
        (self.path / ".git/control").write_text(json.dumps(stages))

    def add_remote(self, address: str) -> None:
        """Add a default remote; a relative address starts at `.dvc`."""
        remote = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {address}\n"
        (self.path / ".dvc/config.local").write_text(remote)

    def comment(self, module: str) -> None:
        """Change the code of a stage, but not what it does."""
        (self.path / f"stages/{module}.py").write_text("# a comment\n")

    def ran(self) -> set[str]:
        """Return the stages that have run here."""
        log = self.path / ".git/ran"
        return set(log.read_text().split()) if log.exists() else set()

    def lock(self) -> str:
        return (self.path / "dvc.lock").read_text()


def create(path: Path, change: Change = lambda params: None, variants: tuple[str, ...] = VARIANTS) -> Small:
    """Create the repository with two variants, without any results, on a branch `main` without commits."""
    small = Small(path)
    copied = (".dvcignore", ".gitignore", "images", "pretrained", "requirements.txt", "stages", "dvc.yaml")
    listed = ["git", "ls-files", *copied]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split():
        if (ROOT / name).exists():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, path / name)
    graph = (path / "dvc.yaml").read_text()
    # DVC parses dvc.lock for every stage that it runs, and half of it is about packages that no stage uses here
    (path / "dvc.yaml").write_text(re.sub(r'"?src/[^,\]\s]*,\s*', "", graph))
    for stage in (path / "stages").glob("*.py"):
        stage.write_text(STAND_IN if stage.stem == "__init__" else "# see __init__.py\n")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["variants"] = {name: params["variants"][name] for name in variants or params["variants"]}
    params["sweep"]["grids"], params["sheets"] = {}, {}
    change(params)
    (path / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    (path / "metrics").mkdir()
    for table in ("sweep.csv", "similarity.csv"):
        (path / "metrics" / table).write_text("grid\n")
    small.done("git", "init", "--quiet", "--initial-branch", "main")
    small.done("dvc", "init", "--quiet")
    (path / ".dvc/config").write_text("[core]\n    analytics = false\n    check_update = false\n")
    return small
