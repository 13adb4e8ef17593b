"""The answers to the sheets' questions: from the figures, with what was expected held against them."""

from dataclasses import replace

import pytest
import synthetic
import torch

from hourglass.report.answers import SHEETS, Lines, as_expected, lines_of, pictures_of
from hourglass.report.findings import Course
from hourglass.settings import params

WHOLE = (
    "linear",
    "denoising",
    "convolutional",
    "convolutional_denoising",
    "denoising_vae",
    "strided",
    "selu",
    "selu_denoising",
    "selu_2",
    "selu_denoising_2",
    "pca",
)


@pytest.fixture(scope="module")
def answers() -> str:
    return synthetic.everything(WHOLE).compare().answers


def test_every_question_of_every_sheet_is_answered(answers: str) -> None:
    for sheet, questions in SHEETS.items():
        assert f"\n## {sheet}\n" in answers
        for question in questions:
            said = answers.partition(f"**{question.asked}**\n\n")[2].partition("\n\n")[0]
            assert len(said) > 25
    assert "No answer" not in answers


def test_what_a_run_has_not_trained_is_named_as_unanswered() -> None:
    found = synthetic.everything(("linear", "pca")).compare().answers
    assert "No answer: this run has trained no denoising." in found
    assert "No answer: this run has trained no selu or selu_2." in found
    assert "the code of linear has 10-NN accuracy" in found


def test_pictures_are_those_that_the_stages_draw() -> None:
    given = synthetic.everything(WHOLE)
    courses = {
        name: Course(of.training.corruption, of.history, of.evaluation.through_training)
        for name, of in given.variants.items()
    }
    drawn = {"map", "map-own", "confusion", "interpolation", "mixtures", "pairs", "generation", "through-training"}
    drawn |= {"loss-terms"}
    for picture in (
        found for sheet in SHEETS.values() for question in sheet for found in pictures_of(question, courses)
    ):
        _, *place = picture.split("/")
        if place[0] == "pictures":
            _, variant, name = place
            last = f"epoch-{given.variants[variant].history.epochs[-1]:03d}"
            assert name.removesuffix(".png") in drawn | {last}
        else:
            assert place in (["compare", "losses.png"], ["compare", "class-kept.png"], ["sgd-variants", "losses.png"])
    linear = courses | {"denoising": courses["linear"]}
    assert [
        name for sheet in SHEETS.values() for one in sheet for name in pictures_of(one, linear) if "own" in name
    ] == []


def test_questions_are_of_variants_that_params_describes() -> None:
    described = set(params.load(synthetic.ROOT / "params.yaml").variants)
    assert {name for questions in SHEETS.values() for question in questions for name in question.needs} <= described


@pytest.mark.parametrize(
    ("found", "end"),
    [(1, ", and so it came."), (-1, "; it came the other way round."), (0, "; the figures do not tell.")],
)
def test_what_was_expected_is_held_against_the_figures(found: int, end: str) -> None:
    assert as_expected("a larger error", found, 1) == f"Expected was a larger error{end}"
    assert as_expected("a larger error", None, 1).endswith("; the figures do not tell.")


def test_lines_keep_the_classes_of_their_ends_or_do_not() -> None:
    images = replace(
        synthetic.latent_images("linear", 8, "none"),
        ends=torch.tensor([[0, 1], [0, 2]]),
        lines_seen=torch.tensor([[5, 5, 7, 5], [5, 9, 9, 1]]).byte(),
    )
    labels = torch.tensor([5, 5, 9]).byte()
    assert lines_of(images, labels) == Lines(within=(3, 4), across=(3, 4))
    assert lines_of(images, torch.tensor([5, 5, 1]).byte()).across == (2, 4)
    one_class = lines_of(images, torch.tensor([5, 5, 5]).byte())
    assert "in 4 of 8 images between two of one class (one training)" in one_class.in_words("linear")
