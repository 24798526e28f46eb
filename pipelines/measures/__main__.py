"""Print what is known of every measure.

``python -m pipelines.measures > docs/metrics.md`` is the page of documentation,
``python -m pipelines.measures --json > artifacts/glossary.json`` the same for the viewer.
"""

from __future__ import annotations

import sys

from pipelines.measures.registry import registry_json, registry_markdown

sys.stdout.write(registry_json() if sys.argv[1:] == ["--json"] else registry_markdown())
