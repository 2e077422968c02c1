"""Every operation of the API with inputs made up from its own description, right ones and wrong ones (schemathesis): no
answer may be a failure of ours, or one that the description does not know.

The inputs are made when a test runs, not when tests are collected: walking the limits of all operations takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from offices import appoint
from programs import token_for
from web_office import WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from web.api.openapi import described, operations
from web.api.routers import resources
from web.app import create_app

MOSTLY_EMBEDDED = True

EVERYTHING = "moi-vai-tro"
"""Somebody with every role in the whole country: what is refused here, a rule refuses, not a right."""

EXAMPLES = 10
"""Made up at random for each operation, besides those that walk the limits of each parameter."""

OPERATIONS = [(method.upper(), path) for path, method, _operation in operations(described(resources))]


@pytest.fixture
def token(office: WebOffice, wiring: Wiring) -> str:
    for role in PersonRole:
        appoint(wiring, EVERYTHING, role, "*")
    return token_for(wiring, EVERYTHING)


@pytest.fixture
def app(office: WebOffice, wiring: Wiring) -> Iterator[FastAPI]:
    """Running, once it is asked for something."""
    from schemathesis.python.asgi import shutdown_lifespans  # noqa: PLC0415 - only where a test needs it

    yield create_app(wiring)
    shutdown_lifespans()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_input_makes_the_api_fail_or_answer_otherwise_than_described(
    office: WebOffice, app: FastAPI, token: str, method: str, path: str
) -> None:
    import schemathesis  # noqa: PLC0415
    from schemathesis.core.parameters import ParameterLocation  # noqa: PLC0415
    from schemathesis.generation.hypothesis import builder  # noqa: PLC0415
    from schemathesis.specs.openapi import checks  # noqa: PLC0415

    api = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    real = {"step": office.step, "unit": office.unit, "decision": office.decision, "package": office.package}
    # what fits the description may still break a rule of the domain, which is told with 422; and that every operation
    # asks for a token is tried route by route, with everybody (test_every_route)
    others = [checks.positive_data_acceptance, checks.ignored_auth]
    if "{decision}" in path:  # its number may be anything, so GET …/register asks for one of that name
        others.append(checks.unsupported_method)
    turn, sent = count(), []

    def answered(case: Any) -> None:
        made = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
        for name in case.path_parameters if made and made.mode.is_positive else ():
            if name in real and next(turn) % 4:
                case.path_parameters[name] = real[name]
        sent.append(case)
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=others)

    limits = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    config = builder.HypothesisTestConfig(
        project=api.config, modes=list(builder.HypothesisTestMode), settings=limits, explicit_settings=limits
    )
    builder.create_test(operation=api[path][method], test_func=answered, config=config)()
    assert len(sent) >= EXAMPLES
