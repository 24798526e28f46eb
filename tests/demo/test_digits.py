from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.demo.digits import EPOCHS, read_digits
from pipelines.demo.network import Network, Training, gradients, snapshots

EPOCH_NAMES = [f"epoch-{epoch:02d}" for epoch in EPOCHS]
REPLICATES = ["epoch-50-seed-1", "epoch-50-seed-2"]


def neighbor_sets(vectors: NDArray[Any], k: int) -> list[set[int]]:
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = directions.astype(np.float64) @ directions.T
    sets = []
    for row, one in enumerate(cosines):
        order = [other for other in np.argsort(-one, kind="stable") if other != row]
        sets.append(set(order[:k]))
    return sets


def mean_jaccard(A: list[set[int]], B: list[set[int]]) -> float:
    return float(np.mean([len(a & b) / len(a | b) for a, b in zip(A, B, strict=True)]))


@pytest.fixture(scope="module")
def neighborhoods(demo) -> dict[str, list[set[int]]]:
    names = ["pixels", *EPOCH_NAMES, *REPLICATES]
    return {name: neighbor_sets(demo.space("digits", name)["vectors"], 50) for name in names}


def test_the_versions_are_the_pixels_seven_epochs_and_two_replicates(demo):
    assert demo.versions("digits") == {"pixels", *EPOCH_NAMES, *REPLICATES}


@pytest.mark.parametrize("version", ["pixels", *EPOCH_NAMES, *REPLICATES])
def test_a_space_holds_keys_vectors_digits_and_thumbnails(demo, version):
    space = demo.space("digits", version)
    assert set(space) == {"keys", "vectors", "digit", "thumbnails"}
    assert space["keys"].shape == (1797,)
    assert len(set(space["keys"])) == 1797
    assert space["vectors"].dtype == np.float32
    assert space["vectors"].shape == (1797, 64 if version == "pixels" else 32)
    assert np.isfinite(space["vectors"]).all()
    assert (np.linalg.norm(space["vectors"], axis=1) > 0).all()
    assert space["digit"].dtype == np.int64
    assert space["thumbnails"].dtype == np.uint8
    assert space["thumbnails"].shape == (1797, 8, 8)


def test_keys_name_the_digit_and_its_position(demo):
    space = demo.space("digits", "pixels")
    for position, (key, digit) in enumerate(zip(space["keys"], space["digit"], strict=True)):
        assert re.fullmatch(r"\d-\d{4}", key)
        assert key == f"{digit}-{position:04d}"


def test_thumbnails_are_dark_ink_on_white_paper(demo):
    space = demo.space("digits", "pixels")
    ink, paper = space["vectors"].reshape(-1, 8, 8) == 16, space["vectors"].reshape(-1, 8, 8) == 0
    assert (space["thumbnails"][ink] == 0).all()
    assert (space["thumbnails"][paper] == 255).all()


def test_another_process_writes_the_same_bytes(demo):
    for path in sorted((demo.here / "digits").iterdir()):
        assert path.read_bytes() == (demo.elsewhere / "digits" / path.name).read_bytes(), path.name


def test_neighborhoods_come_closer_to_the_last_epoch_with_every_stage(neighborhoods):
    to_the_end = [mean_jaccard(neighborhoods[name], neighborhoods["epoch-50"]) for name in EPOCH_NAMES]
    assert to_the_end == sorted(to_the_end)
    assert to_the_end[0] < 0.4
    assert to_the_end[-2] > 0.7


def test_the_first_epoch_changes_most(neighborhoods):
    steps = [mean_jaccard(neighborhoods[a], neighborhoods[b]) for a, b in pairwise(EPOCH_NAMES)]
    assert min(steps) == steps[0]
    assert steps[0] < 0.5 * min(steps[1:])


def test_replicates_differ_from_the_last_epoch_but_far_less_than_the_first_does(neighborhoods):
    end = neighborhoods["epoch-50"]
    floor = [mean_jaccard(neighborhoods[name], end) for name in REPLICATES]
    assert all(0.6 < similarity < 0.9 for similarity in floor)
    assert min(floor) > 2 * mean_jaccard(neighborhoods["epoch-00"], end)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_network_learns_the_digits(seed):
    images = read_digits()
    shots = list(snapshots(images.pixels / 16, images.digits, epochs=[0, 50], seed=seed))
    assert [shot.epoch for shot in shots] == [0, 50]
    assert shots[0].accuracy < 0.3
    assert shots[1].accuracy > 0.97


def loss(network: Network, X: NDArray[Any], y: NDArray[Any], weight_decay: float) -> float:
    total = 0.0
    for x, label in zip(X, y, strict=True):
        hidden = np.maximum(x @ network.W + network.b, 0)
        logits = hidden @ network.V + network.c
        total -= logits[label] - np.log(np.exp(logits).sum())
    return total / len(X) + weight_decay / 2 * float((network.W**2).sum() + (network.V**2).sum())


def test_gradients_equal_the_slopes_of_the_loss():
    rng = np.random.default_rng(3)
    shapes = [(5, 4), (4,), (4, 3), (3,)]
    network = Network(*(rng.normal(size=shape) for shape in shapes))
    X, y = rng.normal(size=(7, 5)), rng.integers(0, 3, 7)
    found = gradients(network, X, y, weight_decay=0.1)
    for parameter, gradient in zip(network.parameters(), found, strict=True):
        for place in np.ndindex(parameter.shape):
            value, step = parameter[place], 1e-6
            parameter[place] = value + step
            above = loss(network, X, y, 0.1)
            parameter[place] = value - step
            below = loss(network, X, y, 0.1)
            parameter[place] = value
            assert gradient[place] == pytest.approx((above - below) / (2 * step), abs=1e-7)


def test_the_seed_alone_decides_the_training():
    X, y = np.random.default_rng(0).random((40, 6)), np.arange(40) % 3
    runs = [
        [shot.hidden for shot in snapshots(X, y, epochs=[0, 3], seed=seed, training=Training(hidden=5))]
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0][0], runs[2][0])
    assert not np.array_equal(runs[0][0], runs[0][1])
