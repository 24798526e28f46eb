"""What can go wrong with a store.

::

    StoreError                 the store cannot be used as asked; the message says why and what to do
    ├── MissingArtifactError   no store here, or nothing published under this key
    ├── DamagedArtifactError   a published file is missing, has another size, or does not hold its table
    └── SlowQueryError         a question took longer than it may
"""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used as asked."""


class MissingArtifactError(StoreError):
    """There is no store, or nothing is published under this key."""


class DamagedArtifactError(StoreError):
    """A published file is missing, has another size, or does not hold its table."""


class SlowQueryError(StoreError):
    """A question took longer than it may and was interrupted."""
