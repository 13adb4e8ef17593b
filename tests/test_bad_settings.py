"""Bad settings in a repository with results: refused in a sentence that names them, and nothing is touched."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from repository import Copy, make

from hourglass.errors import UserError
from stages import settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(copy_of_its_own: Copy) -> Copy:
    return copy_of_its_own


Change = Callable[[str], str]
Files = dict[str, tuple[int, int]]
PCA = "{corruption: none, loss: squared_error, network: {kind: pca, latent: 2}}"
LINEAR, CONVOLUTIONAL = "variants.linear", "variants.variational.network.encoder.convolutions"


def setting(key: str, value: Any) -> Change:
    """Sets what `variants.linear.train.epochs` and the like name; a number names an entry of a list."""

    def change(text: str) -> str:
        content = yaml.safe_load(text)
        *above, last = key.split(".")
        block = content
        for part in above:
            block = block[int(part) if part.isdigit() else part]
        block[last] = value
        return yaml.safe_dump(content, sort_keys=False)

    return change


def without(key: str) -> Change:
    """Removes a setting."""

    def change(text: str) -> str:
        content = yaml.safe_load(text)
        *above, last = key.split(".")
        block = content
        for part in above:
            block = block[part]
        del block[last]
        return yaml.safe_dump(content, sort_keys=False)

    return change


def appended(line: str) -> Change:
    """Adds a line at the end, which is within `variants`."""
    return lambda text: f"{text}{line}\n"


def dated(text: str) -> str:
    return text.replace("seed: 0", "seed: 2026-01-01")


BAD: dict[str, tuple[Change, str]] = {
    "no code": (setting("model.latent", 0), r"model\.latent is 0, but input should be greater than 0"),
    "a code that is true": (setting("model.latent", True), r"model\.latent is true, but .* valid integer"),
    "a code in quotes": (setting("model.latent", "2"), r"model\.latent is '2', but .* valid integer"),
    "a code with a fraction": (setting("model.latent", 2.0), r"model\.latent is 2\.0, but .* valid integer"),
    "a code beyond PCA": (setting("model.latent", 785), r"variants\.pca: with the overrides \(model\.latent: 785, "),
    "a code beyond all memory": (
        setting(f"{LINEAR}.network.latent", 10**12),
        r"variants\.linear: with the overrides .*, it would need more than a million GB of memory, most of it for",
    ),
    "a dense layer beyond all memory": (
        setting(f"{LINEAR}.network.encoder.dense", [10**12]),
        r"variants\.linear: with the overrides .*, it would need more than a million GB of memory, most of it for",
    ),
    "channels beyond all memory": (
        setting(f"{CONVOLUTIONAL}.1.channels", 10**12),
        r"variants\.variational: with the overrides .*, it would need more than a million GB of memory, most of it",
    ),
    "epochs beyond all memory": (
        setting("train.epochs", 2 * 10**9),
        r"variants\.linear: with the overrides .*most of it for the reconstructions kept of 2000000000 epochs",
    ),
    "negative epochs": (setting("train.epochs", -1), r"train\.epochs is -1, but input should be greater than 0"),
    "epochs that are true": (setting("train.epochs", True), r"train\.epochs is true, but .* valid integer"),
    "no batch": (setting("train.batch_size", 0), r"train\.batch_size is 0, but input should be greater than 0"),
    "a learning rate of nothing": (setting("train.learning_rate", 0), r"train\.learning_rate is 0, but .*than 0"),
    "a learning rate in words": (setting("train.learning_rate", "low"), r"train\.learning_rate is 'low', but"),
    "an infinite learning rate": (
        setting("train.learning_rate", float("inf")),
        r"train\.learning_rate is inf, but input should be a finite number",
    ),
    "a learning rate that is no number": (
        setting(f"{LINEAR}.train.learning_rate", float("nan")),
        r"variants\.linear\.train\.learning_rate is nan, but input should be",
    ),
    "negative weight decay": (setting("train.weight_decay", -1e-5), r"train\.weight_decay is -1e-05, but"),
    "a precision of nobody's": (
        setting("train.precision", "float8"),
        r"train\.precision is 'float8', but .*'bfloat16'",
    ),
    "a misspelt key": (setting("train.epocs", 3), r"train\.epocs is not a known setting; perhaps epochs is meant"),
    "a misspelt block": (setting("nosie", {}), "nosie is not a known setting; perhaps noise is meant"),
    "a missing block": (without("classifier"), "classifier is missing"),
    "a missing setting": (without(f"{LINEAR}.train.epochs"), r"variants\.linear\.train\.epochs is missing"),
    "a misspelt data set": (setting("data.dataset", "cifar"), r"data\.dataset is 'cifar', but .*'mnist' or 'digits'"),
    "a misspelt activation": (
        setting(f"{LINEAR}.network.activation", "rleu"),
        r"variants\.linear\.network\.activation is 'rleu', but .*'relu', 'selu'",
    ),
    "a misspelt corruption": (setting(f"{LINEAR}.corruption", "fog"), r"variants\.linear\.corruption is 'fog', but"),
    "a corruption that is a path": (
        setting(f"{LINEAR}.corruption", "../../secret"),
        r"variants\.linear\.corruption is '\.\./\.\./secret', but",
    ),
    "a loss that does not suit": (setting(f"{LINEAR}.loss", "elbo"), r"variants\.linear: the loss elbo does not suit"),
    "a network of an unknown kind": (
        setting(f"{LINEAR}.network.kind", "gan"),
        r"variants\.linear\.network\.kind is 'gan'",
    ),
    "a kernel larger than its map": (
        setting(f"{CONVOLUTIONAL}.1.kernel", 99),
        r"variants\.variational\.network: encoder convolution 2 has kernel 99, larger than its padded input",
    ),
    "noise without strength": (setting("noise.sigma", 0), r"noise\.sigma is 0, but input should be greater than 0"),
    "a square larger than the image": (setting("noise.occlusion", 29), r"noise\.occlusion is 29, but .*equal to 28"),
    "fresh noise in words": (setting("noise.fresh", "yes"), r"noise\.fresh is 'yes', but .*true"),
    "a negative seed": (setting("seed", -1), "seed is -1, but input should be greater than or equal to 0"),
    "a seed that is a date": (dated, "seed is 2026-01-01, but input should be a valid integer"),
    "a device of nobody's": (
        setting("runtime.device", "tpu"),
        r"runtime\.device is 'tpu', but .*'auto', 'cpu' or 'cuda'",
    ),
    "more threads than a machine has": (setting("runtime.threads", 10**6), r"runtime\.threads is 1000000, but .*1024"),
    "hardly a sample": (setting("latent_analysis.samples", 3), r"latent_analysis\.samples is 3, but .*equal to 10"),
    "a rate of gradient descent missing": (
        without("sgd_variants.learning_rate.full_batch"),
        r"sgd_variants\.learning_rate\.full_batch is missing",
    ),
    "no linear variant": (without(LINEAR), "variants: linear is missing, whose network sgd-variants trains"),
    "a name with a blank": (appended(f"  two words: {PCA}"), "variants: 'two words' names files and stages, so use"),
    "a name like an option": (appended(f"  -x: {PCA}"), "variants: '-x' names files and stages, so use letters"),
    "a name that is a number": (appended(f"  7: {PCA}"), "variants: 7 names files and stages, so use letters"),
    "a name that is nothing": (appended(f"  null: {PCA}"), "variants: null names files and stages, so use letters"),
    "a name of 300 letters": (appended(f"  {'x' * 300}: {PCA}"), r"variants: 'xxx.*\.\.\..*' names files and stages"),
    "names that differ in case alone": (
        appended(f"  LINEAR: {PCA}"),
        "variants: linear and LINEAR differ in upper and",
    ),
}

# what DVC itself says, before any stage
UNREADABLE: dict[str, tuple[Change, str]] = {
    "a seed that is a date": (dated, r"'date' in 'params.yaml:seed'"),
    "a key given twice": (appended("seed: 3"), r'found duplicate key "seed" with value "3" \(original value: "0"\)'),
    "a variant given twice": (appended(f"  pca: {PCA}"), 'found duplicate key "pca"'),
    "no YAML": (appended("train: ["), "'params.yaml', YAML file structure is corrupted"),
    "a variant without a corruption": (without(f"{LINEAR}.corruption"), "Could not find 'item.corruption'"),
    "a name that climbs": (appended(f"  ../x: {PCA}"), "output 'metrics/x.json' is specified in"),
    "no variants": (without("variants"), "Could not find 'variants'"),
}


def files(folder: Path) -> Files:
    """Size and time of all files but params.yaml, git's own, and what DVC and Python note for themselves."""
    apart = {".git", "tmp", "__pycache__"}
    found = [path for path in folder.rglob("*") if path.is_file() and not apart & set(path.relative_to(folder).parts)]
    stats = {path.relative_to(folder).as_posix(): path.lstat() for path in found}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items() if name != "params.yaml"}


