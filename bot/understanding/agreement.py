"""The words of yes, no and doubt: Spanish by country, Portuguese, English, as they are typed in a chat.

All folded and with doubled letters made single (`squeeze`), so that «siiii», «nooo» and «okk» need no entry.
"""

import re

_DOUBLED = re.compile(r"([a-z])\1+")


def squeeze(folded: str) -> str:
    """`siiii` → `si`, `nooo` → `no`, `okk` → `ok`."""
    return _DOUBLED.sub(r"\1", folded)


def _words(text: str) -> frozenset[str]:
    return frozenset(squeeze(word) for word in text.split())


def _set(lines: str) -> frozenset[str]:
    return frozenset(squeeze(phrase.strip()) for phrase in lines.replace("\n", ",").split(",") if phrase.strip())


YES = _set("""
si, sip, sipi, sipo, sep, sipis, s, zi, claro, clarisimo, clro, calro, claor, clarines, clarinete, dale, dlae, dael
deale, dele
vale, va, vas, va que va, vamos, venga, ok, oka, oki, okis, okey, okay, okeys, oks, okok, oki doki, okas, okidoki
correcto, exacto, exactamente, efectivamente, afirmativo, afirma, positivo, confirmo, confirmado, confirmadisimo
listo, listos, bueno, perfecto, perfectisimo, perfeto, obvio, obvi, ovio, obviamente, simon, yes, yep, yeah, yup, yas
sim
seguro, segurisimo, acepto, genial, excelente, buenisimo, joya, barbaro, fenomenal, estupendo, de lujo, divino
sale, sale y vale, sobres, arre, jalo, orale, andale, ajale, a huevo, me late, simona, simon que si, fierro, ya vas
de una, de one, fijo, hagale, hagamosle, listo pues, sisas, sizas, bacan, chevere, de toque, al toque, de ley, obvio si
ya po, sipo, obvio po, claro po, dale po, ya pues, ya dale, tal cual, posta, de diez, cierto, es cierto, verdad
es verdad
por supuesto, porsupuesto, x supuesto, claro que si, clarito, asi es, de acuerdo, esta bien, ta bien, esta perfecto
desde luego, me parece bien, me parece, me parece perfecto, si claro, como no, eso es, eso, eso mismo
es correcto, totalmente, absolutamente, definitivamente, sin duda, sin dudas, sin duda alguna, con gusto
con mucho gusto, encantada, encantado, me encantaria, me gustaria, me interesa, me anoto, me apunto, trato hecho
estoy de acuerdo, conforme, apruebo, autorizo, adelante, procede, proceda, hazlo, hagalo, quiero, lo quiero, la quiero
si quiero, acepto todo, aja, aham, uhum, ujum, ahan, mhm, hecho, yo si, yo tambien, pues si
pos si, pues claro, pos claro, que si, dije que si, eso si, por favor si, de acuerdo si, ya lo creo, tengo, lo estoy
sure, of course, absolutely, definitely, right, thats right, that s right, exactly, agreed, sounds good, go ahead
yes please, i do, i am, i agree, fine, alright, okie, you bet, yes i do, yes i am, yea, ya claro, yessir, certainly
please do
isso, isso mesmo, com certeza, certeza, pode, pode sim, beleza, blz, bora, fechado, combinado, ta, ta bom
ta ok, tabom, quero, quero sim, aceito, certo, exato, perfeito, otimo, show, logico, claro que sim, aceito sim, tenho
tenho sim, estou, estou sim, sou, sou sim, ja sim, confirmo sim, positivo sim, demoro, partiu, concordo, sim senhora
""")
NO = _set("""
no, nop, nope, nopi, nel, nel pastel, nones, nah, na, nah que va, nain, n, negativo, nunca, jamas, nada, nadita, nono
ninguno, ninguna, tampoco, para nada, pa nada, no gracias, ahora no, ahorita no, todavia no, aun no, no aun, no todavia
de ninguna manera, de ningun modo, claro que no, no por ahora, por ahora no, no por el momento, no de momento
por el momento no, de momento no
nada de eso, en absoluto, por supuesto que no, no quiero, no puedo, imposible, ni ahi, ni a palos, ni loca, ni loco
prefiero no, prefiero que no, preferiria no, preferiria que no, mejor que no, ni muerta, ni muerto, ni en pedo
ni de broma, ni hablar, ni de chiste, ni a tiros, nada que ver, que va, mejor no
desde luego que no, obvio no, obvio que no, obviamente no, hoy no, esta vez no, no po, nopo, nopes, nein, noup, no no
yo no, eso no, que no, dije que no, pues no, pos no, ya no, no ya no, no me interesa, no aplica, ningun
ninguna de las dos
no tengo, no estoy, no soy, no es, no hay, no lo es, no lo estoy, no me gusta, no me gustaria, no acepto, no confirmo
not really, not yet, never, no way, not at all, no thanks, no thank you, i dont, i don t, i m not, im not, i am not
absolutely not, of course not, definitely not, nop nop, not now, no i dont, no i don t, don t
nao, naum, ainda nao, de jeito nenhum, nem pensar, nao quero, nao obrigada, nao obrigado, agora nao, nenhum, nenhuma
tampouco, jamais, claro que nao, nao tenho, nao estou, nao sou, nao senhora, negativo nao, por enquanto nao, nada disso
""") | {"ñ"}
"""`n` and `ñ` are what Brazil and hurried people type."""

