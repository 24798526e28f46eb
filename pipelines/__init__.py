"""Turn embedding checkpoints into artifacts: ingest, neighbors, similarity, projections."""
