"""The noise floor on a real network: learning is beyond noise, one more training run is not."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.demo.digits import REPLICATE_SEEDS, SEED, read_digits
from pipelines.demo.network import snapshots
from pipelines.neighbors import exact_neighbors
from pipelines.similarity import changed_beyond_noise, noise_p_values, overlap_at_every_k, pair_noise

K = 50
RUNS = ("epoch-50", "seed-1", "seed-2")
REPLICATES = [("epoch-50", "seed-1"), ("epoch-50", "seed-2"), ("seed-1", "seed-2")]


@pytest.fixture(scope="module")
def lists():
    images = read_digits()
    spaces = {}
    for name, seed in zip(RUNS, (SEED, *REPLICATE_SEEDS), strict=True):
        for shot in snapshots(images.pixels / 16.0, images.digits, epochs=(0, 50), seed=seed):
            spaces["epoch-00" if shot.epoch == 0 and seed == SEED else name] = shot.hidden.astype(np.float32)
    return {name: exact_neighbors(vectors, K, ["cosine"])["cosine"].rows for name, vectors in spaces.items()}


def overlap(lists, pair):
    one, two = (lists[name] for name in pair)
    return overlap_at_every_k(one, two, len(one))[:, K - 1]


def test_what_fifty_epochs_taught_is_beyond_noise_for_nearly_every_image(lists):
    replicates = np.array([overlap(lists, pair) for pair in REPLICATES])
    pair = ("epoch-00", "epoch-50")
    p = noise_p_values(overlap(lists, pair), replicates, pair=pair, replicate_pairs=REPLICATES)
    assert changed_beyond_noise(p).mean() > 0.9
    assert pair_noise(overlap(lists, pair), replicates, K).noise_ratio > 2


def test_one_more_training_run_is_within_noise(lists):
    replicates = np.array([overlap(lists, pair) for pair in REPLICATES])
    shares = []
    for tested in range(3):
        others = np.delete(replicates, tested, axis=0)
        p = noise_p_values(replicates[tested], others)
        shares.append((p <= 0.05).mean())
        assert changed_beyond_noise(p).mean() < 0.05
        assert 0.8 < pair_noise(replicates[tested], others, K).noise_ratio < 1.25
    # What tells one run from the others moves single shares; the level holds on average over the runs.
    assert np.mean(shares) < 0.06
