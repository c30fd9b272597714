"""Meta's error codes: what each means for a send, and what it tells the staff, in Spanish.

Source: Meta, Cloud API error codes. A code that is not here is judged by its HTTP status.
"""

from typing import Literal, NamedTuple

Kind = Literal["refused", "unreachable", "window", "wait", "wait_account", "broken", "unknown"]
"""refused: this message never goes · unreachable: nor does any other to this person · window: only templates now ·
wait: this chat later · wait_account: the whole number later · broken: staff must mend the account ·
unknown: Meta failed after taking the request, the message may have gone"""


class Reason(NamedTuple):
    """What a code does to the send, and the sentence for the staff."""

    kind: Kind
    es: str


REASONS: dict[int, Reason] = {
    0: Reason("broken", "Meta no reconoce el acceso de esta cuenta. Hay que volver a conectarla."),
    1: Reason("unknown", "Meta tuvo un error propio. Hay que ver si el mensaje llegó antes de reenviarlo."),
    2: Reason("wait_account", "El servicio de Meta está caído por un momento. Se reintenta solo."),
    3: Reason("broken", "A la app le falta un permiso de WhatsApp. Hay que revisarlo en Meta."),
    4: Reason("wait_account", "La app hizo demasiados pedidos a Meta. Se reintenta solo más tarde."),
    10: Reason("broken", "El permiso para enviar fue retirado. Hay que volver a conectar la cuenta."),
    33: Reason("broken", "El número de la empresa fue eliminado en Meta. Hay que conectarlo de nuevo."),
    100: Reason("refused", "Meta rechazó un dato del mensaje. Hay que corregirlo y reenviarlo."),
    190: Reason("broken", "El acceso a WhatsApp venció. Hay que volver a conectar la cuenta."),
    368: Reason(
        "broken", "Meta bloqueó la cuenta por un tiempo por incumplir sus políticas. Hay que revisarla en Meta."
    ),
    80007: Reason("wait_account", "La cuenta llegó a su límite de pedidos. Se reintenta solo más tarde."),
    130429: Reason("wait_account", "Se enviaron demasiados mensajes por segundo. Se reintenta solo."),
    130472: Reason(
        "refused", "Meta no entrega este mensaje de marketing porque la persona es parte de un experimento."
    ),
    130497: Reason("refused", "La cuenta no puede escribir a personas de ese país."),
    131000: Reason("wait", "Meta tuvo un error propio y no envió el mensaje. Se reintenta solo."),
    131005: Reason("broken", "El permiso para enviar fue retirado. Hay que volver a conectar la cuenta."),
    131008: Reason("refused", "Al mensaje le falta un dato. Hay que completarlo y reenviarlo."),
    131009: Reason("refused", "Meta rechazó un dato del mensaje. Hay que corregirlo y reenviarlo."),
    131016: Reason("wait_account", "El servicio de WhatsApp está caído por un momento. Se reintenta solo."),
    131021: Reason("refused", "El número de destino es el mismo que envía."),
    131026: Reason(
        "unreachable", "El mensaje no se puede entregar: la persona no usa WhatsApp o tiene una versión muy vieja."
    ),
    131030: Reason(
        "unreachable", "El número no está en la lista permitida del número de prueba. Hay que agregarlo en Meta."
    ),
    131031: Reason("broken", "Meta bloqueó la cuenta de WhatsApp. Hay que revisarla en Meta."),
    131037: Reason("broken", "El nombre visible del número no fue aprobado. Hay que revisarlo en Meta."),
    131042: Reason("broken", "Hay un problema con el pago de la cuenta de WhatsApp. Hay que revisarlo en Meta."),
    131045: Reason("broken", "El número no está bien registrado. Hay que registrarlo de nuevo en Meta."),
    131047: Reason(
        "window", "Pasaron más de 24 horas desde el último mensaje de la persona. Solo se puede enviar una plantilla."
    ),
    131048: Reason("wait_account", "Meta limitó el número porque muchas personas lo bloquearon o denunciaron."),
    131049: Reason(
        "refused", "Meta no entregó este mensaje de marketing para no cansar a la persona. Conviene otro canal."
    ),
    131050: Reason("refused", "La persona pidió no recibir mensajes de marketing de esta cuenta."),
    131051: Reason("refused", "WhatsApp no admite este tipo de mensaje."),
    131052: Reason("refused", "No se pudo descargar el archivo que mandó la persona. Hay que pedirlo de nuevo."),
    131053: Reason("refused", "WhatsApp no aceptó el archivo. Hay que revisar su tipo y su tamaño."),
    131056: Reason("wait", "Se enviaron demasiados mensajes seguidos a esta persona. Se reintenta solo."),
    131057: Reason("wait_account", "La cuenta está en mantenimiento. Se reintenta solo más tarde."),
    131062: Reason("refused", "Este mensaje necesita el número de teléfono de la persona, y todavía no lo compartió."),
    131063: Reason("refused", "Las plantillas de marketing no se pueden enviar por esta vía desde esta cuenta."),
    131064: Reason("wait_account", "La cuenta llegó a su límite de personas por día. Se reintenta solo más tarde."),
    132000: Reason("refused", "La plantilla lleva otra cantidad de variables. Hay que corregirlas."),
    132001: Reason("refused", "La plantilla no existe en ese idioma o todavía no fue aprobada."),
    132005: Reason("refused", "El texto de la plantilla quedó demasiado largo."),
    132007: Reason("refused", "La plantilla no respeta las políticas de WhatsApp."),
    132008: Reason("refused", "Una variable de la plantilla tiene un valor que no se admite."),
    132012: Reason("refused", "Una variable de la plantilla tiene otro formato que el aprobado."),
    132015: Reason("refused", "Meta pausó la plantilla por baja calidad. Hay que usar otra o mejorarla."),
    132016: Reason("refused", "Meta deshabilitó la plantilla. Hay que usar otra."),
    132068: Reason("refused", "El formulario está bloqueado por Meta."),
    132069: Reason("wait_account", "El formulario llegó a su límite de envíos por hora. Se reintenta solo."),
    133010: Reason("broken", "El número no está registrado en WhatsApp. Hay que registrarlo en Meta."),
    133016: Reason("wait_account", "Hubo demasiados intentos de registrar el número. Se reintenta solo más tarde."),
    135000: Reason("wait", "Meta tuvo un error propio y no envió el mensaje. Se reintenta solo."),
    137000: Reason("refused", "La persona cambió de teléfono. Hay que confirmar quién es antes de escribirle."),
}

_PERMISSIONS = range(200, 300)


def reason_of(code: int) -> Reason | None:
    """The entry of a code; 200 to 299 all say that a permission is missing. None for a code nobody has written down."""
    if code in _PERMISSIONS and code not in REASONS:
        return REASONS[10]
    return REASONS.get(code)


def reason_es(code: int | str) -> str:
    """What happened and what to do, in Spanish, for any code of a send or a status."""
    number = int(code) if str(code).isascii() and str(code).isdecimal() else -1
    known = reason_of(number)
    return known.es if known else f"WhatsApp no entregó el mensaje (código {code})."
