"""Prefect: each file here is one flow, besides `deployments` (which event and which schedule start which flow) and
`commands` (`bangiao up`, `worker`, `relay`). What runs them is in `engine`."""
