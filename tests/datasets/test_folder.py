"""A folder of pictures becomes training and test images; pictures are converted as image viewers show them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pictures import noise, write_classes
from PIL import Image

from hourglass.datasets import __main__ as command
from hourglass.datasets import find, preparation
from hourglass.datasets.pixels import pixels
from hourglass.errors import UserError
from hourglass.images import Images


def silent(_line: str) -> None:
    pass


def load(path: Path, size: int | None = None, channels: int | None = None) -> dict[str, Images]:
    images = find("folder", path, size, channels, silent)
    loaded = images.load()  # type: ignore[attr-defined]
    assert {split: len(part.images) for split, part in loaded.items()} == {
        "train": images.training_images,
        "test": images.test_images,
    }
    assert loaded["train"].shape == loaded["test"].shape == images.shape
    return loaded


def test_sub_folders_are_classes_and_a_fifth_of_each_is_for_testing(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "my pets", "dogs", "cats", "owls", each=10, size=(20, 14))
    dataset = find("folder", folder, log=silent)
    assert (dataset.name, dataset.shape, dataset.classes) == ("my_pets", (3, 14, 20), ("cats", "dogs", "owls"))
    assert dataset.fetch(tmp_path / "raw") == str(folder)
    pictures = {np.asarray(Image.open(file)).tobytes(): file.parent.name for file in folder.rglob("*.png")}
    again = load(folder)
    for split, count in (("train", 24), ("test", 6)):
        images = preparation.read(tmp_path / "raw", "my_pets", split)
        assert torch.equal(images.images, again[split].images)
        assert images.labels.tolist() != sorted(images.labels.tolist())  # in mixed order
        assert np.bincount(images.labels).tolist() == [count / 3] * 3
        for image, label in zip(images.images.permute(0, 2, 3, 1).numpy(), images.labels, strict=True):
            assert pictures.pop(image.tobytes()) == images.classes[label]
    assert not pictures


@pytest.mark.parametrize(
    ("splits", "training", "test"), [("train test", 15, 15), ("train val test", 30, 15), ("train val", 15, 15)]
)
def test_a_split_by_folders_is_kept(tmp_path: Path, splits: str, training: int, test: int) -> None:
    for split in splits.split():
        write_classes(tmp_path / split, each=5)
    images = load(tmp_path)
    assert (len(images["train"].images), len(images["test"].images)) == (training, test)
    held_out = tmp_path / ("test" if "test" in splits else "val")
    expected = {np.asarray(Image.open(file)).tobytes() for file in held_out.rglob("*.png")}
    assert {image.tobytes() for image in images["test"].images.permute(0, 2, 3, 1).numpy()} == expected


def test_shape_and_channels_are_those_of_the_pictures_unless_set(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "parts", size=(64, 48), channels=1)
    assert load(folder)["test"].shape == (1, 48, 64)
    assert load(folder, size=24)["test"].shape == (1, 24, 24)
    assert load(folder, channels=3)["test"].shape == (3, 48, 64)
    noise(64, 48).save(folder / "cats" / "colour.png")  # one picture with colour makes all of them colour
    assert load(folder)["train"].shape == (3, 48, 64)
    assert load(folder, channels=1)["train"].shape == (1, 48, 64)


def test_names_of_any_kind_and_deeper_folders(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "Bilder (neu)", "Äpfel rot", "a\nb", ".hidden")
    write_classes(folder / "Äpfel rot", "2024", each=3)
    (folder / "a\nb" / ".DS_Store.png").write_text("hidden")
    (folder / "a\nb" / "notes.txt").write_text("not a picture")
    lines: list[str] = []
    images = find("folder", folder, log=lines.append)
    assert (images.name, images.classes) == ("Bilder_neu_", ("a b", "Äpfel rot"))
    assert images.training_images + images.test_images == 13
    assert lines[0] == "all: 13 images in 2 classes: a b 5, Äpfel rot 8"
    assert lines[1].startswith("other files, ignored: 1 (")
    assert find("folder", write_classes(tmp_path / "mnist"), log=silent).name == "mnist_folder"  # mnist is built in


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "pets")
    elsewhere = write_classes(tmp_path / "more", "new", each=4) / "new"
    (folder / "owls" / "linked").symlink_to(elsewhere)
    (folder / "owls" / "circle").symlink_to(folder)
    (folder / "itself").symlink_to(folder / "itself")
    (folder / "cats" / "copy.png").symlink_to(elsewhere / "0.png")
    assert find("folder", folder, log=silent).classes == ("cats", "dogs", "owls")
    counts = np.bincount(find("folder", folder, log=silent).arranged.labels)  # type: ignore[attr-defined]
    assert counts.tolist() == [6, 5, 9]


def test_copies_of_training_images_in_the_test_set_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for split in ("train", "test"):
        write_classes(tmp_path / split, each=5)
    (tmp_path / "test/cats/0.png").write_bytes((tmp_path / "train/dogs/1.png").read_bytes())
    find("folder", tmp_path, log=silent).load()  # type: ignore[attr-defined]
    warning = "warning: 1 of 15 test images are also training images, which improves all scores\n"
    assert capsys.readouterr().out == warning


def test_frames_after_the_first_are_ignored_and_reported(tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "pets", channels=1)
    first, second = (Image.new("L", (16, 16), value) for value in (10, 200))
    first.save(folder / "cats" / "moving.gif", save_all=True, append_images=[second])
    lines: list[str] = []
    images = find("folder", folder, log=lines.append)
    assert "animations or several pages, of which the first is used: 1" in lines
    every = torch.cat([part.images for part in images.load().values()])  # type: ignore[attr-defined]
    assert (every == 10).flatten(1).all(dim=1).sum() == 1


def load_copies(folder: Path, suffix: str, picture: Image.Image, **options: Any) -> torch.Tensor:
    """Save a picture twice in each of two classes; return it as it is loaded."""
    for name in ("a", "b"):
        (folder / name).mkdir()
        for number in range(2):
            picture.save(folder / name / f"{number}.{suffix}", **options)
    return load(folder)["test"].images[0]


@pytest.mark.parametrize("suffix", ["PNG", "BMP", "GIF", "WEBP", "TIFF", "JPG"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    image = load_copies(tmp_path, suffix, Image.new("RGB", (16, 16), (200, 30, 60)), quality=100)
    assert torch.allclose(image.float().mean(dim=(1, 2)), torch.tensor([200.0, 30, 60]), atol=2)


def channel(picture: Image.Image, channels: int = 1) -> list[int]:
    return pixels(picture, channels)[:, 0, 0].tolist()


def test_16_bits_are_scaled_not_clipped() -> None:
    for value, expected in ((0, 0), (1000, 4), (32768, 128), (65535, 255)):
        assert channel(Image.fromarray(np.full((2, 2), value, np.uint16))) == [expected]


def test_transparent_pixels_become_white() -> None:
    assert channel(Image.new("RGBA", (2, 2), (0, 0, 0, 0)), 3) == [255, 255, 255]
    assert channel(Image.new("LA", (2, 2), (0, 0))) == [255]
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 250, 10, 20])
    assert channel(palette, 3) == [250, 10, 20]
    palette.info["transparency"] = 1
    assert channel(palette, 3) == [255, 255, 255]


def test_the_rotation_of_a_camera_is_applied(tmp_path: Path) -> None:
    picture = Image.new("RGB", (32, 16), "black")
    picture.paste("white", (0, 0, 16, 16))  # the left half
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90°
    image = load_copies(tmp_path, "jpg", picture, exif=exif, quality=95)[0]
    assert image.shape == (32, 16)
    assert image[:12].min() > 200  # white is now at the top
    assert image[20:].max() < 50


def test_resizing_crops_the_centre() -> None:
    picture = Image.new("L", (90, 30), 0)
    picture.paste(255, (30, 0, 60, 30))
    assert pixels(picture, 1, (15, 15)).mean() > 250


def test_the_command_prints_what_is_there_and_refuses_what_the_pipeline_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_classes(tmp_path / "pets", each=20)
    monkeypatch.setattr("sys.argv", ["hourglass.datasets", str(folder), "--size", "12", "--channels", "1"])
    command.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "all: 60 images in 3 classes: cats 20, dogs 20, owls 20"
    assert lines[1:3] == ["sizes: 16×16 (60)", "modes: RGB (60)"]
    assert lines[3] == "48 training and 12 test images of 1×12×12"
    few = str(write_classes(tmp_path / "few", each=2))
    for size, message in (("8", "SIZE is 8; must be from 12 to 1024"), ("12", "are needed")):
        monkeypatch.setattr("sys.argv", ["hourglass.datasets", few, "--size", size])
        with pytest.raises(UserError, match=message):
            command.main()


def test_pictures_without_sub_folders_have_no_labels(tmp_path: Path) -> None:
    folder = write_classes(tmp_path, "parts", each=20)
    for path in (folder / "parts", folder):  # the folder of a single class
        lines: list[str] = []
        images = find("folder", path, log=lines.append).load()  # type: ignore[attr-defined]
        assert lines[0] == "all: 20 images without classes"
        assert not images["train"].labelled
        assert images["train"].classes == ("image",)
        assert (len(images["train"].images), len(images["test"].images)) == (16, 4)
        assert images["test"].labels.tolist() == [0] * 4
