"""Pictures as people send them, and the forms in which they do."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

WORDS = "A dark street lamp at a corner"
PLACE = b"63 deg 50"


def photo(kind: str = "JPEG", size: tuple[int, int] = (1200, 900), colour: Any = (40, 90, 60), **more: Any) -> bytes:
    """The bytes of a picture of two fields."""
    made = Image.new("P" if kind == "GIF" else "RGB", size, 3 if kind == "GIF" else colour)
    if kind != "GIF":
        made.paste((200, 180, 40), (0, 0, size[0] // 2, size[1] // 3))
    out = io.BytesIO()
    made.save(out, kind, **more)
    return out.getvalue()


def photo_of_a_phone(size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A photograph with what phones write into it: where and when it was taken, with what, and which way up."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0132], exif[0x0112] = "Secretphone", "2026:05:01 12:00:00", 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (63.0, 50.0, 17.5)
    return photo(size=size, exif=exif, comment=PLACE)


def send(
    person: Any, data: bytes, words: str = WORDS, name: str = "IMG_1.jpg", kind: str = "image/jpeg", **more: Any
) -> Any:
    """Send a picture as the script of the editor does."""
    token = more.pop("token", None) or person.token_of("/feedback")
    fields = {"csrf_token": token, "picture_words": words, **more}
    return post(person, "/files/", fields, data, name, kind)


def post(
    person: Any, path: str, fields: dict[str, Any], data: bytes, name: str = "x.jpg", kind: str = "image/jpeg"
) -> Any:
    """Send a form with a file in it."""
    sent = FileStorage(io.BytesIO(data), filename=name, content_type=kind)
    boundary, body = encode_multipart({**fields, "picture": sent})
    target = path if "?" in path else f"{path}?lang=en"
    return person.post(target, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def name_of(markdown: str) -> str:
    """The name of the picture that a text names first."""
    return markdown.partition("](file:")[2].partition(")")[0]


def posted(person: Any, path: str, data: bytes = b"") -> str:
    """Send a picture and have it stand in a reply; returns its name."""
    markdown = send(person, data or photo()).json["text"]
    assert person.submit(path, text=markdown).status_code == 303
    return name_of(markdown)
