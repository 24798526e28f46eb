"""Each real file is read with its right size, or refused with the right sentence."""

import numpy as np
import pytest

from pipelines.errors import IngestError
from pipelines.ingest import ReaderOptions, open_checkpoint, validated

FILES = {
    "emoji/emoji2vec.bin": ("word2vec-binary", 1661, 300),
    "emoji/emoji_embeddings_100d.txt": ("text", 1661, 100),
    "emoji/minilm_names_670.npz": ("npz", 670, 384),
    "karate/karate.emb": ("text", 34, 128),
    "skipspecies/skipspecies_2022_10_28_dim200.csv": ("csv", 336, 200),
    "skipspecies/skipspecies_2022_10_28_induced_dim200.csv": ("csv", 336, 200),
    "elements/chemeleon.csv": ("csv", 87, 512),
    "elements/chgnet.csv": ("csv", 87, 64),
    "elements/crystallm_v24c.dim512_atom_vectors.csv": ("csv", 89, 512),
    "elements/mace_mp0.csv": ("csv", 87, 128),
    "elements/magpie.csv": ("csv", 97, 22),
    "elements/mat2vec.csv": ("csv", 118, 200),
    "elements/matscibert.csv": ("csv", 97, 768),
    "elements/oliynyk_preprocessed.csv": ("csv", 85, 44),
    "elements/orb_v2.csv": ("csv", 87, 256),
    "elements/random_200.csv": ("csv", 117, 200),
    "elements/sevennet.csv": ("csv", 87, 128),
    "elements/skipatom_20201009_induced.csv": ("csv", 86, 200),
    "elements/xenonpy_element_features.csv": ("csv", 94, 58),
}
REFUSED = {
    "elements/oliynyk.csv": r"line 2 \(key 'H'\), column 'Miracle_Radius_\[pm\]': the value is missing",
    "elements/random_200_new.csv": r"line 119 \(key 'Uuh'\): the key was already used by line 118; remove",
}
MEMBERS = [
    *(
        ("shakespeare-checkpoints/shakespeare_sgns64.npz", f"epoch_{e:02}", 3330, 64)
        for e in (1, 2, 4, 8, 16, 32)
    ),
    *(("minilm-layers/minilm_layers_6121.npz", f"layer_{i}", 6121, 384) for i in (0, 6)),
    ("emoji/emoji_images_670.npz", "pixels_google_pca50", 670, 50),
]


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_has_its_size(name, real_data):
    expected_format, count, dimensions = FILES[name]
    reading = open_checkpoint(real_data / name)
    vectors = np.concatenate([block.vectors for block in validated(reading)])
    assert reading.format == expected_format
    assert vectors.shape == (count, dimensions)


def test_every_csv_file_of_elements_is_judged(real_data):
    found = {f"elements/{path.name}" for path in (real_data / "elements").glob("*.csv")}
    assert found == {name for name in (*FILES, *REFUSED) if name.startswith("elements/")}


@pytest.mark.parametrize("name", REFUSED)
def test_a_real_file_that_is_broken_is_refused(name, real_data):
    with pytest.raises(IngestError, match=REFUSED[name]):
        list(validated(open_checkpoint(real_data / name)))


@pytest.mark.parametrize(("name", "member", "count", "dimensions"), MEMBERS)
def test_a_real_npz_gives_the_member_that_numpy_gives(name, member, count, dimensions, real_data):
    reading = open_checkpoint(real_data / name, ReaderOptions(member=member))
    blocks = list(validated(reading))
    with np.load(real_data / name) as arrays:
        assert reading.dtype == arrays[member].dtype.name
        expected = arrays[member].astype(np.float32)
        keys = arrays["words" if "words" in arrays else "ids"].tolist()
    assert expected.shape == (count, dimensions)
    assert np.array_equal(np.concatenate([block.vectors for block in blocks]), expected)
    assert [key for block in blocks for key in block.keys] == keys


def test_metadata_of_real_npz_files_is_kept(real_data):
    options = ReaderOptions(member="epoch_32")
    block = next(
        open_checkpoint(real_data / "shakespeare-checkpoints/shakespeare_sgns64.npz", options).blocks()
    )
    assert block.metadata.slice(0, 2).to_pydict() == {"counts": [6283, 5690]}
    options = ReaderOptions(member="pixels_google_pca50")
    block = next(open_checkpoint(real_data / "emoji/emoji_images_670.npz", options).blocks())
    assert block.metadata.slice(0, 1).to_pydict() == {"names": ["aerial tramway"], "category": ["Places"]}


def test_several_members_are_listed(real_data):
    with pytest.raises(IngestError, match=r"6 arrays may be the vectors: 'epoch_01', .*sgns64\.npz#epoch_01"):
        open_checkpoint(real_data / "shakespeare-checkpoints/shakespeare_sgns64.npz")


def test_emoji_vectors_have_norm_one(real_data):
    blocks = validated(open_checkpoint(real_data / "emoji/emoji2vec.bin"))
    norms = np.concatenate([np.linalg.norm(block.vectors, axis=1) for block in blocks])
    assert np.allclose(norms, 1, atol=1e-4)
