"""Other words people use for what aesthetic clinics offer, by a word of the service's name."""

from collections.abc import Mapping

from core.fold import fold

_SAME: Mapping[str, tuple[str, ...]] = {
    "botox": ("toxina", "toxina botulinica", "arrugas"),
    "toxina": ("botox", "arrugas"),
    "hialuronico": ("relleno", "rellenos", "labios", "ojeras"),
    "relleno": ("hialuronico", "acido hialuronico"),
    "laser": ("depilacion", "depilarme"),
    "depilacion": ("depilarme", "depilar", "vello"),
    "limpieza": ("facial", "higiene"),
    "higiene": ("limpieza",),
    "corporal": ("reductivo", "celulitis"),
    "reductivo": ("corporal", "celulitis"),
    "valoracion": ("consulta", "evaluacion"),
    "consulta": ("valoracion", "evaluacion"),
    "evaluacion": ("consulta", "valoracion"),
}


def other_names(name: str) -> list[str]:
    """What else a service of this name is called."""
    said = fold(name).split()
    return [other for word in said for other in _SAME.get(word, ()) if other not in said]
