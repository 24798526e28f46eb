"""What can go wrong with a store.

::

    StoreError            the store cannot be used as asked; the message says why and what to do
    ├── MissingArtifact   nothing is published under this key
    └── DamagedArtifact   a published file is missing, has another size, or does not hold its table
"""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used as asked."""


class MissingArtifact(StoreError):
    """Nothing is published under this key."""


class DamagedArtifact(StoreError):
    """A published file is missing, has another size, or does not hold its table."""
