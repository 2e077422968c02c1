"""Every operation of the API with inputs made up from its own description, right ones and wrong ones (schemathesis): no
answer may be a failure of ours, or one that the description does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from offices import appoint
from programs import token_for
from schemathesis.core.parameters import ParameterLocation
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method
from web_office import WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from web.api.openapi import described
from web.api.routers import resources
from web.app import create_app

EVERYTHING = "moi-vai-tro"
"""Somebody with every role in the whole country: what is refused here, a rule refuses, not a right."""

EXAMPLES = 10
"""Made up at random for each operation, besides those that walk the limits of each parameter."""

api = schemathesis.openapi.from_dict(described(resources))
turn = count()


@pytest.fixture
def token(office: WebOffice, wiring: Wiring) -> str:
    for role in PersonRole:
        appoint(wiring, EVERYTHING, role, "*")
    return token_for(wiring, EVERYTHING)


@pytest.fixture
def app(office: WebOffice, wiring: Wiring) -> Iterator[FastAPI]:
    """Running."""
    yield create_app(wiring)
    shutdown_lifespans()


@api.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_input_makes_the_api_fail_or_answer_otherwise_than_described(
    case: schemathesis.Case, app: FastAPI, office: WebOffice, token: str
) -> None:
    real = {"step": office.step, "unit": office.unit, "decision": office.decision, "package": office.package}
    made = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
    for name in case.path_parameters or () if made is None or made.mode.is_positive else ():
        if name in real and next(turn) % 4:
            case.path_parameters[name] = real[name]
    # what fits the description may still break a rule of the domain, which is told with 422
    # and that every operation asks for a token is tried route by route, with everybody (test_every_route)
    others = [positive_data_acceptance, ignored_auth]
    if "decision" in (
        case.path_parameters or ()
    ):  # its number may be anything: GET …/register is one that is not there
        others.append(unsupported_method)
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=others, app=app)
