"""Every folder of real data is ingested by a configuration, and gives the objects that were counted by hand."""

from __future__ import annotations

import pytest

from artifacts.names import SpaceKey
from artifacts.store import Store
from pipelines.config import load_project
from pipelines.errors import IngestError
from pipelines.loading import load_keys
from pipelines.steps import ingest_space
from pipelines.workspace import Workspace

FOLDERS = {
    "emoji": (
        "spaces:\n"
        "  emoji2vec: {path: DATA/emoji/emoji2vec.bin}\n"
        "  text: {path: DATA/emoji/emoji_embeddings_100d.txt}\n"
        "  names: {path: DATA/emoji/minilm_names_670.npz}\n"
        "  pixels: {path: 'DATA/emoji/emoji_images_670.npz#pixels_google_pca50'}\n",
        {"emoji2vec": (1661, 300), "text": (1661, 100), "names": (670, 384), "pixels": (670, 50)},
    ),
    "elements-csv": (
        "source: {path: 'DATA/elements/{version}.csv', metadata: DATA/elements/element_group.json}\n",
        {
            "chemeleon": (87, 512),
            "chgnet": (87, 64),
            "crystallm_v24c.dim512_atom_vectors": (89, 512),
            "mace_mp0": (87, 128),
            "magpie": (97, 22),
            "mat2vec": (118, 200),
            "matscibert": (97, 768),
            "oliynyk": "value is missing",
            "oliynyk_preprocessed": (85, 44),
            "orb_v2": (87, 256),
            "random_200": (117, 200),
            "random_200_new": "the key was already used by line 118",
            "sevennet": (87, 128),
            "skipatom_20201009_induced": (86, 200),
            "xenonpy_element_features": (94, 58),
        },
    ),
    "elements-json": (
        "source: {path: 'DATA/elements/{version}.json'}\n",
        {
            "atomic": (119, 1),
            "cgnf": (100, 90),
            "element_group": "the first value is neither a list of numbers nor a number",
            "magpie_sc": (97, 22),
            "matscholar-embedding": (103, 200),
            "megnet16": (95, 16),
            "mod_petti": (121, 1),
            "oliynyk_sc": (85, 44),
        },
    ),
    "skipspecies": (
        "source: {path: 'DATA/skipspecies/skipspecies_2022_10_28_{version}.csv'}\n",
        {"dim200": (336, 200), "induced_dim200": (336, 200)},
    ),
    "pla2g2": (
        "source: {path: 'DATA/pla2g2/embeddings/{version}', metadata: DATA/pla2g2/Pla2g2_features.csv}\n",
        {"ESMC": (446, 960), "ProtT5": (446, 1024)},
    ),
    "karate": ("spaces: {node2vec: {path: DATA/karate/karate.emb}}\n", {"node2vec": (34, 128)}),
    "shakespeare": (
        "spaces:\n"
        + "".join(
            f"  e{e}: {{path: 'DATA/shakespeare-checkpoints/shakespeare_sgns64.npz#epoch_{e:02}'}}\n"
            for e in (1, 32)
        ),
        {"e1": (3330, 64), "e32": (3330, 64)},
    ),
    "minilm": (
        "spaces:\n  l0: {path: 'DATA/minilm-layers/minilm_layers_6121.npz#layer_0'}\n"
        "  l6: {path: 'DATA/minilm-layers/minilm_layers_6121.npz', member: layer_6}\n",
        {"l0": (6121, 384), "l6": (6121, 384)},
    ),
}


def workspace(folder, name, shared_data) -> Workspace:
    (folder / "datasets").mkdir()
    (folder / "project.yaml").write_text("store: store\n")
    text = FOLDERS[name][0].replace("DATA", str(shared_data))
    (folder / "datasets" / "d.yaml").write_text(f"dataset: {name}\n{text}")
    config = load_project(folder / "project.yaml")
    return Workspace(config, Store(config.store, create=True))


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_real_data_is_ingested_by_a_configuration(name, shared_data, tmp_path):
    work = workspace(tmp_path, name, shared_data)
    expected = FOLDERS[name][1]
    assert {key.version for key in work.project.checkpoints(name)} == set(expected)
    for version, wanted in expected.items():
        key = SpaceKey(name, version)
        if isinstance(wanted, str):
            with pytest.raises(IngestError, match=wanted):
                ingest_space(work, key)
        else:
            facts = ingest_space(work, key).manifest.facts
            assert (version, facts["objects"], facts["dimensions"]) == (version, *wanted)


def test_features_of_proteins_are_joined_by_their_identifier(shared_data, tmp_path):
    work = workspace(tmp_path, "pla2g2", shared_data)
    space = ingest_space(work, SpaceKey("pla2g2", "ESMC")).manifest
    assert space.facts["metadata"] == ["gene", "group", "enzyme_class", "species", "seq_length", "length_bin"]
    row = load_keys(work.store, space).index("mAimeC")
    found = work.store.read_table(space, "objects", ["metadata"])["metadata"][row].as_py()
    assert (found["gene"], found["species"], found["seq_length"]) == ("Pla2g2C", "mammals", 132)
    assert not ingest_space(work, SpaceKey("pla2g2", "ESMC")).computed