@pytest.fixture
def refusing(copy: Copy) -> Iterator[Callable[..., None]]:
    """Run a command with params.yaml changed; it has to fail with one line for each sentence, and touch nothing."""
    params = copy.path / "params.yaml"
    text, before = params.read_text(), files(copy.path)

    def run(change: Change, *sentences: str, command: Sequence[str]) -> None:
        params.write_text(change(text))
        result = copy.run(*command)
        assert result.returncode != 0, result.stdout
        for sentence in sentences:
            assert len([line for line in result.stdout.splitlines() if re.search(sentence, line)]) == 1, result.stdout
        assert "Traceback" not in result.stdout
        assert files(copy.path) == before
        assert copy.done("git", "status", "--porcelain") == " M params.yaml\n"

    yield run
    params.write_text(text)


@pytest.mark.parametrize(("change", "sentence"), BAD.values(), ids=BAD.keys())
def test_the_settings_stage_refuses_bad_settings_and_touches_nothing(
    unchanged: Copy, monkeypatch: pytest.MonkeyPatch, change: Change, sentence: str
) -> None:
    monkeypatch.chdir(unchanged.path)
    params, before = Path("params.yaml"), files(unchanged.path)
    params.write_text(change(params.read_text()))
    with pytest.raises(UserError) as caught:
        settings.main()
    assert len([line for line in str(caught.value).splitlines() if re.search(sentence, line)]) == 1
    assert files(unchanged.path) == before


