"""Web Push: the standard's own example, and that only the browser can read what it is told."""

from datetime import UTC, datetime

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from backoffice.web_push import CURVE, LONGEST, Voluntary, check_public, encrypted, narrow, public_bytes, wide
from tests.backoffice.device import Device

SECRET = "a secret for tests, long enough to be taken"


def test_the_example_of_rfc_8291_comes_out_to_the_letter() -> None:
    sender = ec.derive_private_key(int.from_bytes(narrow("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), CURVE)
    body = encrypted(
        b"When I grow up, I want to be a watermelon",
        narrow("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        narrow("BTBZMqHH6r4Tts7J_aSIgg"),
        sender=sender,
        salt=narrow("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert wide(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_browser_reads_the_longest_message_and_no_longer_one_is_made() -> None:
    device = Device()
    words = b"a" * LONGEST
    assert device.decrypted(encrypted(words, device.public, device.auth)) == words
    assert encrypted(words, device.public, device.auth) != encrypted(words, device.public, device.auth)
    with pytest.raises(ValueError, match="longer"):
        encrypted(words + b"a", device.public, device.auth)


def test_the_installations_key_follows_from_its_secret_and_signs_for_the_push_services_origin() -> None:
    one, again = Voluntary.of(SECRET, "https://hilo.clinica.co"), Voluntary.of(SECRET, "https://hilo.clinica.co")
    assert one.public == again.public != Voluntary.of(SECRET + ".", "https://hilo.clinica.co").public
    now = datetime(2026, 11, 18, 15, tzinfo=UTC)
    header = one.authorization(httpx.URL("https://push.example/wpush/v2/abc"), now)
    token, key = (part.partition("=")[2] for part in header.removeprefix("vapid ").split(", "))
    assert key == one.public
    claims = jwt.decode(
        token,
        check_public(narrow(key)),
        algorithms=["ES256"],
        audience="https://push.example",
        options={"verify_exp": False},
    )
    assert claims["sub"] == "https://hilo.clinica.co"
    assert 0 < claims["exp"] - now.timestamp() <= 24 * 3600
    assert len(narrow(key)) == 65 == len(public_bytes(one.key))
