"""What Dagster loads: assets, jobs and the project they work on; `embedding-comparator dev` starts it."""

import os
from pathlib import Path

import dagster as dg

from pipelines import assets, automation
from pipelines.config import owners_of
from pipelines.resources import ProjectResource

PROJECT = os.environ.get("EMBEDDING_COMPARATOR_PROJECT", "configs/project.yaml")
OWNERS = list(owners_of(Path(PROJECT)))

definitions = dg.Definitions(
    assets=dg.map_asset_specs(
        lambda spec: spec.replace_attributes(owners=OWNERS),
        [
            assets.space,
            assets.neighbors,
            assets.health,
            assets.projections,
            assets.similarity,
            assets.history,
        ],
    ),
    jobs=[automation.build_space, automation.compare_pair, automation.record_history],
    sensors=[automation.reconcile, automation.alert_failed_runs, automation.alert_failed_checks],
    schedules=[automation.nightly, automation.nightly_history],
    resources={
        "project": ProjectResource(
            project=PROJECT,
            store=os.environ.get("EMBEDDING_COMPARATOR_STORE", ""),
        )
    },
    # A run is one process: its steps share what the first one loads, and runs are what goes on in parallel.
    executor=dg.in_process_executor,
)
