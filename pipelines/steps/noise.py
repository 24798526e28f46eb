"""What of a change is more than two runs of the same model differ by."""

from __future__ import annotations

from itertools import combinations
from math import isfinite

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.names import PairKey, SpaceKey
from artifacts.publication import Publication
from artifacts.store import Store
from pipelines.errors import ConfigError
from pipelines.loading import load_column
from pipelines.matching import fold_keys
from pipelines.similarity import changed_beyond_noise, noise_floor, noise_p_values, pair_noise
from pipelines.steps.pairs import MatchedPair, load_common_keys, matched_pair
from pipelines.steps.recipes import recipe
from pipelines.steps.similarity import HEADLINE_K, similarity_artifact
from pipelines.workspace import Artifact, Workspace


def replicate_pairs(work: Workspace, pair: PairKey) -> list[MatchedPair]:
    """Return the pairs of published replicates that a pair is held against: all but itself.

    Raises
    ------
    ConfigError
        A replicate that has no checkpoint and is not published.
    """
    replicates = [
        SpaceKey(pair.dataset, version) for version in work.project.dataset(pair.dataset).replicates
    ]
    known = work.checkpoints(pair.dataset) if replicates else {}
    missing = [
        space.version
        for space in replicates
        if space not in known and not work.store.find_ref("space", space.path)
    ]
    if missing:
        raise ConfigError(
            f"dataset {pair.dataset}: replicates name the version {missing[0]!r}, which has no checkpoint; "
            f"there are: {', '.join(space.version for space in known) or 'none'}"
        )
    # A replicate that cannot be read keeps no pair from being compared; it takes part as soon as it is mended.
    published = [space.version for space in replicates if work.store.find_ref("space", space.path)]
    return [
        matched_pair(work, PairKey(pair.dataset, a, b))
        for a, b in combinations(published, 2)
        if {a, b} != {pair.a, pair.b}
    ]


def noise_artifact(
    work: Workspace, pair: MatchedPair, similarity: Artifact, replicates: list[MatchedPair], metric: str
) -> Artifact:
    """Publish which common objects changed more than noise explains.

    Parameters
    ----------
    similarity
        Of the pair.
    replicates
        At least one pair of runs of the same model.
    """
    level = work.project.dataset(pair.key.dataset).similarity.false_discovery_rate
    noise = [similarity_artifact(work, one, metric) for one in replicates]

    def compute(publication: Publication) -> None:
        k = min(HEADLINE_K, *(one.manifest.facts["k"] for one in (similarity, *noise)))
        overlap = load_column(work.store, similarity.manifest, "scores", f"overlap_{k}")
        known, floor = _of_common_objects(work.store, pair, replicates, noise, k)
        p = np.full(len(overlap), np.nan)
        p[known] = noise_p_values(
            overlap[known],
            floor,
            pair=(pair.key.a, pair.key.b),
            replicate_pairs=[(one.key.a, one.key.b) for one in replicates],
        )
        changed = changed_beyond_noise(p, level)
        publication.write(
            "noise",
            pa.table(
                {
                    "common_row": np.arange(len(p), dtype=np.int32),
                    "noise_quantile": p,
                    "changed_beyond_noise": changed,
                }
            ),
        )
        summary = vars(noise_floor(floor, k)) | vars(pair_noise(overlap[known], floor, k))
        publication.facts.update(
            {
                name: value
                for name, value in summary.items()
                if isinstance(value, int | float) and isfinite(value)
            },
            objects=len(p),
            tested=int(known.sum()),
            changed=int(changed.sum()),
            changed_share=float(changed.sum() / max(1, known.sum())),
        )

    inputs = {"matching": pair.matching, "similarity": similarity}
    for one, artifact in zip(replicates, noise, strict=True):
        inputs |= {f"replicates:{one.key.a}..{one.key.b}": artifact}
    parameters = {"metric": metric, "false_discovery_rate": level}
    return work.publish(recipe("noise", pair.key, metric, inputs, parameters), compute)


def _of_common_objects(
    store: Store, pair: MatchedPair, replicates: list[MatchedPair], noise: list[Artifact], k: int
) -> tuple[NDArray[np.bool_], NDArray[np.uint16]]:
    """Return which common objects are in every pair of replicates, and their overlaps there, shape (r, m)."""
    folding = pair.matching.manifest.facts["folding"]
    keys = fold_keys(load_common_keys(store, pair), folding)
    places = []
    for one in replicates:
        place = {key: row for row, key in enumerate(fold_keys(load_common_keys(store, one), folding))}
        places.append(np.array([place.get(key, -1) for key in keys], np.int64))
    known = np.all([rows >= 0 for rows in places], axis=0)
    overlaps = [
        load_column(store, artifact.manifest, "scores", f"overlap_{k}")[rows[known]]
        for rows, artifact in zip(places, noise, strict=True)
    ]
    return known, np.array(overlaps)
