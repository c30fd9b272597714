"""Asking to be spoken to in another language: «english please», «¿hablas inglés?», «em português, por favor»."""

import re
from typing import Literal

Asked = Literal["es", "pt", "en", "other"]

_NAMES: dict[Asked, str] = {
    "en": "english|inglish|engish|enlgish|englis|englsh|ingles|ingels|inlges|inglez",
    "pt": "portuguese|portugese|portuguesse|portugues|portuges|portuguez|potugues|brasileiro|brasileno|brazilian",
    "es": "spanish|spanich|spansh|espanol|espanhol|espaniol|espanool|castellano|castelhano",
    "other": "frances|french|francais|italiano|italian|aleman|alemao|german|deutsch|chino|chines|chinese|ruso|russo"
    "|russian|japones|japanese|arabe|arabic|hebreo|hebrew|guarani|quechua|catalan|catalao",
}
_OF = {name: language for language, names in _NAMES.items() for name in names.split("|")}
_NAME = rf"({'|'.join(_OF)})"
_AROUND = re.compile(
    r"^(?:hi|hello|hey|hola|buenas|buenos dias|buenas tardes|buenas noches|oi|ola|bom dia|boa tarde|boa noite"
    r"|good (?:morning|afternoon|evening)|sorry|excuse me|perdon|disculpa|disculpe|perdona|desculpa|desculpe|ok"
    r"|por favor|please|mejor|prefiro|um|mm+)\s+"
    r"|\s+(?:please|pls|plz|plis|por favor|porfa|porfis|favor|xfa|gracias|thanks|thank you|obrigad[oa]|better|mejor"
    r"|if possible|si es posible|se possivel|si se puede|version|language|idioma|now|ahora|agora|aqui|here)$"
)
_MENTIONED = re.compile(_NAME)
_BARE = re.compile(rf"{_NAME}\Z")
_ASKS = re.compile(
    rf"(?:(?:in|en|em|to|al|a|para(?: el| o)?|only|solo|so)\s+{_NAME}"
    rf"|(?:i|we)(?: only| just)? (?:speak|talk|write|want|need|prefer|read)(?: in)? {_NAME}(?: only)?"
    rf"|(?:i|we) (?:d|would) (?:like|prefer)(?: to)?(?: speak| talk| write| continue)?(?: it)?(?: in)? {_NAME}"
    rf"|(?:do|can|could|would|may|is|does|are)(?: (?:you|we|i|it|this|anyone|anybody|someone|there))?"
    rf"(?: (?:please|also))?(?: (?:speak|talk|write|continue|go on|chat|have|get|do|use|be|change|switch|understand|who"
    rf"|speaks|someone|this|it))*(?: (?:in|to))? {_NAME}"
    rf"|(?:speak|talk|write|switch|change|continue|answer|reply)(?: to me| it)?(?: (?:in|to))? {_NAME}"
    rf"|any(?:one|body) (?:speak|speaks|here speak|here speaks) {_NAME}"
    rf"|(?:ustedes |usted |tu |vos |alguien |me )?(?:hablas?|hablan|hablamos|hablais|hablo solo|hablarme|hablame"
    rf"|escribeme|escribime|respondeme)(?: solo| tambien)?(?: en)? {_NAME}"
    rf"|(?:yo )?solo (?:hablo|entiendo) {_NAME}|hablo {_NAME}"
    rf"|(?:se |me )?(?:puedes|puede|pueden|podes|podrias|podria|podemos|podriamos|quiero|quisiera|prefiero|me gustaria"
    rf"|necesito)(?: (?:hablar|hablarme|escribir|escribirme|seguir|continuar|ser|atenderme|responder|responderme"
    rf"|cambiar))?(?: (?:en|a|al))? {_NAME}"
    rf"|(?:cambiar?|cambia|cambialo|pasa|pasar|pon|ponlo|sigue|sigamos|seguimos)(?: (?:idioma|de idioma))?"
    rf"(?: (?:a|al|en|para))? {_NAME}"
    rf"|(?:voce |voces |alguem |eu )?(?:fala|falam|falo|falamos|falar|entendo)(?: so| tambem)?(?: em)? {_NAME}"
    rf"|(?:eu )?so (?:falo|entendo) {_NAME}"
    rf"|(?:voce |voces )?(?:pode|podem|poderia|podemos|poderiamos|quero|queria|prefiro|gostaria de|preciso)"
    rf"(?: (?:falar|escrever|continuar|ser|responder|mudar|atender|me atender))?(?: (?:em|para(?: o)?))? {_NAME}"
    rf"|(?:muda|mudar|troca|trocar|responde|escreve|continua)(?: (?:em|para(?: o)?))? {_NAME}"
    rf"|(?:is there|hay|tienen|tienes|tem|tenes)(?: (?:an?|la|el|alguien|alguem))?(?: (?:opcion|opcao|option|version"
    rf"|versao|que))?(?: (?:hable|fale))?(?: (?:in|en|em))? {_NAME})\Z"
)
_LACKS = re.compile(
    r"(?:sorry )?(?:i|we) (?:do not|don t|dont|cant|can t|can not|cannot) (?:speak|understand|read|know)"
    r"(?: (?:any|much|good))?(?: spanish| portuguese| espanol)\Z"
)
_LACKS_PT = re.compile(r"(?:eu )?nao (?:falo|entendo|sei)(?: (?:muito|bem))?(?: (?:espanhol|ingles|castelhano))\Z")
_LACKS_ES = re.compile(r"(?:yo )?no (?:hablo|entiendo|se)(?: (?:mucho|bien|nada de))?(?: (?:ingles|portugues))\Z")
_WITHOUT: tuple[tuple[re.Pattern[str], Asked], ...] = ((_LACKS, "en"), (_LACKS_PT, "pt"), (_LACKS_ES, "es"))
LONGEST = 80


def asked_language(folded: str, *, bare: bool = True) -> Asked | None:
    """The language this whole message asks for: `other` for one Hilo has no words in; None when it asks for none.

    `bare`: whether the mere name of a language is asking. Not understanding a language asks for the one it is said in.
    """
    if len(folded) > LONGEST or not _MENTIONED.search(folded):
        return None
    for lacks, language in _WITHOUT:
        if lacks.match(folded):
            return language
    while True:
        match = (_BARE.match(folded) if bare else None) or _ASKS.match(folded)
        if match is not None:
            name = next(value for value in match.groups() if value)
            return _OF[name]
        shorter = _AROUND.sub("", folded)
        if shorter == folded:
            return None
        bare = True  # «english please» is asking, whatever is open
        folded = shorter
