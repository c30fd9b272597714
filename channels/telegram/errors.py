"""What Telegram's refusals mean and what to do, in Spanish. Source: Bot API, "Making requests" (HTTP codes)."""

REASONS = {
    "400": "Telegram no aceptó este mensaje. Hay que corregirlo y reenviarlo.",
    "401": "El bot perdió su permiso. Hay que volver a conectarlo con su token.",
    "403": "La persona bloqueó el bot. Hay que escribirle por otro canal.",
    "413": "El archivo es demasiado grande para Telegram (50 MB como máximo).",
    "429": "Telegram pide ir más despacio. Se reintenta solo.",
    "connect": "No hay conexión con Telegram. Se reintenta solo.",
    "invalid": "Este tipo de mensaje no existe en Telegram. Hay que enviarlo de otra forma.",
    "token": "El token del bot no es válido. Hay que volver a conectarlo.",
    "too_big": "El archivo es demasiado grande para Telegram (50 MB como máximo).",
}


def reason_es(code: str) -> str:
    """One sentence for the staff; a general one for codes Telegram has not been seen to give."""
    return REASONS.get(code, f"Telegram no aceptó el mensaje (código {code}). Hay que revisarlo y reenviarlo.")
