"""The country a time zone lies in, for holidays and the order of day and month."""

_ZONES = {
    "AR": "Argentina/ Buenos_Aires Cordoba Rosario Catamarca Jujuy Mendoza",
    "MX": "Mexico_City Monterrey Tijuana Cancun Merida Hermosillo Chihuahua Mazatlan Bahia_Banderas Ciudad_Juarez "
    "Ojinaga Matamoros",
    "CO": "Bogota",
    "CL": "Santiago Punta_Arenas Coyhaique",
    "PE": "Lima",
    "EC": "Guayaquil",
    "UY": "Montevideo",
    "PY": "Asuncion",
    "BO": "La_Paz",
    "VE": "Caracas",
    "CR": "Costa_Rica",
    "PA": "Panama",
    "GT": "Guatemala",
    "SV": "El_Salvador",
    "HN": "Tegucigalpa",
    "NI": "Managua",
    "DO": "Santo_Domingo",
    "CU": "Havana",
    "PR": "Puerto_Rico",
    "BR": "Sao_Paulo Bahia Fortaleza Recife Manaus Belem Cuiaba Campo_Grande Porto_Velho Rio_Branco Maceio Araguaina "
    "Boa_Vista Santarem Eirunepe Noronha",
    "US": "New_York Los_Angeles Chicago Denver Phoenix Detroit Boise Anchorage Indiana/ Kentucky/ North_Dakota/",
}
_COUNTRIES = {city: country for country, cities in _ZONES.items() for city in cities.split()}
_ELSEWHERE = {"Europe/Madrid": "ES", "Atlantic/Canary": "ES", "Africa/Ceuta": "ES", "Europe/Lisbon": "PT",
              "Europe/London": "GB", "Pacific/Honolulu": "US", "Pacific/Easter": "CL",
              "Pacific/Galapagos": "EC"}  # fmt: skip
_LANGUAGES = {"BR": "pt", "PT": "pt", "US": "en", "GB": "en"}


def country_of(zone: str) -> str:
    """ISO 3166-1 alpha-2; empty where the zone tells none we know."""
    if zone in _ELSEWHERE:
        return _ELSEWHERE[zone]
    area, _, city = zone.partition("/")
    if area != "America":
        return ""
    return _COUNTRIES.get(city) or _COUNTRIES.get(city.partition("/")[0] + "/", "")


def language_in(country: str) -> str:
    """The language to read in when the text does not tell."""
    return _LANGUAGES.get(country, "es")


def month_first(country: str, language: str) -> bool | None:
    """Whether 3/4 is the fourth of March; None where both customs meet."""
    if country in ("US", "PR"):
        return True if language == "en" else None
    return None if language == "en" and country != "GB" else False
