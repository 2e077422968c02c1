"""What runs the flows: the way of an event to Prefect, and the processes of `bangiao up`.

An event's way: `relay` (outbox → flow run) · `reconciler` (what came to nothing begins again) · `patience` (outages) ·
`one_at_a_time` (requests to Prefect). The worker: `worker_process` · `warm_runs` · `presence`. The process tree:
`stack` · `processes` · `prefect_server` · `server_process` · `lifeline`.
"""
