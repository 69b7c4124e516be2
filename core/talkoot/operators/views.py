"""Pages of the installation's operators."""

from __future__ import annotations

from flask import Blueprint

operators = Blueprint("operators", __name__, url_prefix="/operator")
