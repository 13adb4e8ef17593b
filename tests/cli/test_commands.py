"""Each command of `hourglass`, on small models and pictures of known content."""

import csv
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import hourglass
from hourglass import models
from hourglass.cli import commands
from hourglass.cli.parser import parse
from hourglass.datasets import idx
from hourglass.errors import UserError
from hourglass.models.spec import Encoder, NetworkSpec, PcaSpec

GENERATOR = np.random.default_rng(0)
SHAPE = (3, 16, 20)


def hourglass_(*arguments: object) -> None:
    options = parse([str(argument) for argument in arguments])
    getattr(commands, options.command)(options)


def pictures(folder: Path, count: int, mode: str = "RGB", size: tuple[int, int] = (20, 16)) -> list[np.ndarray]:
    folder.mkdir(exist_ok=True)
    shape = (*size[::-1], 3) if mode == "RGB" else size[::-1]
    arrays = [GENERATOR.integers(0, 256, shape, np.uint8) for _ in range(count)]
    for number, array in enumerate(arrays):
        Image.fromarray(array).save(folder / f"{number:02}.png")
    return arrays


def opened(path: Path | str) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three small models."""
    folder = tmp_path_factory.mktemp("models")
    spec = NetworkSpec(latent=4, encoder=Encoder(dense=(32,)))
    models.save(models.build(spec, SHAPE, seed=1), folder / "net.safetensors")
    models.save(models.build(spec.model_copy(update={"code": "gaussian"}), SHAPE, seed=1), folder / "vae.safetensors")
    pca = models.build(PcaSpec(kind="pca", latent=5), SHAPE)
    pca.fit(torch.randint(256, (40, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)))
    models.save(pca, folder / "pca.safetensors")
    return folder


@pytest.fixture(autouse=True)
def folder(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(saved, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("suffix", ["csv", "npz", "parquet"])
def test_codes_are_written_and_decoded(suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = pictures(Path("photos"), 7)
    hourglass_("encode", "net.safetensors", "photos", "-o", f"codes.{suffix}")
    hourglass_("decode", "net.safetensors", f"codes.{suffix}", "-o", "decoded")
    hourglass_("reconstruct", "net.safetensors", "photos", "-o", "out")
    model = hourglass.load("net.safetensors")
    images = torch.tensor(np.stack(arrays)).permute(0, 3, 1, 2)
    expected = models.reconstruct(model, images).permute(0, 2, 3, 1)
    for number, reconstruction in enumerate(expected):
        for place in ("decoded", "out"):
            found = opened(Path(place, f"{number:02}.png"))
            assert np.abs(found / 255 - reconstruction.numpy()).max() < 0.51 / 255
    if suffix == "csv":
        first = [float(rows(Path("codes.csv"))[0][f"code_{place}"]) for place in range(4)]
        assert np.allclose(first, models.encode(model, images[:1])[0].numpy())
    assert "7 codes of 4 values in codes." in capsys.readouterr().out


def test_inputs_of_every_form_give_the_same_images(capsys: pytest.CaptureFixture[str]) -> None:
    arrays = np.stack(pictures(Path("grey"), 5, "L"))
    np.savez("grey.npz", test_images=arrays, labels=np.arange(5))
    idx.write(Path("images-idx3-ubyte"), arrays)
    tables = []
    for given in ("grey", "grey/*.png", "grey.npz", "images-idx3-ubyte"):
        hourglass_("encode", "net.safetensors", given, "-o", "codes.csv")
        tables.append([[value for name, value in row.items() if name != "picture"] for row in rows(Path("codes.csv"))])
    assert tables[0] == tables[1] == tables[2] == tables[3]
    hourglass_("encode", "net.safetensors", "grey", "grey.npz", "-o", "codes.csv")
    assert [row["picture"] for row in rows(Path("codes.csv"))][3:6] == ["03.png", "04.png", "grey.npz/test_images/0"]


def test_other_sizes_are_resized_and_this_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    pictures(Path("photos"), 2, size=(40, 64))
    hourglass_("reconstruct", "net.safetensors", "photos", "-o", "out", "--side-by-side")
    expected = "photos: 2 of 2 pictures, 40×64 pixels, were resized and cropped to 20×16 pixels, colour"
    assert expected in capsys.readouterr().err
    assert opened("out/00.png").shape == (16, 40, 3)
    hourglass_("reconstruct", "net.safetensors", "photos/*.png", "-o", "out")
    assert capsys.readouterr().err == f"{expected}\n"  # one line, as for the folder


def test_denoising_prints_the_errors_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    clean = np.stack(pictures(Path("clean"), 3)).astype(float)
    pictures(Path("noisy"), 3)
    noisy = np.stack([opened(f"noisy/0{number}.png") for number in range(3)])
    hourglass_("denoise", "net.safetensors", "noisy", "-o", "out", "--clean", "clean")
    psnr = -10 * np.log10(np.square((noisy - clean) / 255).mean())
    assert f"PSNR of the pictures: {psnr:.2f} dB" in capsys.readouterr().out
    with pytest.raises(UserError, match="3 pictures, but 1 clean ones"):
        hourglass_("denoise", "net.safetensors", "noisy", "-o", "out", "--clean", "clean/00.png")


def test_scores_are_quantiles_of_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    reference = np.stack(pictures(Path("reference"), 20))
    pictures(Path("photos"), 2)
    Image.fromarray(np.zeros((16, 20, 3), np.uint8)).save("photos/black.png")
    hourglass_(
        "score", "net.safetensors", "photos", "-o", "scores.csv", "--reference", "reference", "--threshold", "0.5"
    )
    model = hourglass.load("net.safetensors")
    images = torch.tensor(reference).permute(0, 3, 1, 2)
    errors = (models.reconstruct(model, images) - images / 255).square().mean(dim=(1, 2, 3))
    table = rows(Path("scores.csv"))
    for row in table:
        assert float(row["quantile"]) == (errors < float(row["error"])).double().mean()
        assert row["flagged"] == str(int(float(row["quantile"]) > 0.5))
    assert f"{sum(row['flagged'] == '1' for row in table)} of 3 pictures" in capsys.readouterr().out
    with pytest.raises(UserError, match="pass --reference"):
        hourglass_("score", "net.safetensors", "photos", "-o", "scores.csv")


def test_the_nearest_picture_to_a_picture_is_itself(capsys: pytest.CaptureFixture[str]) -> None:
    pictures(Path("photos"), 9)
    hourglass_("nearest", "pca.safetensors", "photos/04.png", "photos", "-k", 3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0] == "0.0000  04.png"


def test_samples_are_decoded_codes(capsys: pytest.CaptureFixture[str]) -> None:
    pictures(Path("photos"), 20)
    hourglass_("sample", "vae.safetensors", "-n", 12, "--sampler", "prior", "-o", "prior")
    drawn = torch.randn(12, 4, generator=torch.Generator().manual_seed(0))
    assert len(list(Path("prior").glob("*.png"))) == len(drawn)
    hourglass_("sample", "net.safetensors", "-n", 3, "--reference", "photos", "-o", "mixture")
    assert sorted(path.name for path in Path("mixture").iterdir()) == ["0.png", "1.png", "2.png"]
    with pytest.raises(UserError, match="has no prior"):
        hourglass_("sample", "net.safetensors", "--sampler", "prior", "-o", "none")
    with pytest.raises(UserError, match="must be prior, gaussian, mixture, uniform"):
        hourglass_("sample", "net.safetensors", "--sampler", "other", "-o", "none")


@pytest.mark.parametrize(("name", "part"), [("pca", "both"), ("vae", "encoder"), ("net", "decoder")])
def test_an_exported_network_computes_the_same(name: str, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    model = hourglass.load(f"{name}.safetensors")
    hourglass_("export", f"{name}.safetensors", "-o", "net.onnx", "--part", part)
    images = torch.rand(7, *SHAPE)
    codes = model.encode(images)
    expected = {"both": [codes, model.decode(codes)], "encoder": [codes], "decoder": [model.decode(codes)]}[part]
    given = {"codes": codes.numpy()} if part == "decoder" else {"images": images.numpy()}
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    for found, output in zip(session.run(None, given), expected, strict=True):
        assert np.abs(found - output.numpy()).max() < 1e-5


def test_a_network_is_exported_without_onnx() -> None:
    hourglass_("export", "vae.safetensors", "-o", "vae.pt2")
    program = torch.export.load("vae.pt2")  # written a moment ago
    images = torch.rand(5, *SHAPE)
    codes, reconstructions = program.module()(images)
    model = hourglass.load("vae.safetensors")
    assert torch.allclose(codes, model.encode(images), atol=1e-6)
    assert torch.allclose(reconstructions, model(images), atol=1e-6)


def test_models_are_compared_on_a_page() -> None:
    pictures(Path("photos"), 60)
    hourglass_("compare", "net.safetensors", "pca.safetensors", "photos", "-o", "page.html")
    text = Path("page.html").read_text(encoding="utf-8")
    assert text.count("<img") == 3 * 50
    assert "Mean squared error of 60 pictures" in text
    assert "http" not in text


def test_a_model_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    hourglass_("describe", "vae.safetensors")
    assert "3×16×20 (channels, height, width)\nlatent dimension: 4\n" in capsys.readouterr().out


def text_file(path: str) -> None:
    Path(path).write_text("picture,code_0\nx,1\n", encoding="utf-8")


def damaged(path: str) -> None:
    Path(path).write_bytes(Path("net.safetensors").read_bytes()[:-8])


def codes(path: str, file: str = "x", value: float = 0.5) -> None:
    Path(path).write_text(f"picture,code_0,code_1,code_2,code_3\n{file},1,2,3,{value}\n", encoding="utf-8")


def other(path: str) -> None:
    models.save(models.build(NetworkSpec(latent=2, encoder=Encoder(dense=(8,))), (1, 28, 28)), Path(path))


BAD: list[tuple[Callable[[], object], str, str]] = [
    (lambda: None, "encode missing.safetensors photos -o x.csv", "missing.safetensors: no such model file"),
    (lambda: damaged("d.safetensors"), "describe d.safetensors", "d.safetensors is damaged"),
    (lambda: None, "encode net.safetensors nothing -o x.csv", "nothing: no such file or folder"),
    (lambda: Path("empty").mkdir(), "encode net.safetensors empty -o x.csv", "empty: no pictures"),
    (lambda: None, "encode net.safetensors photos -o x.txt", "x.txt: the suffix must be .csv, .npz, .parquet"),
    (lambda: text_file("photos/a.png"), "encode net.safetensors photos -o x.csv", "images cannot be read: a.png"),
    (lambda: None, "encode net.safetensors vae.safetensors -o x.csv", "vae.safetensors: not a file of images"),
    (lambda: text_file("a.npz"), "encode net.safetensors a.npz -o x.csv", "a.npz: not a valid .npz file"),
    (lambda: np.savez("a.npz", x=np.ones(3)), "encode net.safetensors a.npz -o x.csv", "a.npz: no array of images"),
    (lambda: text_file("c.csv"), "decode net.safetensors c.csv -o x", "c.csv has 1 rows of 1 codes; the model needs 4"),
    (lambda: codes("c.csv", value=math.nan), "decode net.safetensors c.csv -o x", "codes that are not finite"),
    (lambda: codes("c.csv", "../../x"), "decode net.safetensors c.csv -o x", "not inside x: ../../x"),
    (lambda: Path("c.csv").touch(), "decode net.safetensors c.csv -o x", "is not a table of codes"),
    (lambda: None, "decode net.safetensors c.csv -o x", "c.csv: no such file"),
    (lambda: None, "denoise net.safetensors photos/00.png photos -o x", "several images would become x/00.png"),
    (lambda: None, "nearest net.safetensors photos photos", "photos holds 2 pictures; the query must be one"),
    (lambda: None, "sample net.safetensors -n 3 -o x", "pass --reference with pictures"),
    (lambda: None, "export net.safetensors -o x.pt", "x.pt: the suffix must be .onnx or .pt2"),
    (lambda: None, "compare net.safetensors net.safetensors photos -o x.pdf", "x.pdf: the suffix must be .html"),
    (lambda: other("o.safetensors"), "compare net.safetensors o.safetensors photos -o x.html", "different shapes"),
]  # fmt: skip


@pytest.mark.parametrize(("prepare", "command", "message"), BAD)
def test_bad_input_is_one_line_and_nothing_is_written(
    prepare: Callable[[], object], command: str, message: str
) -> None:
    pictures(Path("photos"), 2)
    prepare()
    before = set(Path().rglob("*"))
    with pytest.raises(UserError) as raised:
        hourglass_(*command.split())
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert set(Path().rglob("*")) == before


@pytest.mark.parametrize("number", ["0", "two"])
def test_a_number_of_pictures_must_be_positive(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["nearest", "net.safetensors", "a.png", "photos", "-k", number])
    assert "usage: hourglass nearest" in capsys.readouterr().err
