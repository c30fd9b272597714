"""«Mañana te confirmo», «déjame ver», «al rato»: the person will answer, but not now."""

import re

_LATER = re.compile(
    r"\b(?:(?:te|le|les|os) (?:digo|aviso|cuento|respondo|contesto)"
    r"|(?:manana|luego|despues|tarde|rato|ya|lunes|martes|miercoles|jueves|viernes|sabado|domingo|semana|noche"
    r"|depois|amanha)"
    r" (?:te|le|les|lo) (?:confirmo|escribo|mando|llamo|paso|falo)|(?:te|le|les) (?:confirmo|escribo"
    r"|llamo) (?:manana|luego|despues|mas|en|el|al)"
    r"|ya te (?:digo|aviso|confirmo)|(?:te|le) (?:estoy|estare) (?:avisando|confirmando|diciendo)"
    r"|voy a (?:ver|pensarlo|preguntar|consultar|averiguar|checar|revisar)|lo voy a pensar|lo (?:pienso|consulto"
    r"|veo|hablo|checo|reviso)"
    r"|(?:deja|dejame|dejeme|dejar) (?:que lo |lo )?(?:ver|veo|pensar|pensarlo|piense|pienso|checar|checo|reviso"
    r"|revisar|consultar|consulto|preguntar|pregunto)"
    r"|tengo que (?:consultarlo|hablarlo|verlo|preguntarle|ver|pensar|pensarlo|consultar|preguntar|hablar|checar"
    r"|revisar|averiguar|organizarme)"
    r"|necesito (?:pensarlo|consultar|consultarlo|preguntar|ver)"
    r"|mas (?:tarde|adelante)|mas tardecito|al rato|en un rato|en un ratito|otro dia|en otro momento"
    r"|en cuanto (?:sepa|pueda)"
    r"|cuando (?:sepa|pueda|llegue|tenga)|dame (?:un|unos) (?:momento|momentito|minuto|minutos|minutito|segundo"
    r"|rato|dias|tiempo)"
    r"|un (?:momento|momentito|minuto|minutito|segundo|segundito)|esper(?:a|e|ame|eme)(?: un)?|aguanta|aguantame"
    r"|bancame"
    r"|let you know|i ll (?:see|think|check|tell|confirm|call|get back)|let me (?:see|think|check)|later|hold on"
    r"|get back to you"
    r"|te falo|(?:eu )?(?:vou|preciso|deixa eu|deixe me) (?:ver|pensar|confirmar|consultar|perguntar|checar)"
    r"|mais tarde|daqui a pouco|depois (?:te|eu|vejo|falo|confirmo)|outro dia|assim que (?:souber|puder))\b"
)
_ONLY = {
    "luego", "despues", "despuesito", "ahorita", "ahorita no se", "pronto", "al rato", "depois", "ya casi",
    "luego luego", "despues vemos", "luego vemos", "ahi vemos", "vemos", "veremos", "ya veremos", "ya vere",
    "a ver", "vere", "dejalo para despues", "la proxima", "para la proxima", "en unos dias", "por ahora no se",
    "not now",
}  # fmt: skip


def puts_off(folded: str) -> bool:
    """Whether a folded text says that the answer comes another time."""
    return folded in _ONLY or _LATER.search(folded) is not None
