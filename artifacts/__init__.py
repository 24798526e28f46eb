"""The store's contract: tables, fingerprints, publication and named questions. Imports neither pipelines nor viewer."""