MAKE = make("repro", "JOBS=2")
ELSEWHERE = {name: BAD[name] for name in ("negative epochs", "a name with a blank")} | {
    "a key given twice": UNREADABLE["a key given twice"]
}


@pytest.mark.parametrize(("change", "sentence"), (ELSEWHERE | UNREADABLE).values(), ids=ELSEWHERE | UNREADABLE)
def test_dvc_repro_refuses_bad_settings_and_touches_nothing(
    refusing: Callable[..., None], change: Change, sentence: str
) -> None:
    refusing(change, sentence, command=("dvc", "repro"))


@pytest.mark.parametrize(
    ("command", "what"),
    [
        *((MAKE, what) for what in ELSEWHERE if what not in UNREADABLE),  # these in our words: below
        *((("dvc", "exp", "run"), what) for what in ELSEWHERE),
    ],
)
def test_so_do_make_repro_and_dvc_exp_run(refusing: Callable[..., None], command: tuple[str, ...], what: str) -> None:
    refusing(*ELSEWHERE[what], command=command)


def test_make_repro_says_in_our_words_what_dvc_cannot_read(refusing: Callable[..., None]) -> None:
    missing, twice = without(f"{LINEAR}.corruption"), appended("seed: 3")
    refusing(missing, r"error: params\.yaml: variants\.linear\.corruption is missing", command=MAKE)
    refusing(twice, r"error: params\.yaml, line \d+: found duplicate key \"seed\" .*; leave one", command=MAKE)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("model.latent=0", r"model\.latent is 0, but input should be greater than 0"),
        ("train.epochs=true", r"train\.epochs is true, but .* valid integer"),
        ("variants.linear.network.code=rleu", r"variants\.linear\.network\.code is 'rleu', but"),
    ],
)
def test_an_experiment_with_a_bad_setting_is_refused(refusing: Callable[..., None], given: str, sentence: str) -> None:
    refusing(str, sentence, command=("dvc", "exp", "run", "--set-param", given))