CONTENT = _set("""
tengo, tenho, quiero, quero, lo quiero, la quiero, si quiero, estou, sou, pode, me gustaria, me encantaria
me interesa, hecho, right
fine, show, i do, i am, va, vas, vamos, venga, verdad, eso, certo, certeza, s, cierto, me parece, seguro, conforme
sale, que si, isso
me anoto, me apunto, fijo, positivo, k, ta, n
""")
"""Yes words that are a yes alone, and the beginning of something else with more after them: «quiero información»."""

SOFT_YES = _set(
    "ok, oka, oki, okey, okay, okis, dale, listo, bueno, va, vale, perfecto, genial, sale, ta, ta bom, beleza"
)
"""Yes words that as often only close what was said."""

NEITHER = _set("""
no hay problema, no pasa nada, no hay drama, no hay lio, no te preocupes, no se preocupe, no se preocupen, no importa
no me importa, no problem, sem problema, nao tem problema, no esta mal, no me molesta, no veo por que no, por que no
porque no, why not, no faltaba mas, no es problema, no es molestia, no lo dudes, no lo dudo, no me lo pierdo, ni modo
no hay de que, no me parece mal, no me disgusta, no me opongo, no me viene mal, no me vendria mal
no tengo problema, no tengo inconveniente, no hay inconveniente, no tengo dudas, no tengo duda, no tengo idea
no puedo esperar
no lo tengo claro, no tengo claro, no tan claro, no esta mal, no estaria mal, no veo la hora, no me quejo
no seria mala idea
no entiendo, no entendi, no te entiendo, no le entiendo, no entiendo la pregunta, no me queda claro, no comprendo
no me deja, no puedo tocar, no funciona, no me abre, no abre, no veo, no veo nada, no me sale, no me carga, no es eso
no es asi, no era eso, no entendo, nao entendi, i don t understand, don t understand, no worries, nao faz mal
no me acuerdo, no recuerdo, no me han dicho, no lo recuerdo, no solo eso, no exactamente, no necesariamente, no siempre
no del todo, no mucho, no tanto, no muy seguido, no muy, not exactly, not always, not much, si y no, si o no
ni si ni no
si no, no si, sin problema, sin problemas, bien, todo bien, muy bien, asi esta bien, esta bien asi, ya, ya esta
ya veo, sino, si puedo
""")
"""Whole answers that say neither, however much they begin like one."""

