"""Downloads: bytes that a browser saves and never shows."""

from starlette.responses import Response


def download(body: bytes, name: str) -> Response:
    """Return bytes as a file of this name, which is one of ours."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/octet-stream", headers=headers)