def test_all_problems_are_said_at_once(copy: Copy, refusing: Callable[..., None]) -> None:
    def change(text: str) -> str:
        for one in ("negative epochs", "no code", "a misspelt data set", "a network of an unknown kind"):
            text = BAD[one][0](text)
        return text

    sentences = ("train.epochs is -1", "model.latent is 0", "data.dataset is 'cifar'", "network.kind is 'gan'")
    refusing(change, *map(re.escape, sentences), command=("dvc", "repro"))


def test_with_the_old_settings_nothing_is_out_of_date(copy: Copy) -> None:
    assert "up to date" in copy.done("dvc", "status", "dvc.yaml")


def test_a_small_learning_rate_is_written_and_read(unchanged: Copy) -> None:
    unchanged.done("dvc", "exp", "run", "--set-param", "train.learning_rate=0.00001", "settings")
    assert "1e-05" in (unchanged.path / "params.yaml").read_text()
    assert unchanged.json("settings/train/linear.json")["train"]["learning_rate"] == 1e-5


def test_dvc_yaml_hands_no_setting_to_a_shell() -> None:
    stages = yaml.safe_load((Path(__file__).parents[1] / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    commands = [block.get("do", block)["cmd"] for block in stages.values()]
    assert len(commands) > 10
    assert not [command for command in commands if "$" in command]


EVIL = ("$(touch pwned)", "x;touch pwned;", "`touch pwned`", "x\ntouch pwned")
CLIMBING = "$(touch pwned)/../linear"  # whose settings, read as a path, are those of linear
COMMANDS = {
    "dvc repro": ("dvc", "repro"),
    "dvc repro train": ("dvc", "repro", "train"),
    "dvc repro --keep-going": ("dvc", "repro", "--keep-going"),
    "dvc repro --ignore-errors": ("dvc", "repro", "--ignore-errors"),
    "dvc repro NAME": ("dvc", "repro", "train@NAME"),
    "dvc repro --single-item": ("dvc", "repro", "--single-item", "train@NAME"),
    "dvc repro --force --single-item": ("dvc", "repro", "--force", "--single-item", "train@NAME"),
    "dvc repro --allow-missing": ("dvc", "repro", "--ignore-errors", "--pull", "--allow-missing", "train@NAME"),
    "dvc exp run": ("dvc", "exp", "run"),
    "make repro": MAKE,
}


@pytest.mark.parametrize("name", [*COMMANDS])
def test_no_command_runs_the_name_of_a_variant(unchanged: Copy, name: str) -> None:
    unchanged.edit(lambda params: params["variants"].update(dict.fromkeys(EVIL, params["variants"]["pca"])))
    result = unchanged.run(*(part.replace("NAME", EVIL[1]) for part in COMMANDS[name]))
    assert "--single-item" in name or "names files and stages, so use letters" in result.stdout
    assert not list(unchanged.path.rglob("pwned"))


@pytest.mark.parametrize("name", [name for name in COMMANDS if "--single-item" in name or "--ignore" in name])
def test_no_command_runs_a_name_that_is_also_a_path(unchanged: Copy, name: str) -> None:
    """DVC's own switches let stages run although `settings` has refused them: then no shell may see the name."""
    unchanged.edit(lambda params: params["variants"].update({CLIMBING: params["variants"].pop("linear")}))
    unchanged.run(*(part.replace("NAME", CLIMBING) for part in COMMANDS[name]))
    assert not list(unchanged.path.rglob("pwned"))
