"""Every role × endpoint, generated from the OpenAPI document: an endpoint without a decision fails."""

from typing import Any

import httpx
from fastapi import FastAPI

from core.organizations.permissions import PERMISSIONS, ROLES, allows
from tests.backoffice.clinic import Clinic

PUBLIC = {"login", "set_password_by_link"}


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    paths = app.openapi()["paths"]
    return [(method, path, operation) for path, item in paths.items() for method, operation in item.items()]


def test_every_endpoint_has_decided_who_may_call_it(app: FastAPI) -> None:
    decided = {operation["operationId"]: operation.get("x-permission") for _, _, operation in operations(app)}
    assert {name for name, permission in decided.items() if permission == "public"} == PUBLIC
    assert set(decided.values()) - {"public"} == set(PERMISSIONS)


async def test_each_role_passes_exactly_where_the_table_says(
    app: FastAPI, client: httpx.AsyncClient, clinic: Clinic
) -> None:
    wrong = []
    for method, path, operation in operations(app):
        if operation["operationId"] in PUBLIC:
            continue
        url = path
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                url = url.replace(f"{{{parameter['name']}}}", "nothing")
        for role in ROLES:
            answer = await client.request(method, url, headers=clinic.as_(role), json={"unknown": 1})
            passed = answer.status_code not in (401, 403)
            if passed != allows(role, operation["x-permission"]) or answer.status_code >= 500:
                wrong.append((method, path, role, answer.status_code))
    assert wrong == []


async def test_nobody_passes_without_coming_in(app: FastAPI, client: httpx.AsyncClient) -> None:
    for method, path, operation in operations(app):
        if operation["operationId"] not in PUBLIC:
            answer = await client.request(method, path, json={})
            assert (method, path, answer.status_code) == (method, path, 401)
            assert answer.json()["code"] == "unauthorized"


def test_every_answer_is_documented_in_one_shape(app: FastAPI) -> None:
    for _, path, operation in operations(app):
        assert operation["description"], path
        assert operation["tags"], path
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Problem"), (path, status)
