"""The Prefect server as a child of ours: what `prefect server start` runs, without the command line around it."""

from __future__ import annotations

import sys

from bangiao.lifeline import hold_on_to_parent


def main(port: int) -> None:
    hold_on_to_parent()
    import uvicorn  # noqa: PLC0415 - the lifeline first: these imports take seconds
    from prefect.server.api.server import create_app  # noqa: PLC0415

    uvicorn.run(
        create_app(final=True),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
