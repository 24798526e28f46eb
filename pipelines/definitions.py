"""What Dagster loads: assets, jobs and the project they work on; `embedding-comparator dev` starts it."""

import os

import dagster as dg

from pipelines import assets, automation
from pipelines.resources import ProjectResource

definitions = dg.Definitions(
    assets=[assets.space, assets.neighbors, assets.health, assets.projections, assets.similarity],
    jobs=[automation.build_space, automation.compare_pair],
    sensors=[automation.reconcile, automation.alert_failed_runs, automation.alert_failed_checks],
    schedules=[automation.nightly],
    resources={
        "project": ProjectResource(
            project=os.environ.get("EMBEDDING_COMPARATOR_PROJECT", "configs/project.yaml"),
            store=os.environ.get("EMBEDDING_COMPARATOR_STORE", ""),
        )
    },
    # A run is one process: its steps share what the first one loads, and runs are what goes on in parallel.
    executor=dg.in_process_executor,
)
