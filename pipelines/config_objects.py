"""The part of a dataset's configuration about its objects: whose vectors they are, and which are compared."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt

from pipelines.expressions import check_expression

Claim = Annotated[str, Field(min_length=1, max_length=200)]
Condition = Annotated[str, AfterValidator(check_expression)]


class Frozen(BaseModel):
    """A part of the configuration: unknown fields are refused, and nothing changes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IdentityConfig(Frozen):
    """Which model a space comes from, in the user's words; in ``source``, ``{version}`` stands for the version.

    Provider, model and revision together name one model: two spaces that claim the same one must have the same bytes.
    Without a revision nothing is claimed.
    """

    provider: Claim | None = None
    model: Claim
    revision: Claim | None = None
    normalisation: Claim | None = None
    preprocessing: Claim | None = None

    def of(self, version: str) -> dict[str, str]:
        """Return what a version says of itself; what is not said is left out."""
        said = self.model_dump(exclude_none=True)
        return {name: str(text).replace("{version}", version) for name, text in said.items()}


class FilterConfig(Frozen):
    """Which objects of each space take part in a comparison; see `pipelines.filters`.

    ``keys`` is a list, or a file with one key a line.
    """

    keys: tuple[str, ...] | str | None = None
    where: Condition | None = None
    min_frequency: float | None = None
    top: PositiveInt | None = None
    frequency: str | None = None


class MatchingConfig(Frozen):
    """How keys are compared, and which objects take part.

    ``keys``: as they are, in Unicode's composed form, without case, or both; what is stored is never changed.
    """

    keys: Literal["exact", "nfc", "casefold", "nfc+casefold"] = "exact"
    filter: FilterConfig = FilterConfig()
