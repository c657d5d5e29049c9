"""What the description of the API says of answers that other code than its resources gives: uploads, lines, exports."""

from typing import Any

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 10**15}
_TUS = {
    "name": "Tus-Resumable",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "enum": ["1.0.0"]},
}
_UPLOAD = {
    "name": "upload_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_METADATA = (
    "`key Base64` pairs, parted by commas: `filename`; `case`, the id of the case it is for; `purpose`: `footage` "
    "(unless said), `photo`, `sightings`, `streets` or `cameras`; `sha256` of the whole file, in 64 hexadecimal digits."
)
_REFUSED = {
    400: "Something the protocol asks for is missing or wrong.", 401: "Nobody is signed in, or the token is none.",
    403: "The account or the token does not cover it.", 404: "There is none, or it is somebody else's.",
    409: "The piece does not begin where the bytes that are here end.", 410: "It was not finished in time.",
    412: "Tus-Resumable: must be 1.0.0.", 413: "The file is too large.", 415: "The piece has another type.",
    422: "The case may not be searched or changed.", 423: "Somebody else sends to it at this moment.",
    429: "So many files are on their way already.", 460: "What came does not hash to what was said.",
    507: "The disk has no room.",
}  # fmt: skip


def _operation(id: str, words: str, done: dict[str, Any], *parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    refused = {str(code): {"description": why, "content": _PROBLEM} for code, why in _REFUSED.items()}
    told = {"operationId": id, "tags": ["uploads"], "summary": words.split(".")[0], "description": words}
    return told | {"parameters": [_TUS, *parameters], "responses": done | refused} | more


def _header(name: str, schema: dict[str, Any], words: str, *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": schema, "description": words}


_TEXT = {"type": "string", "maxLength": 2000}
PATHS: dict[str, Any] = {
    "/uploads": {
        "post": _operation(
            "beginUpload",
            "Begin to send a file, by tus 1.0 (tus.io). Any tus client does the rest: see docs/uploads.md. What has "
            "arrived becomes footage, a photo or a list by the resource of that name, which is told the upload's id.",
            {"201": {"description": "`Location` is where its bytes go.", "headers": {"Location": {"schema": _TEXT}}}},
            _header("Upload-Length", _WHOLE, "How many bytes the file has."),
            _header("Upload-Metadata", _TEXT, _METADATA, required=False),
        ),
    },
    "/uploads/{upload_id}": {
        "head": _operation(
            "readUpload",
            "How far an upload has come. `Upload-Offset` says how many bytes are safe here.",
            {"200": {"description": "How far it is.", "headers": {"Upload-Offset": {"schema": _WHOLE}}}},
            _UPLOAD,
        ),
        "patch": _operation(
            "sendPiece",
            "Send the piece that begins where the bytes that are here end.",
            {"204": {"description": "It is safe on the disk.", "headers": {"Upload-Offset": {"schema": _WHOLE}}}},
            _UPLOAD,
            _header("Upload-Offset", _WHOLE, "Where the piece begins."),
            _header("Upload-Checksum", _TEXT, "`sha1` or `sha256`, and the digest in Base64.", required=False),
            requestBody={"content": {"application/offset+octet-stream": {"schema": {"type": "string"}}}},
        ),
        "delete": _operation(
            "removeUpload",
            "Remove an upload of one's own that nobody has used. Its bytes are deleted.",
            {"204": {"description": "It is gone."}},
            _UPLOAD,
        ),
    },
}
"""Paths below /api, as OpenAPI writes them."""
