"""Own images that cannot be used are refused in one line, and nothing is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pictures import noise, write_classes
from PIL import Image

from hourglass.datasets import find
from hourglass.errors import UserError

IMAGES, LABELS = np.zeros((8, 16, 16), np.uint8), np.arange(8) % 2
FLOAT, TWO_LABELS = IMAGES / 255, np.stack([LABELS, LABELS], 1)


def truncated_jpeg(path: Path) -> None:
    noise(16, 16).save(path)
    path.write_bytes(path.read_bytes()[:-100])


def split(folder: Path) -> None:
    (folder / "train").mkdir()
    for name in ("a", "b"):
        (folder / name).rename(folder / "train" / name)
    write_classes(folder / "test", "a")


FOLDERS: list[tuple[Callable[[Path], object], str]] = [
    (
        lambda own: (own / "a/0.png").write_text("text"),
        r"1 of 10 images cannot be read: a/0\.png \(not PNG, .*\); repair or remove them",
    ),
    (lambda own: truncated_jpeg(own / "a/0.jpg"), r"1 of 11 .* a/0\.jpg \(image file is truncated"),
    (lambda own: (own / "b/x.png").symlink_to("nowhere"), r"1 of 11 .* b/x\.png \(No such file or directory\)"),
    (lambda own: [(own / f"a/x{n}.png").touch() for n in range(9)], "9 of 19 images cannot be read: .* and 4 more; "),
    (lambda own: Image.fromarray(FLOAT[0].astype(np.float32)).save(own / "a/0.tiff"), r"a/0\.tiff \(pixels have 32"),
    (lambda own: Image.new("1", (9_500, 9_500)).save(own / "a/0.png"), r"9500×9500 pixels; must be at most 89,478,485"),
    (lambda own: [noise(1, 1).save(file) for file in own.rglob("*.png")], "1×1 pixels; must be at least 12×12"),
    (lambda own: noise(30, 20).save(own / "a/0.png"), "different sizes, such as 16×16, 30×20; set data.size"),
    (lambda own: write_classes(own, "c", each=1), "fewer than two images of class c; add images or remove the class"),
    (lambda own: write_classes(own, "c", each=0), "fewer than two images of class c"),
    (split, "no test image of class b"),
    (lambda own: write_classes(own, *(f"c{n}" for n in range(199)), each=1), "201 classes; at most 200 are supported"),
    (lambda own: (own / "x.png").touch(), r"1 image\(s\) without a class, x\.png; move"),
    (lambda own: write_classes(own, "x y", "x\ny"), "differ in white space only: x y; rename one"),
    (shutil.rmtree, "no such folder"),
]
FILES: list[tuple[bytes | dict[str, np.ndarray], str]] = [
    (b"text", "not an .npz file; numpy.savez writes one"),
    (b"PK\x05\x06" + bytes(18), "arrays are missing; expected train_images and"),
    ({"pictures": IMAGES}, "arrays are pictures; expected train_images and train_labels, x_"),
    ({"images": IMAGES, "labels": LABELS[1:]}, "labels is int64 of shape 7; must be one"),
    ({"images": IMAGES, "labels": TWO_LABELS}, "shape 8×2; must be one integer or text for each of 8 images"),
    ({"images": FLOAT, "labels": LABELS}, "float64 of shape 8×16×16; must be uint8 of shape N×H×W or N×H×W×3"),
    ({"images": np.zeros((8, 3, 16, 16), np.uint8)}, "of shape 8×3×16×16; must be"),
    ({"images": IMAGES, "labels": np.array([{}] * 8)}, r"not a valid .npz file \(Object arrays cannot be"),  # a pickle
    ({"x_train": IMAGES, "x_test": IMAGES[:, 2:]}, "x_train and x_test have different shapes"),
]


def assert_refused(tmp_path: Path, path: Path, message: str) -> None:
    form = "npz" if path.suffix == ".npz" else "folder"
    with pytest.raises(UserError, match=message) as caught:
        find(form, path, log=lambda _: None).fetch(tmp_path / "raw")
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize(("change", "message"), FOLDERS)
def test_bad_images_are_refused_in_one_line(tmp_path: Path, change: Callable[[Path], object], message: str) -> None:
    change(folder := write_classes(tmp_path / "own", "a", "b"))
    assert_refused(tmp_path, folder, message)


@pytest.mark.parametrize(("content", "message"), FILES)
def test_bad_files_are_refused_in_one_line(
    tmp_path: Path, content: bytes | dict[str, np.ndarray], message: str
) -> None:
    path = tmp_path / "own.npz"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.savez(path, **content)
    assert_refused(tmp_path, path, message)


def test_an_unreadable_folder_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, listing = write_classes(tmp_path / "own"), Path.iterdir

    def iterdir(path: Path) -> object:
        if path.name == "dogs":
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(UserError, match=r"own/dogs: Permission denied; the folder must be readable$"):
        find("folder", folder)
