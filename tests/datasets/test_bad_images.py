"""Own images that cannot be used are refused in one line, and nothing is written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pictures import noise, write_classes
from PIL import Image

from hourglass.datasets import find
from hourglass.errors import UserError

IMAGES, LABELS = np.zeros((8, 16, 16), np.uint8), np.arange(8) % 2


def spoil(name: str, change: Callable[[Path], object]) -> Callable[[Path], Path]:
    """Return a function that writes pictures of two classes and then changes one of the files."""

    def write(folder: Path) -> Path:
        write_classes(folder / "own", "a", "b")
        change(folder / "own" / name)
        return folder / "own"

    return write


def truncated_jpeg(path: Path) -> None:
    noise(16, 16).save(path)
    path.write_bytes(path.read_bytes()[:-100])


def unreadable(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def with_split(folder: Path) -> Path:
    write_classes(folder / "own/train", "a", "b")
    write_classes(folder / "own/test", "a")
    return folder / "own"


def npz(**arrays: np.ndarray) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        np.savez(folder / "own.npz", **arrays)
        return folder / "own.npz"

    return write


def content(data: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / "own.npz").write_bytes(data)
        return folder / "own.npz"

    return write


def lone(path: Path) -> None:
    path.parent.mkdir()
    noise(16, 16).save(path)


MANY = [f"c{number}" for number in range(201)]
FLOAT, TWO = IMAGES / 255, np.stack([LABELS, LABELS], 1)
BAD: list[tuple[Callable[[Path], Path], str]] = [
    (
        spoil("a/0.png", lambda file: file.write_text("text")),
        r"1 of 10 images cannot be read: a/0\.png \(not PNG, .*\); repair or remove them",
    ),
    (spoil("a/0.jpg", truncated_jpeg), r"1 of 11 .* a/0\.jpg \(image file is truncated"),
    (spoil("b/0.png", unreadable), r"1 of 10 .* b/0\.png \(No such file or directory\)"),
    (
        spoil("a/0.png", lambda file: [(file.parent / f"x{i}.png").touch() for i in range(9)]),
        "9 of 19 images cannot be read: .* and 4 more; repair",
    ),
    (
        spoil("a/0.tiff", lambda file: Image.fromarray(np.full((16, 16), 0.5, np.float32)).save(file)),
        r"a/0\.tiff \(pixels have 32 bits; save it with 8 or 16 bits\)",
    ),
    (
        spoil("a/0.png", lambda file: Image.new("1", (9_500, 9_500)).save(file)),  # a decompression bomb
        r"a/0\.png \(9500×9500 pixels; must be at most 89,478,485",
    ),
    (lambda folder: write_classes(folder / "own", size=(1, 1)), "1×1 pixels; must be at least 12×12"),
    (spoil("c/0.png", lone), "fewer than two images of class c; add images or remove the class"),
    (spoil("c", lambda folder: folder.mkdir()), "fewer than two images of class c"),
    (with_split, "no test image of class b"),
    (lambda folder: write_classes(folder / "own", *MANY, each=1), "201 classes; at most 200 are supported"),
    (spoil("x.png", lambda file: file.touch()), r"1 image\(s\) without a class, x\.png; move"),
    (lambda folder: write_classes(folder / "own", "a b", "a\nb"), "differ in white space only: a b; rename one"),
    (spoil("a/0.png", lambda file: noise(30, 20).save(file)), "different sizes, such as 16×16, 30×20; set data.size"),
    (content(b"text"), "not an .npz file; numpy.savez writes one"),
    (content(b"PK\x05\x06" + bytes(18)), "arrays are missing; expected train_images and"),
    (npz(pictures=IMAGES), "arrays are pictures; expected train_images and train_labels, x_"),
    (npz(images=IMAGES, labels=LABELS[1:]), "labels is int64 of shape 7; must be one"),
    (npz(images=IMAGES, labels=TWO), "labels is int64 of shape 8×2; must be one integer or text for each of 8 images"),
    (npz(images=FLOAT, labels=LABELS), "float64 of shape 8×16×16; must be uint8 of shape N×H×W or N×H×W×3"),
    (npz(images=np.zeros((8, 3, 16, 16), np.uint8), labels=LABELS), "of shape 8×3×16×16; must be"),
    (npz(images=IMAGES, labels=np.array([{}] * 8)), r"not a valid .npz file \(Object arrays cannot be"),  # a pickle
    (npz(x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:, 2:], y_test=LABELS), "x_train and x_test have different"),
    (lambda folder: folder / "own", "no such folder"),
]


@pytest.mark.parametrize(("write", "message"), BAD)
def test_bad_images_are_refused_in_one_line(tmp_path: Path, write: Callable[[Path], Path], message: str) -> None:
    path = write(tmp_path)
    form = "npz" if path.suffix == ".npz" else "folder"
    with pytest.raises(UserError, match=message) as caught:
        find(form, path, log=lambda _: None).fetch(tmp_path / "raw", lambda _: None)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "raw").exists()


def test_an_unreadable_folder_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, listing = write_classes(tmp_path / "own"), Path.iterdir

    def iterdir(path: Path) -> object:
        if path.name == "dogs":
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    with pytest.raises(UserError, match=r"own/dogs: Permission denied; the folder must be readable$"):
        find("folder", folder)
