"""The yardstick: the same 20 posts by Flask, SQLAlchemy Core and Jinja alone. No tenants, people, languages or cache."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace

from flask import Flask, abort, request
from sqlalchemy import create_engine, select

from talkoot import config
from talkoot.conversations.models import Post
from talkoot.people.models import Membership
from talkoot.tenants.models import TenantRow
from talkoot_forums.models import Topic

PAGE = 20
TEMPLATE = """<!doctype html>
<html lang="fi"><head><meta charset="utf-8"><title>{{ topic.title }}</title><link rel="stylesheet" href="/static/site.css"></head>
<body><header><a href="/">Forum</a> <nav><a href="/">Home</a> <a href="/forums">Forums</a> <a href="/sign-in">Sign in</a></nav></header>
<main><h1>{{ topic.title }}</h1><p>{{ topic.post_count }} posts, page {{ number }}</p>
{% for post in posts %}
<article id="p{{ post.n }}" class="post">
<header><a href="/people/{{ post.author_id }}">{{ post.name }}</a>
<a href="/posts/{{ post.id }}"><time datetime="{{ post.created_at.isoformat() }}">
{{ post.created_at.strftime("%d.%m.%Y %H:%M") }}</time> #{{ post.n }}</a></header>
<div class="prose" lang="{{ post.language }}">{{ post.html|safe }}</div>
<footer>{% for kind, count in post.reactions.items() %}<span class="reaction">{{ kind }} {{ count }}</span>{% endfor %}
<a href="/topics/{{ topic.number }}/reply?quote={{ post.id }}">Reply</a></footer>
</article>
{% endfor %}
<p><a href="/topics/{{ topic.number }}/reply">Reply</a></p></main><footer><p>Made for measuring.</p></footer></body></html>
"""

app = Flask(__name__, static_folder=None)
settings = config.load()
engine = create_engine(settings.owner_url.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=5)
template = app.jinja_env.from_string(TEMPLATE)
_post, _author, _topic, _tenant = (m.__table__ for m in (Post, Membership, Topic, TenantRow))
_posts = select(
    _post.c.id,
    _post.c.n,
    _post.c.html,
    _post.c.language,
    _post.c.reactions,
    _post.c.created_at,
    _post.c.author_id,
    _author.c.name,
).join_from(_post, _author, (_author.c.tenant_id == _post.c.tenant_id) & (_author.c.id == _post.c.author_id))


@lru_cache(maxsize=1000)
def tenant_id(slug: str) -> int | None:
    """A tenant's number, remembered."""
    with engine.connect() as connection:
        return connection.execute(select(_tenant.c.id).where(_tenant.c.slug == slug)).scalar()


@app.get("/<slug>/topics/<int:number>")
def topic(slug: str, number: int) -> str:
    """A page of a topic by two queries."""
    tenant, page = tenant_id(slug), request.args.get("page", default=1, type=int)
    with engine.connect() as connection:
        found = connection.execute(
            select(_topic.c.number, _topic.c.title, _topic.c.post_count, _topic.c.conversation_id).where(
                _topic.c.tenant_id == tenant, _topic.c.number == number
            )
        ).one_or_none()
        if found is None:
            abort(404)
        first = (page - 1) * PAGE
        posts = connection.execute(
            _posts.where(
                _post.c.tenant_id == tenant,
                _post.c.conversation_id == found.conversation_id,
                _post.c.n > first,
                _post.c.n <= first + PAGE,
            ).order_by(_post.c.n)
        ).all()
    return template.render(topic=found, posts=posts, number=page)


@app.get("/healthz")
def healthz() -> str:
    """The server answers."""
    return "ok"


# What gunicorn.conf.py asks of an application before and after it forks.
app.database = engine  # type: ignore[attr-defined]
app.directory = SimpleNamespace(current=lambda: None)  # type: ignore[attr-defined]
app.settings = settings  # type: ignore[attr-defined]
