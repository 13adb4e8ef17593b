"""The whole study: the three ways start alike, see the same images, and are told apart by nothing but their method."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch

from hourglass import models, sgd
from hourglass.errors import UserError
from hourglass.images import Images, mean_pixel
from hourglass.models.spec import NetworkSpec
from hourglass.settings.params import LearningRates, Passes, SgdVariants
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd import Method, Outcome, Point, Split

PASSES = 3
NETWORK = NetworkSpec.model_validate({"latent": 3, "code": "relu", "output": "tanh", "encoder": {"dense": [16]}})


def settings(seed: int = 1, images: int = 50, rate: float = 0.5) -> SgdConfig:
    rates = LearningRates(stochastic=0.1, mini_batch=rate, full_batch=1.0)
    passes = Passes(stochastic=PASSES, mini_batch=5, full_batch=40)
    ways = SgdVariants(images=images, passes=passes, target=0.9, batch_size=16, learning_rate=rates)
    return SgdConfig(seed=seed, dataset="digits", network=NETWORK, loss="squared_error", sgd=ways, libraries={})


@pytest.fixture(scope="module")
def images(digits: Images) -> Split:
    return Split(digits.images[:80], digits.images[80:110])


@pytest.fixture(scope="module")
def found(images: Split) -> Outcome:
    return sgd.study(settings(), images)


def started(images: torch.Tensor, seed: int) -> models.Autoencoder:
    """The network before its first step."""
    model = models.build(NETWORK, seed)
    assert isinstance(model, models.Autoencoder)
    model.initialise_output(mean_pixel(images))
    return model


@pytest.mark.parametrize(
    "method",
    [Method("stochastic", 1, 0.1, PASSES), Method("mini-batch", 16, 0.5, 5), Method("full-batch", 50, 1.0, 40)],
)
def test_each_way_is_a_descent_on_the_subset_from_the_weights_of_the_seed(
    found: Outcome, images: Split, method: Method
) -> None:
    chosen = Split(sgd.subset(images.train, 50, seed=1), images.test)
    model = started(chosen.train, seed=1)
    with sgd.one_thread():
        points = list(sgd.descend(model, chosen, method, PASSES, "squared_error", seed=1))
    columns, row = found.curves.methods[method.name], found.study.methods[method.name]
    for column in ("updates", "passes", "train_mse", "test_mse"):
        assert columns[column] == [getattr(point, column) for point in points]
    assert (row.updates, row.train_mse, row.test_mse) == (points[-1].updates, points[-1].train_mse, points[-1].test_mse)
    assert (row.batch_size, row.learning_rate) == (method.batch_size, method.learning_rate)
    assert len(found.timing.seconds[method.name]) == len(points)


def test_all_ways_start_from_the_same_loss_that_of_a_network_around_the_mean_pixel(
    found: Outcome, images: Split
) -> None:
    chosen = sgd.subset(images.train, 50, seed=1)
    first = {(columns["train_mse"][0], columns["test_mse"][0]) for columns in found.curves.methods.values()}
    model = started(chosen, seed=1)
    assert first == {tuple(models.mean_squared_error(model, part, part) for part in (chosen, images.test))}
    grey = (chosen.double() / 255 - mean_pixel(chosen)).square().mean().item()
    assert next(iter(first))[0] == pytest.approx(grey, rel=0.05)


@pytest.mark.parametrize(("name", "batch_size"), [("stochastic", 1), ("mini-batch", 16), ("full-batch", 50)])
def test_gradients_are_compared_at_weights_that_are_the_same_for_all_batch_sizes(
    found: Outcome, images: Split, name: str, batch_size: int
) -> None:
    chosen = Split(sgd.subset(images.train, 50, seed=1), images.test)
    initial, trained = (started(chosen.train, seed=1) for _ in range(2))
    with sgd.one_thread():
        list(sgd.descend(trained, chosen, Method("mini-batch", 16, 0.5, 5), PASSES, "squared_error", seed=1))
        expected = [
            sgd.gradient_agreement(model, chosen.train, batch_size, "squared_error", seed=1)
            for model in (initial, trained)
        ]
    row = found.study.methods[name]
    assert [row.gradient_agreement_initial, row.gradient_agreement_trained] == expected
    assert expected[0] != expected[1] or batch_size == 50


def test_the_target_is_a_share_of_what_the_mean_image_comes_to(found: Outcome, images: Split) -> None:
    pixels = sgd.subset(images.train, 50, seed=1).double() / 255
    assert found.study.mean_image_mse == pytest.approx((pixels - pixels.mean(dim=0)).square().mean().item(), rel=1e-6)
    assert found.study.target_mse == pytest.approx(0.9 * found.study.mean_image_mse)
    for name, columns in found.curves.methods.items():
        at = [place for place, loss in enumerate(columns["train_mse"]) if loss <= found.study.target_mse]
        row = found.study.methods[name]
        assert row.updates_to_target == (columns["updates"][at[0]] if at else None)
        assert row.passes_to_target == (columns["passes"][at[0]] if at else None)


def test_all_ways_go_through_their_passes_and_end_below_where_they_began(found: Outcome) -> None:
    assert list(found.study.methods) == ["stochastic", "mini-batch", "full-batch"]
    for columns in found.curves.methods.values():
        whole = [passes for passes in columns["passes"] if passes % 1 == 0]
        assert whole[: PASSES + 1] == list(range(PASSES + 1))
        assert columns["train_mse"][-1] < columns["train_mse"][0]
    assert [row.updates for row in found.study.methods.values()] == [50 * PASSES, 4 * 5, 40]
    assert [row.updates_per_pass for row in found.study.methods.values()] == [50, 4, 1]


def test_another_seed_is_another_subset(images: Split, found: Outcome) -> None:
    other = sgd.study(settings(seed=2), images)
    first, second = (one.curves.methods["full-batch"] for one in (found, other))
    assert first["train_mse"] != second["train_mse"]


def test_where_there_are_fewer_images_all_are_taken(images: Split) -> None:
    told = []

    @contextmanager
    def follow(method: Method, count: int) -> Iterator[Callable[[Point], None]]:
        told.append(count)
        yield lambda point: None

    found = sgd.study(settings(images=1000), Split(images.train[:20], images.test), follow)
    assert found.study.images == 20
    assert told == [20] * 3
    assert found.study.methods["full-batch"].batch_size == 20


def test_the_record_has_the_figures_and_sentences_of_the_descents_and_no_seconds(found: Outcome) -> None:
    content = found.study.model_dump()
    assert list(content) == ["images", "common_passes", "mean_image_mse", "target_mse", "methods", "findings"]
    assert (content["images"], content["common_passes"]) == (50, PASSES)
    assert list(content["findings"]) == sgd.findings(found.study)
    assert list(content["methods"]["stochastic"]) == [
        "batch_size",
        "learning_rate",
        "passes",
        "updates",
        "updates_per_pass",
        "train_mse",
        "test_mse",
        "common_passes_train_mse",
        "loss_rises",
        "gradient_agreement_initial",
        "gradient_agreement_trained",
        "updates_to_target",
        "passes_to_target",
    ]
    assert not [name for columns in found.curves.methods.values() for name in columns if "second" in name]
    assert "second" not in found.study.model_dump_json()


def test_what_the_clock_said_has_figures_and_sentences_too(found: Outcome) -> None:
    for name, row in found.timing.figures.items():
        assert row["seconds"] == found.timing.seconds[name][-1] > 0
        assert row["images_per_second"] == pytest.approx(50 * found.study.methods[name].passes / row["seconds"])
    assert list(found.timing.findings) == sgd.timed_findings(found.timing.figures)
    said = found.in_words()
    for sentence in (*found.study.findings, *found.timing.findings):
        assert f"- {sentence}" in said.splitlines()
    assert len(said.splitlines()) == 3 + 8 + 6


def test_whoever_follows_is_shown_every_point_of_each_way_in_turn_on_one_thread(images: Split) -> None:
    seen: list[object] = []

    @contextmanager
    def follow(method: Method, count: int) -> Iterator[Callable[[Point], None]]:
        seen.append((method.name, count, torch.get_num_threads()))
        yield seen.append
        seen.append("closed")

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        found = sgd.study(settings(), images, follow)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    expected: list[object] = []
    for name, columns in found.curves.methods.items():
        points = zip(*columns.values(), found.timing.seconds[name], strict=True)
        expected += [(name, 50, 1), *(Point(*cells) for cells in points), "closed"]  # type: ignore[arg-type]
    assert seen == expected


def test_a_way_that_diverges_fails_where_it_is_followed(images: Split) -> None:
    failed = []

    @contextmanager
    def follow(method: Method, count: int) -> Iterator[Callable[[Point], None]]:
        try:
            yield lambda point: None
        except UserError:
            failed.append(method.name)
            raise

    unbounded = NETWORK.model_copy(update={"code": "none", "activation": "none"})
    with pytest.raises(UserError, match=r"sgd_variants\.learning_rate\.mini_batch is 1e\+38, try a smaller one"):
        sgd.study(settings(rate=1e38).model_copy(update={"network": unbounded}), images, follow)
    assert failed == ["mini-batch"]
