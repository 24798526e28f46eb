"""The section ``checks:`` of a dataset: what a space and a pair must keep to. Frozen models; nothing is judged here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from pipelines.config_objects import Frozen

Metric = Literal["cosine", "euclidean"]
Method = Literal["pca", "umap", "tsne", "pacmap"]
Share = Annotated[float, Field(ge=0, le=1)]


class SpaceChecks(Frozen):
    """What one space must keep to.

    Attributes
    ----------
    max_zero_vectors, max_duplicates
        Largest share of vectors that are 0, and of objects that share their vector with another.
    max_norm_variation
        Largest coefficient of variation of the norms; none by default: norms may well say something.
    max_hub_skewness
        Largest skewness of how often objects are among the neighbors of others; above 3 there are hubs, above 10
        they crowd out the others.
    min_recall
        Smallest measured recall of the neighbors, where they were not searched exactly. An error: every score rests
        on them.
    min_trustworthiness
        Smallest trustworthiness of a map by method; a map of a method that is not named is not judged.
    """

    max_zero_vectors: Share = 0.01
    max_duplicates: Share = 0.05
    max_norm_variation: NonNegativeFloat | None = None
    max_hub_skewness: float = 10.0
    min_recall: Share = 0.95
    min_trustworthiness: dict[Method, Share] = Field(default={"umap": 0.8, "tsne": 0.8, "pacmap": 0.8})


class SimilarityThreshold(Frozen):
    """The smallest mean Jaccard similarity of a pair under one metric at one k; by default at the headline k, 50."""

    min: Share
    metric: Metric | None = None
    k: PositiveInt | None = None


class SliceThreshold(SimilarityThreshold):
    """The same for the objects of every value of one metadata column that at least ``min_objects`` objects hold."""

    column: str
    min_objects: PositiveInt = 10


class PairChecks(Frozen):
    """What a pair must keep to.

    Attributes
    ----------
    similarity, slices
        Thresholds of the mean similarity, of all common objects and of every value of a metadata column; without a
        metric they hold for the first configured one.
    min_chance_adjusted
        Smallest mean chance-adjusted overlap R_NX (0: unrelated spaces, 1: identical). An error.
    max_drop
        Largest relative fall of the mean similarity against the previous pair of the policy.
    max_missing
        Largest share of the objects of A that B lacks, or of B that A lacks.
    max_changed
        Largest share of objects that changed beyond noise; judged where replicates are declared.
    """

    similarity: tuple[SimilarityThreshold, ...] = ()
    slices: tuple[SliceThreshold, ...] = ()
    min_chance_adjusted: float = 0.02
    max_drop: Share = 0.2
    max_missing: Share = 0.1
    max_changed: Share = 0.1


class ChecksConfig(Frozen):
    """The thresholds of a dataset; every one has a default."""

    space: SpaceChecks = SpaceChecks()
    pair: PairChecks = PairChecks()