DOUBT = re.compile(
    r"\b(?:quizas?|quiza|tal ?vez|puede ser|puede que|puede|podria|podria ser|pudiera|pueda ser|capaz|capas"
    r"|depende|segun"
    r"|a lo mejor|creo|supongo|imagino|pienso que|me parece que|parece que|calculo|ojala|espero que|deberia"
    r"|probablemente"
    r"|posiblemente|seguramente|eventualmente|no ?s[eé]|nose|no lo se|ni idea|quien sabe|sepa|sabra dios"
    r"|vaya uno a saber"
    r"|no estoy (?:tan |muy |del todo )?(?:segur[oa]|convencid[oa]|ciert[oa])|no sabria|no sabemos|mas o menos"
    r"|masomenos|maso"
    r"|regular|si y no|no recuerdo|no me acuerdo|a veces|un poco|poquito|casi|mitad|dudo|duda|dudas|indecis[oa]"
    r"|confundid[oa]"
    r"|aunque|excepto|salvo|a menos que|siempre y cuando|siempre que|solo si|unicamente si|en caso|con tal|pero"
    r"|sin embargo"
    r"|maybe|perhaps|i think|i gues|not sure|unsure|kinda|kind of|sort of|idk|dunno|i don t know|dont know"
    r"|it depends|might|could be|posibly|possibly|probably|if"
    r"|talvez|acho|pode ser|quem sabe|nao sei|sei la|mais ou menos|as vezes|provavelmente|um pouco|entretanto"
    r"|te confirmo"
    r"|me da igual|da igual|da lo mismo|como quieras|como quiera|lo que digas|usted dira"
    r"|cancel\w*|reprogram\w*|reagend\w*|posterg\w*|cambi\w*|boton|botones|enlace|link)\b"
)
LAUGHTER = re.compile(
    r"^(?:(?:j+a+)+j*|(?:j+e+)+j*|(?:j+i+)+j*|(?:h+a+){2,}h*|(?:h+e+){2,}h*|k{2,}|(?:rs)+|l+o+l+|x+d+|jaj[aj]*"
    r"|haha[ha]*)$"
)
COURTESY = _words("""gracias muchas mil mucha porfa porfis porfavor porfi xfa xfavor plis please thanks thank you
    senorita senora senor srta sra doctora doctor doc dra dr amiga amigo hola holi buenas buenos
    pues ps pss po pos pue ay uy oh ah eh che bro amor linda hermosa corazon reina mija obrigada obrigado oi hi hello
    ya muy amable jefa licenciada mami we wey guey parce bonita desde luego""")
"""Words that change nothing around an answer."""
FIRST_PERSON = _words("""
    quiero estoy tengo soy acepto confirmo autorizo deseo necesito voy claro obvio senor senora gracias
    eso esa ese asi correcto perfecto exacto aqui seria dale yo tambien he tomo uso fumo sigo quisiera mero cierto
    verdad
    seguro mucho muchas muchisimo bastante siempre todos todas ambas ahora hoy embarazada lactando quero tenho estou
    sou isso
    sim pode yes please si encantada bueno genial""")
"""What may follow an unaccented `si` that is a yes and not an if."""
NEGATED = _words("""
    estoy tengo quiero quisiera tomo soy he puedo voy me aun todavia por hoy ahora es seria fumo bebo uso
    sufro padezco deseo acepto confirmo autorizo conviene sirve necesito gracias senor senora nunca nada ninguno ninguna
    para tenemos estamos podemos hay ha estaba tenia vivo consumo llevo quero tenho estou sou posso i do am have want
    the not alergica alergico embarazada""")
"""What may follow a `no` that is a no, in a whole sentence."""
YES_SIGNS = ("👍", "✅", "👌", "💯", "☑", "✔", "🙌", "🆗")
NO_SIGNS = ("👎", "❌", "🚫", "🙅", "✖", "⛔", "🙅‍♀", "✗")
DOUBT_SIGNS = ("🤷", "🤔", "😕", "🫤", "🙄")
"""Make a doubt of whatever is said with them; 🙏 and 😬 only when alone."""
NO_TROUBLE = _words("problema problemas inconveniente inconvenientes drama dramas lio apuro duda dudas prisa")
"""«No tengo problema» agrees more than it refuses."""
CONDITIONS = _words(
    "tiempo plata dinero chance oportunidad permiso lugar como que ganas libre disponible cerca bien mejor alla"
)
"""After `si` + a verb these make it an if: «si tengo tiempo»."""
OPENERS = re.compile(
    r"^(?:(?:buen[oa]s? (?:dias?|tardes?|noches?)|bom dia|boa (?:tarde|noite)|la verdad(?: es)?(?: que)?"
    r"|en realidad|de hecho|honestamente|sinceramente|para mi|por mi|mira"
    r"|fijate que|actually|na verdade"
    r"|hasta ahora|en mi caso|yo)\s+)+(?=\S)"
)
