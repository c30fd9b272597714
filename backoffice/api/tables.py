"""Reports as tables for spreadsheets: any report that is asked for with `?format=csv`, or accepts nothing but CSV.

Excel reads it as it is in Spanish: UTF-8 with its mark, `;` between cells, decimal commas, and no cell is a formula.
"""

import csv
import io
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from backoffice.api.document import MAX_BODY, StaffRoute

Format = Annotated[Literal["json", "csv"], Query(description="csv: a table for spreadsheets.")]
CSV = "text/csv"
HEADINGS = {
    "age": "Antigüedad",
    "agent": "Persona",
    "answers": "Respuestas",
    "appointments": "Con cita",
    "attended": "Asistieron",
    "available": "Recibe conversaciones",
    "bad": "Malas (1 o 2)",
    "booked_minutes": "Minutos ocupados",
    "day": "Día",
    "episodes": "Conversaciones",
    "good": "Buenas (4 o 5)",
    "kept": "A tiempo",
    "leads": "Oportunidades",
    "lost": "Perdidas",
    "mean": "Promedio",
    "mean_hours": "Promedio (horas)",
    "mean_minutes": "Promedio (minutos)",
    "measure": "Medida",
    "median_hours": "Mediana (horas)",
    "median_minutes": "Mediana (minutos)",
    "name": "Nombre",
    "no_shows": "No asistieron",
    "now": "Ahora en la etapa",
    "of": "De",
    "open": "Por responder",
    "open_minutes": "Minutos abiertos",
    "overdue": "Pasos vencidos",
    "p90_minutes": "90 % en menos de (minutos)",
    "professional": "Profesional",
    "rate": "Tasa",
    "resolved": "Resueltas",
    "show_rate": "Asistieron de los citados",
    "snoozed": "Pospuestas",
    "so_far_hours": "Llevan en promedio (horas)",
    "source": "Origen",
    "stage": "Etapa",
    "stays": "Pasaron por la etapa",
    "threads": "Conversaciones",
    "to_appointment": "Llegaron a cita",
    "unread": "Sin leer",
    "waiting": "Esperando a la persona",
    "waiting_minutes": "Espera más larga (minutos)",
    "won": "Ganadas",
}


def wants_csv(format: Format = "json") -> str:  # noqa: A002 the parameter's name in the API
    """A dependency of the reports' routers, so that the document tells of the parameter; `TableRoute` obeys it."""
    return format


class TableRoute(StaffRoute):
    """A route whose answer, a list of rows or an object with one, may be had as CSV."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        table = {"content": {CSV: {"schema": {"type": "string"}}}, "description": "The report."}
        options["responses"] = {200: table, **(options.get("responses") or {})}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            answer = await handle(request)
            accepted = request.headers.get("accept", "")
            wanted = request.query_params.get("format", "csv" if accepted.startswith(CSV) else "json")
            if wanted != "csv" or answer.status_code != 200:
                return answer
            name = request.url.path.removeprefix("/api/reports/").replace("/", "-")
            headers = {"Content-Disposition": f'attachment; filename="hilo-{name}.csv"', "Cache-Control": "no-store"}
            return Response(as_csv(rows_of(orjson.loads(answer.body))), media_type=CSV, headers=headers)

        return handled


def rows_of(report: Any) -> list[dict[str, Any]]:
    """The rows of a report: itself, the one list in it, or itself as the only row."""
    if isinstance(report, list):
        return report
    lists = [value for value in report.values() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else [{key: value for key, value in report.items() if value not in lists}]


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """With a heading in Spanish; an id is nothing to a reader of tables, so that of a {id, name} is left out."""
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    columns = [key for key in (rows[0] if rows else {}) if key not in ("id", "key")]
    table.writerow([HEADINGS.get(column, column) for column in columns])
    table.writerows([[_cell(row[column]) for column in columns] for row in rows])
    return written.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "sí" if value else "no"
        case float():
            return f"{value:g}".replace(".", ",") if abs(value) < 1e6 else f"{value:.0f}"
        case {"name": name}:
            return _cell(name)
        case str():
            return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
        case _:
            return str(value)


def table_router(tag: str) -> APIRouter:
    """The router of reports, each of which is also a table."""
    return APIRouter(
        tags=[tag],
        route_class=TableRoute,
        generate_unique_id_function=lambda route: route.name,
        max_body_size=MAX_BODY,
        dependencies=[Depends(wants_csv)],
    )
