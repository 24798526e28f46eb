"""What can go wrong with a store.

::

    StoreError                 the store cannot be used as asked; the message says why and what to do
    ├── MissingArtifactError   no store here, or nothing published under this key
    ├── DamagedArtifactError   a published file is missing, or is not what was written
    ├── StorageFullError       the disk is full, or a quota or a limit of the file size is reached
    └── SlowQueryError         a question took longer than it may
"""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used as asked."""


class MissingArtifactError(StoreError):
    """There is no store, or nothing is published under this key."""


class DamagedArtifactError(StoreError):
    """A published file is missing, or is not what was written."""


class StorageFullError(StoreError):
    """The disk is full, or a quota or a limit of the file size is reached: no other publication would succeed."""


class SlowQueryError(StoreError):
    """A question took longer than it may and was interrupted."""
