"""What a worker's tasks share: one request at a time, the newest CSRF token, and no long sleep after a collision."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import httpx

from flows.engine.one_at_a_time import OneAtATime

SERVER = "http://prefect.test/api"


@dataclass
class Server:
    """As much of a Prefect server as this is about: a new token makes the old one invalid."""

    protected: bool = True
    collisions: int = 0
    token: int = 0
    at_once: int = 0
    most_at_once: int = 0
    answered: Counter[int] = field(default_factory=Counter)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        response = self.answer(request)
        self.answered[response.status_code] += 1
        return response

    def answer(self, request: httpx.Request) -> httpx.Response:
        if "Authorization" not in request.headers:
            return httpx.Response(401)
        if request.url.path.endswith("/csrf-token"):
            self.token += 1
            detail = {"detail": "CSRF protection is disabled."}
            return (
                httpx.Response(200, json={"token": str(self.token)})
                if self.protected
                else httpx.Response(422, json=detail)
            )
        if self.protected and request.headers.get("Prefect-Csrf-Token") != str(self.token):
            return httpx.Response(403, json={"detail": "Invalid CSRF token or client identifier."})
        if self.collisions:
            self.collisions -= 1
            return httpx.Response(503)
        return httpx.Response(201, json={"made": True})


def posts(server: Server, count: int) -> list[httpx.Response]:
    async def all_at_once() -> list[httpx.Response]:
        transport = OneAtATime(httpx.MockTransport(server))
        async with httpx.AsyncClient(transport=transport, base_url=SERVER, auth=("a", "b")) as client:
            return await asyncio.gather(*[client.post("/artifacts/", json={"n": n}) for n in range(count)])

    return asyncio.run(all_at_once())


def test_many_tasks_share_one_token_and_take_turns() -> None:
    server = Server()
    assert {answer.json()["made"] for answer in posts(server, 20)} == {True}
    assert (server.token, server.most_at_once, dict(server.answered)) == (1, 1, {200: 1, 201: 20})


def test_a_token_that_is_no_longer_valid_costs_one_refusal() -> None:
    server = Server()

    async def with_a_new_server_between() -> list[int]:
        transport = OneAtATime(httpx.MockTransport(server))
        async with httpx.AsyncClient(transport=transport, base_url=SERVER, auth=("a", "b")) as client:
            first = await client.post("/artifacts/")
            server.token = 100
            rest = await asyncio.gather(*[client.post("/artifacts/") for _ in range(10)])
            return [first.status_code, *(one.status_code for one in rest)]

    assert set(asyncio.run(with_a_new_server_between())) == {201}
    assert server.answered[403] == 1


def test_a_write_that_collided_is_tried_again_at_once() -> None:
    server = Server(collisions=3)
    (answer,) = posts(server, 1)
    assert answer.status_code == 201
    assert server.answered[503] == 3


def test_a_server_that_keeps_refusing_is_left_to_the_client() -> None:
    server = Server(collisions=100)
    (answer,) = posts(server, 1)
    assert answer.status_code == 503


def test_a_server_without_this_protection_is_served_as_well() -> None:
    (answer,) = posts(Server(protected=False), 1)
    assert answer.status_code == 201
