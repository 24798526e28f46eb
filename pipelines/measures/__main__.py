"""Print the page of documentation about every measure: ``python -m pipelines.measures > docs/metrics.md``."""

from __future__ import annotations

import sys

from pipelines.measures.registry import registry_markdown

sys.stdout.write(registry_markdown())
