"""Pages of a municipality's staff."""

from __future__ import annotations

from flask import Blueprint

from talkoot.web import here
from talkoot.web.render import page

staff = Blueprint("staff", __name__, url_prefix="/staff")


@staff.get("/")
def desk() -> str:
    here.require("tenant.staff_pages")
    return page("staff/desk.html")
