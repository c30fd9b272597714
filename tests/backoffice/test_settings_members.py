"""The page of the members: everybody sees who works here, the owner lets people in; the matrix is the table's."""

import httpx

from backoffice.pages.settings.roles import DEEDS, ROLE_NAMES, matrix
from core.organizations.permissions import PERMISSIONS, ROLES
from tests.backoffice.clinic import Clinic


def test_every_permission_and_role_has_words_once() -> None:
    told = [permission for _, deeds in DEEDS for permission, _ in deeds]
    assert sorted(told) == sorted(PERMISSIONS)
    assert tuple(ROLE_NAMES) == ROLES


def test_the_matrix_says_what_the_table_says() -> None:
    rows = {words: allowed for _, deeds in matrix() for words, allowed in deeds}
    assert rows["Invitar personas y cambiar sus roles"] == [True, False, False, False, False, False]
    assert rows["Ver la agenda"] == [True] * 6


async def test_only_the_owner_is_offered_to_change_people(client: httpx.AsyncClient, clinic: Clinic) -> None:
    shown = (await client.get("/settings/members", headers=clinic.as_("owner"))).text
    assert 'data-send="POST /members"' in shown and shown.count('data-send="PATCH /members/') == 6 + 5
    read = (await client.get("/settings/members", headers=clinic.as_("receptionist"))).text
    assert "Marta Soler" in read and "data-send=" not in read
