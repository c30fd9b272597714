"""Which word a mistyped one was meant to be; strict, because a wrong day is worse than a question."""

from collections.abc import Mapping
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

REAL_WORDS = frozenset(
    """
    abrir abrigo habrl cabrl mayor mayora maya malla marca marco marcos marte marta marzal mario maria mariana
    marina martin martina mazo manzana banana mando mano manos manual manera marido madre madrina madera juntos
    junta junio julia juliana julian jueza juego juegos jugo justo junto nuevo nueve nuevas huevos luna lunas
    lunar lunares lucia luces viene vienen vienes vieron verano verde viejo viejos dominio domina dominga dinero
    genero enera enlace ensero agotado gusto angosto tarda tardo tardan tardar arde tanto tanta tinte tinta treta
    trenza tres trece notes nota noches nochero coche leche norte noble sesion semanal seminal semilla señal
    segura seguro seguir siguen seguido once onces ocho ochos nube octavo octava novia novio diente dientes dicen
    dice decime diciendo febril sabana saber sabemos sabe sabor cuando cuanto cuatros cuadro cuarta cuenta cuesta
    cuello cuerpo diario media medir medio medias medico medica meses messi mesas mensaje minuta menos mamada
    marchar marcha match much morning moving morena moreno doble dosis siete siente siempre siesta sietes sector
    setenta sesenta seso quiere quince quincea treinte cinta cinco cincos catorcena parte partes cartes corte
    cortes fuerte suerte muerte frente gente puente veinte vientre vuelta vienesa prima primo promo prueba proceso
    semestre someone sundae month monthly march marching friends friend fried fridge sunny saturn tomar tomaron
    torrow hours house noon noun nigh nights light right might weight weekly weeks weed tarjeta tarea terca quinto
    quintal sexto sexual sexo segunda segundo janela fazer feira feiras verao marcar margo amanda amanhece
    proximamente proxeneta promesa promedio fina finde finas fines tardio hombre hambre nombre nombres numero diez
    dias dime dile dame daño baño paño año años enojo entero enferma enfermo enferno viento vientos
    """.split()
)
"""Words people write that lie next to a day's, a month's or a number's name and are none of them."""


def corrected(word: str, targets: Mapping[str, Any], *, real: bool = True) -> str | None:
    """The one target within one slip of the keyboard (two in words of eight letters and more); None when in doubt.

    The first letter must be right: «partes» is not «martes». `real`: a word that is one of its own is left alone.
    """
    if len(word) < 4 or (real and word in REAL_WORDS):
        return None
    most = 2 if len(word) >= 8 else 1
    near = [
        (target, distance)
        for target, distance, _ in process.extract(word, list(targets), scorer=OSA.distance, score_cutoff=most, limit=4)
        if target[0] == word[0] and (len(word) > 4 or len(target) == 5)
    ]
    if not near:
        return None
    closest = min(distance for _, distance in near)
    best = [target for target, distance in near if distance == closest]
    return best[0] if all(targets[target] == targets[best[0]] for target in best) else None
