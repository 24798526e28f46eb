"""Every table of the store: columns, types, units, keys. Writers check against it; nothing else defines a table."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

STORE_SCHEMA = 1
"""Version of everything below and of the layout around it; part of every fingerprint."""


@dataclass(frozen=True)
class Column:
    """One column: its type (None: any struct of metadata columns), its meaning with unit and range."""

    type: pa.DataType | None
    about: str
    optional: bool = False


@dataclass(frozen=True)
class TableSchema:
    """One table of one kind of artifact.

    Attributes
    ----------
    about
        What a row is.
    columns
        Name to `Column`, in order.
    family
        Prefix, type and meaning of columns that are repeated once per k, named ``<prefix>_<k>``.
    row_group
        Rows of a Parquet row group: small where readers pick a few rows, large where they read all.
    """

    about: str
    columns: dict[str, Column]
    family: tuple[str, Column] | None = None
    row_group: int = 65_536


@dataclass(frozen=True)
class Kind:
    """One kind of artifact and its tables."""

    about: str
    key: str
    tables: dict[str, TableSchema] = field(default_factory=dict)


def vector_of(dimensions: int) -> pa.DataType:
    """Return the type of a vector with `dimensions` float32 components."""
    return pa.list_(pa.float32(), dimensions)


_ROW = Column(pa.int32(), "position of the object in its space, 0 … n − 1")
_COMMON_ROW = Column(pa.int32(), "position among the common objects of the pair, in the order of A's rows")
_PAIR_ROW = Column(
    pa.int32(),
    "common row; from n on: n + the position in the table of unmatched objects, where own are searched",
)
_GROUP = Column(pa.int32(), "number of the group, from 0")
_ANY_FLOATS = Column(pa.list_(pa.float32(), -1), "fixed-size list of float32")
_ANY_ROWS = Column(pa.list_(pa.int32(), -1), "fixed-size list of int32")

_MEASURES = TableSchema(
    "a measured value",
    {
        "name": Column(pa.string(), "name of the measure, as in the list of measures"),
        "metric": Column(
            pa.string(), "metric of the neighbors or distances; null where the vectors alone are used"
        ),
        "k": Column(pa.int32(), "neighbors compared; null where the measure has none"),
        "value": Column(pa.float64(), "NaN where the measure has no value"),
        "low": Column(pa.float64(), "lower end of the 95 % interval; NaN where there is none"),
        "high": Column(pa.float64(), "upper end of the 95 % interval; NaN where there is none"),
        "n": Column(pa.int64(), "objects that the value rests on"),
        "interval": Column(pa.string(), "how the interval was made: bootstrap, jackknife, analytic or none"),
    },
)
_COORDINATES = TableSchema(
    "where the map draws an object, and how badly",
    {
        "row": _ROW,
        "x": Column(pa.float32(), "horizontal position, in units of the method"),
        "y": Column(pa.float32(), "vertical position, in units of the method"),
        "intrusion": Column(
            pa.float32(), "placement error, 0 … 1: how far its neighbors in the map are from it in the space"
        ),
        "extrusion": Column(
            pa.float32(), "placement error, 0 … 1: how far its neighbors in the space are from it in the map"
        ),
    },
)

KINDS: dict[str, Kind] = {
    "space": Kind(
        "one embedding of a dataset's objects",
        "dataset@version",
        {
            "objects": TableSchema(
                "an object of the space",
                {
                    "row": _ROW,
                    "key": Column(pa.string(), "unique name of the object"),
                    "metadata": Column(None, "struct of the object's metadata columns", optional=True),
                    "thumbnail": Column(pa.binary(), "PNG image of the object", optional=True),
                },
                row_group=4_096,
            ),
            "vectors": TableSchema(
                "the vector of an object",
                {"row": _ROW, "vector": Column(_ANY_FLOATS.type, "d components, as in the checkpoint")},
                row_group=8_192,
            ),
        },
    ),
    "matching": Kind(
        "which objects two spaces share",
        "pair",
        {
            "matched": TableSchema(
                "an object whose key is in both spaces",
                {
                    "common_row": _COMMON_ROW,
                    "row_a": Column(pa.int32(), "row of the object in space A"),
                    "row_b": Column(pa.int32(), "row of the object in space B"),
                },
            ),
            "unmatched": TableSchema(
                "an object of one space that takes no part, those of A first, in the order of its rows",
                {
                    "side": Column(pa.string(), "a or b"),
                    "row": _ROW,
                    "key": Column(pa.string(), "unique name of the object"),
                    "reason": Column(pa.string(), "missing in the other space, or filtered"),
                },
            ),
        },
    ),
    "neighbors": Kind(
        "the K nearest other objects of every object",
        "space, metric, objects searched",
        {
            "neighbors": TableSchema(
                "the neighbors of an object, nearest first, ties by row",
                {
                    "row": _ROW,
                    "neighbor_rows": Column(_ANY_ROWS.type, "rows of the K neighbors"),
                    "distances": Column(
                        _ANY_FLOATS.type, "their distances: cosine 1 − cos in [0, 2], euclidean ≥ 0"
                    ),
                },
                row_group=64,
            )
        },
    ),
    "health": Kind(
        "what one should know of a space before comparing it",
        "space",
        {
            "measures": _MEASURES,
            "hubs": TableSchema(
                "an object that is among the neighbors of very many others",
                {
                    "metric": Column(pa.string(), "metric of the neighbors"),
                    "row": _ROW,
                    "occurrences": Column(pa.int64(), "lists of neighbors that hold it"),
                },
            ),
        },
    ),
    "projection": Kind("a 2-D map of a space", "space, method", {"coordinates": _COORDINATES}),
    "aligned_projection": Kind(
        "a 2-D map of space B in the frame of A's", "pair, method", {"coordinates": _COORDINATES}
    ),
    "similarity": Kind(
        "how much the neighbors of every common object agree",
        "pair, metric",
        {
            "scores": TableSchema(
                "a common object",
                {
                    "common_row": _COMMON_ROW,
                    "rank_biased_overlap": Column(pa.float32(), "extrapolated RBO of the two lists, 0 … 1"),
                    "average_overlap": Column(pa.float32(), "mean of c(j) / j over all j to K, 0 … 1"),
                    "rank_displacement": Column(
                        pa.float32(),
                        "mean change of the ranks of the kept neighbors, in K; NaN where none is kept",
                    ),
                    "distance_change": Column(
                        pa.float32(), "mean change of the distances of the kept neighbors, in K-th distances"
                    ),
                    "second_order_cosine": Column(
                        pa.float32(),
                        "cosine of its similarities to its neighbors in A and in B, −1 … 1; NaN where none is common",
                    ),
                    "aligned_cosine": Column(
                        pa.float32(),
                        "cosine of its vectors after A was rotated onto B, −1 … 1; NaN without direction",
                    ),
                    "p_value": Column(
                        pa.float64(),
                        "chance that unrelated spaces have as much overlap at the headline k, 0 … 1",
                    ),
                    "tie_rank": Column(
                        pa.int32(), "order among objects of equal overlap, least similar first, 0 … n − 1"
                    ),
                },
                family=("overlap", Column(pa.uint16(), "neighbors in common among the first k, 0 … k")),
            ),
            "curve": TableSchema(
                "the whole pair at one k",
                {
                    "k": Column(pa.int32(), "neighbors compared, 1 … K"),
                    "overlap_mean": Column(pa.float64(), "mean overlap, 0 … k"),
                    "jaccard_mean": Column(pa.float64(), "mean Jaccard similarity, 0 … 1"),
                    "jaccard_median": Column(pa.float64(), "median Jaccard similarity, 0 … 1"),
                    "jaccard_chance": Column(pa.float64(), "expected Jaccard of unrelated spaces, 0 … 1"),
                    "chance_adjusted": Column(
                        pa.float64(), "mean R_NX: 0 is chance, 1 identical; NaN where k = n − 1"
                    ),
                },
            ),
        },
    ),
    "measures": Kind("how alike a pair is as a whole", "pair", {"measures": _MEASURES}),
    "groups": Kind(
        "objects that moved together: they lost and gained the same neighbors",
        "pair, metric",
        {
            "groups": TableSchema(
                "a group, the largest and most coherent first",
                {
                    "group": _GROUP,
                    "size": Column(pa.int32(), "number of members"),
                    "coherence": Column(pa.float32(), "mean centrality, 0 … 1"),
                },
            ),
            "members": TableSchema(
                "a member of a group, the most central first",
                {
                    "group": _GROUP,
                    "common_row": _COMMON_ROW,
                    "centrality": Column(
                        pa.float32(), "how much its change is like that of the others, 0 … 1"
                    ),
                },
            ),
            "neighbors": TableSchema(
                "a neighbor that members lost or gained, the most frequent first",
                {
                    "group": _GROUP,
                    "change": Column(pa.string(), "lost or gained"),
                    "common_row": _PAIR_ROW,
                    "share": Column(pa.float32(), "share of the members that lost or gained it, 0 … 1"),
                },
            ),
            "traits": TableSchema(
                "metadata that tells the members of a group from all other objects",
                {
                    "group": _GROUP,
                    "column": Column(pa.string(), "metadata column"),
                    "value": Column(
                        pa.string(), "the value that is more frequent; null where the column is numeric"
                    ),
                    "inside": Column(pa.float64(), "share of the members that hold it, or their median"),
                    "outside": Column(pa.float64(), "the same of all other objects"),
                    "p_value": Column(pa.float64(), "of the hypergeometric or the Mann–Whitney test"),
                },
            ),
        },
    ),
    "noise": Kind(
        "which objects changed more than two runs of the same model differ by",
        "pair, metric",
        {
            "noise": TableSchema(
                "a common object",
                {
                    "common_row": _COMMON_ROW,
                    "noise_quantile": Column(
                        pa.float64(), "how often noise alone leaves as little overlap; NaN without replicates"
                    ),
                    "changed_beyond_noise": Column(pa.bool_(), "whether it changed more than noise explains"),
                },
            )
        },
    ),
    "comparison": Kind("everything about a pair that belongs together; no tables, only inputs", "pair"),
}


def check_table(kind: str, table: str, schema: pa.Schema) -> None:
    """Raise ValueError unless `schema` is what the table `table` of `kind` must look like."""
    known = KINDS[kind].tables[table]
    expected = dict(known.columns)
    for name in schema.names:
        if name in expected:
            _check_type(f"{kind}.{table}.{name}", schema.field(name).type, expected.pop(name).type)
        elif known.family is None or not name.removeprefix(f"{known.family[0]}_").isdecimal():
            raise ValueError(f"{kind}.{table} has no column {name!r}")
    missing = [name for name, column in expected.items() if not column.optional]
    if missing:
        raise ValueError(f"{kind}.{table} lacks the column {missing[0]!r}")


def _check_type(name: str, found: pa.DataType, expected: pa.DataType | None) -> None:
    if expected is None:
        right = pa.types.is_struct(found)
    elif pa.types.is_list(expected):
        right = pa.types.is_fixed_size_list(found) and found.value_type == expected.value_type
    else:
        right = found == expected
    if not right:
        raise ValueError(f"{name} has type {found}, expected {expected or 'struct'}")
