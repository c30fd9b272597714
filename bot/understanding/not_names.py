"""Words that no name is made of: greetings, verbs, questions, what a clinic is asked for.

Words that are also names or surnames (Luz, Paz, Flores, Bueno) are left out, or count only in small letters.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER = _words("""
hola holi buenas buenos buen dia dias tardes noches tarde noche gracias si no ok okay dale quiero quisiera queria
quieres
precio precios costo costos cuanto cuanta cuantos cuestan cuesta valen donde como cuando que cual quien quienes porque
info informacion informes consulta consultar cita citas turno turnos ayuda ayudar botox menu nada nadie prefiero decir
decirlo digo dije dijo hello test prueba adios chao listo perfecto necesito tengo tiene tienes tenes tienen tenia
estoy esta estan estas estaba soy somos eres sos es son era fue ser estar hay hace hacer hago haces hacen puedo puede
pueden puedes poder podria podrias voy va vas vamos van vengo viene ir venir saber se sabe sabes sabia conocer dar dame
das doy me te le les nos lo los mi mis tu tus su sus yo ella ellos usted ustedes vos nosotros nombre nombres apellido
apellidos edad anos telefono numero numeros correo email mail direccion hablar hablas hablo hablando llamo llamas llama
llamar llamarme escribir escribo escribe responder respondo para por pero aunque sino sin con sobre hasta desde entre
muy mas menos tan tanto mucho mucha muchos poco poca algo alguien algun alguna ninguno ninguna todo toda todos todas
otro otra otros otras este estos estas ese esa eso esos esas aquel aquella aqui alla ahi aca ahora ahorita luego despues
antes manana hoy ayer siempre nunca ya aun todavia tambien tampoco mejor peor bien mal mismo misma hija hijo hijos
mama papa esposa esposo novia novio hermana hermano amiga amigo paciente pacientes doctora doctor asesora asesor humano
persona robot bot asistente clinica consultorio tratamiento tratamientos depilacion laser facial limpieza relleno labios
arrugas manchas acne celulitis abdomen cara cuerpo piel pelo cabello cirugia masaje masajes sesion sesiones promocion
promociones promo descuento oferta ofertas horario horarios ubicacion ubicados sucursal abierto abren atienden cerca
urgente duda dudas pregunta preguntas interesa interesada interesado interesan gustaria gusta encanta agendar agenda
reservar reserva cancelar cancelo cambiar confirmar confirmo cuentame cuenteme digame diga dime entiendo entendi
importa equivocado equivocada equivoque anonimo anonima nueva nuevo primera vez cliente clienta jaja jajaja jeje
mande manda mandar enviar envia foto fotos video audio mensaje link pagina web internet instagram facebook whatsapp
publicidad anuncio vi veo ver mira mire viste quieren creo pienso supongo obvio claramente realmente favor porfa
ano mes semana lunes martes miercoles jueves viernes sabado hora horas minutos pesos dolares
porfavor porfis disculpe disculpa perdon permiso buscando busco averiguar averiguando cotizar cotizacion presupuesto
nose nosee dni cel its pon ponle onda
estafa verdad mentira enserio serio seria tal vez quizas quiza depende despuesito rato momento espera espere
oi ola obrigada obrigado bom boa quero queria gostaria quanto custa onde qual quem voce meu minha nao sim tenho preciso
ajuda consultas agendamento preco precos informacoes falar oque tudo bem ate logo tchau
hi hey thanks thank you please want need price prices cost appointment info information help what where when how who why
my name your is are am the and for with yes nope sure good morning afternoon evening night not can could would like
""")
ONLY_SMALL = _words("""
vale claro bueno amor cielo mayo junio agosto enero santo rey rico rica bello campo casa calle un una uno dos tres
cuatro cinco seis salud cara pasa paso sale salir de del la las el los rio monte seguro
""")
"""No name when nothing else is said and in small letters; with a capital it may be one."""
