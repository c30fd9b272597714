"""Meta's error bodies. Codes: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes"""

from typing import Any

TITLES = {
    4: "Application request limit reached",
    80007: "Rate limit issues",
    130429: "Rate limit hit",
    130472: "User's number is part of an experiment",
    131000: "Something went wrong",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131048: "Spam rate limit hit",
    131049: "This message was not delivered to maintain healthy ecosystem engagement.",
    131051: "Unsupported message type",
    131052: "Media download error",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132015: "Template is paused",
    132016: "Template is disabled",
    132018: "Template parameters are not valid",
    133010: "Account not registered",
}

WINDOW_DETAILS = (
    "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
)


class GraphError(Exception):
    """A refused request. `status` is the HTTP status, `details` what Meta puts in error_data.details."""

    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        status: int = 400,
        message: str = "",
        type_: str = "OAuthException",
        subcode: int | None = None,
        user: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(details or message)
        self.code = code
        self.details = details
        self.status = status
        self.message = message or f"(#{code}) {TITLES.get(code, 'Invalid parameter')}"
        self.type = type_
        self.subcode = subcode
        self.user = user
        """The title and the text meant for whoever uses the app (error_user_title, error_user_msg)."""

    def body(self, trace_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.user:
            error |= {"is_transient": False, "error_user_title": self.user[0], "error_user_msg": self.user[1]}
        error["fbtrace_id"] = trace_id
        return {"error": error}


def invalid(details: str) -> GraphError:
    return GraphError(131009, details)


def missing(details: str) -> GraphError:
    return GraphError(131008, details)


def too_long(parameter: str, limit: int) -> GraphError:
    """Code 100 as Meta words it for plain parameters such as text['body']."""
    return GraphError(100, message=f"(#100) Param {parameter} must be at most {limit} characters long.")


def unknown_object(object_id: str, verb: str = "get") -> GraphError:
    return GraphError(
        100,
        message=(
            f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be loaded "
            "due to missing permissions, or does not support this operation. "
            "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
        ),
        type_="GraphMethodException",
        subcode=33,
    )


def status_error(code: int, details: str) -> dict[str, Any]:
    """An entry of `errors` in a failed status webhook."""
    title = TITLES.get(code, "Message failed")
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
