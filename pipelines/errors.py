"""The errors a person can cause and can mend.

::

    InputError            what the user gave cannot be used; the message says why and what to do
    ├── ConfigError       a configuration file: ``file:line: field: message``
    ├── IngestError       a checkpoint file: file, line or key, what was found, what to do
    │   └── UnsettledError    it may still be written: nothing is wrong with it yet
    ├── ComparisonError   two spaces that cannot be compared (no common keys, too few objects, k too large)
    ├── ClusterError      the cluster that was asked for cannot be used: no scheduler, no workers, other versions
    └── MissingExtraError what was asked for needs a package that is not installed
    LostWorkersError      the cluster broke down in the middle of the work; the same again may succeed
"""

from __future__ import annotations


class InputError(Exception):
    """What the user gave cannot be used; the command line exits with status 2."""


class ConfigError(InputError):
    """A configuration file is wrong at a known line and field."""


class IngestError(InputError):
    """A checkpoint cannot be read as an embedding space."""


class UnsettledError(IngestError):
    """A checkpoint was changed so shortly ago that it may still be written."""


class ComparisonError(InputError):
    """Two spaces cannot be compared as asked."""


class ClusterError(InputError):
    """The cluster that was asked for cannot be used: no step that needs it would succeed."""


class LostWorkersError(Exception):
    """The cluster broke down in the middle of the work; the same again may succeed."""


class MissingExtraError(InputError):
    """What was asked for needs a package that is not installed.

    Parameters
    ----------
    extra
        Name of the extra that installs it.
    """

    def __init__(self, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{extra} is not installed: pip install 'embedding-comparator[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str]]:
        """Travel between processes as the name of the extra."""
        return MissingExtraError, (self.extra,)
