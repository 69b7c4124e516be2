"""Small parts of pages that are the same for all their readers, such as the row of a topic in a list: made once for all."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from flask import g, request
from jinja2 import Environment, pass_environment
from markupsafe import Markup

from talkoot.tenants.resolver import PRESENT
from talkoot.web import here


@pass_environment
def kept(environment: Environment, template: str, key: Hashable, **values: Any) -> Markup:
    """`{{ kept("forums/_topic_row.html", topic.id, topic=topic) }}`: the part as made for the first who was shown it.

    It is made of `values`, which the key must tell apart while the tenant's stamp stands: things of this tenant, as everybody
    sees them who sees them. It knows the page's tenant, language and root, and nothing of the reader.
    """
    page = {"tenant": g.tenant, "language": here.language(), "root": request.script_root}
    snapshot = request.environ[PRESENT][0]
    looks = (environment, page["language"], page["root"], snapshot.stamp, snapshot.days)

    def made() -> Markup:
        return Markup(environment.get_template(template).render(page | values))  # noqa: S704 a template's own output

    return here.db().remembered((template, key, looks), made, weight=_bytes)


def _bytes(part: Markup) -> int:
    return 2 * len(part) + 500  # with its key, and letters that take more than a byte


@pass_environment
def worded(environment: Environment, template: str, **values: Any) -> Markup:
    """`{{ worded("_editor_signs.html", headings=false) }}`: a part of nothing but words, the same on every site in a language."""
    return _worded(environment, template, here.language(), tuple(values.items()))


@lru_cache(maxsize=512)
def _worded(environment: Environment, template: str, _language: str, values: tuple[tuple[str, Any], ...]) -> Markup:
    return Markup(environment.get_template(template).render(dict(values)))  # noqa: S704 a template's own output
