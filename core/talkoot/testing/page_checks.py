"""Checks of a plugin's pages and of what they hold: open, read-only, apart, gone when off, cheap, forgetting."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import urljoin

from talkoot.people import memberships, privacy
from talkoot.testing import walking, watching
from talkoot.testing.towns import MARK, NEIGHBOUR, TOWN
from talkoot.testing.trials import PRIVATE, Trial
from talkoot.testing.visitors import Visitor
from talkoot.testing.walking import Seen

ROLES = ("guest", "stranger", "resident", "admin")
WRITES = ("INSERT", "UPDATE", "DELETE")
FIRST_ROW = 2  # statements that the first row of a kind may cost, where there was none before


def pages_open(trial: Trial) -> Iterator[str]:
    """No page that can be reached fails, and none leads to a page of the plugin that is not there."""
    for role in ROLES:
        for page in walking.walk(trial.visitor(role), trial.name):
            if page.status >= 500 or (page.status == 404 and role == "admin"):
                yield f"/{page.path.lstrip('/')} answers {page.status} to {role}"


def reading_writes_nothing(trial: Trial) -> Iterator[str]:
    """A GET changes no row; seen-times of sessions are core's own and not counted."""
    for role in ("guest", "resident", "admin"):
        visitor = trial.visitor(role)
        with watching.counted() as statements:
            pages = walking.walk(visitor, trial.name)
        written = {
            s.split("(")[0].strip()
            for s in statements
            if s.lstrip().upper().startswith(WRITES) and "person_session" not in s
        }
        yield from (f"opening its {len(pages)} pages as {role} writes: {statement}" for statement in sorted(written))


def towns_stay_apart(trial: Trial) -> Iterator[str]:
    """Nothing of the neighbour is in a byte made for the town, whatever addresses and ids are tried; nothing can change it."""
    theirs = [page for role in ROLES for page in walking.walk(trial.visitor(role, NEIGHBOUR), trial.name)]
    before = _fingerprint(trial, NEIGHBOUR)
    for role in ROLES:
        visitor = trial.visitor(role)
        for page in walking.walk(visitor, trial.name):
            if MARK in page.text:
                yield f"{page.path} shows {role} a text of another municipality"
        for path in sorted({page.path for page in theirs}):
            if MARK in visitor.get(path).get_data(as_text=True):
                yield f"{path}, an address of another municipality, shows {role} its text"
        _post_everything(trial, visitor, theirs)
    if _fingerprint(trial, NEIGHBOUR) != before:
        yield "a form sent in one municipality with another's ids changed the other's rows"


def _post_everything(trial: Trial, visitor: Visitor, pages: list[Seen]) -> None:
    """Send a form to each of the plugin's addresses, with the arguments that another municipality's pages have."""
    token = visitor.token_of("/feedback")
    urls = trial.app.url_map.bind("localhost")
    for rule in trial.app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] != trial.name or "POST" not in (rule.methods or ()):
            continue
        for arguments in {p.arguments for p in pages if {name for name, _ in p.arguments} >= rule.arguments}:
            values = {name: value for name, value in arguments if name in rule.arguments}
            visitor.post(
                urls.build(rule.endpoint, values, method="POST"),
                data={"csrf_token": token, "text": "tried by somebody else"},
            )


def _fingerprint(trial: Trial, slug: str) -> str:
    rows = [(table.name, trial.rows(slug, table)) for table in trial.loaded.tables()]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def switched_off_means_unreachable(trial: Trial) -> Iterator[str]:
    """Switched off, without a restart: no page, form, link or comment of it is left, for nobody."""
    everybody = [trial.visitor(role) for role in ROLES]
    pages = [page for visitor in everybody for page in walking.walk(visitor, trial.name)]
    comments = {link for page in pages for link in _comment_links(page)}
    trial.switch(False)
    for visitor in everybody:
        token = visitor.token_of("/feedback")
        for path in sorted({page.path for page in pages} | comments):
            if (status := visitor.get(path).status_code) != 404:
                yield f"{path} still answers {status}"
            if (status := visitor.post(path, data={"csrf_token": token}).status_code) not in (404, 405):
                yield f"{path} still takes forms ({status})"
        home = visitor.get("/").get_data(as_text=True)
        yield from (
            f"the home page still leads to {path}"
            for path in walking.first_paths(visitor, trial.name)
            if f'"{visitor.prefix}{path}"' in home
        )
    trial.switch(True)
    if any(page.status >= 400 for page in walking.walk(trial.visitor("admin"), trial.name)):
        yield "switched on again, its pages do not come back"


def _comment_links(page: Seen) -> set[str]:
    """Addresses of core's pages about posts that stand on a page of the plugin."""
    marker, found = "/posts/", set[str]()
    for part in page.text.split(marker)[1:]:
        found.add(urljoin(marker, part[:36]))
    return found


def more_rows_cost_no_more_queries(trial: Trial) -> Iterator[str]:
    """Many more rows are read with as many statements as before: nothing is asked once per row."""
    visitor = trial.visitor("resident")
    paths = [page.path for page in walking.walk(visitor, trial.name) if page.status == 200]
    before = {path: _statements(trial, visitor, path) for path in paths}
    for _ in range(4):
        trial.write(TOWN, "resident")
        trial.write(TOWN, "admin")
    for path, (count, size) in before.items():
        now, size_now = _statements(trial, visitor, path)
        if now > count + FIRST_ROW and size_now >= size:
            yield f"{path} needed {count} statements, and {now} with more rows"


def _statements(trial: Trial, visitor: Visitor, path: str) -> tuple[int, int]:
    """How many statements a page takes, and how long it is; the second time, when what is remembered is remembered."""
    visitor.get(path)
    trial.app.directory.max_age = 3600.0
    with watching.counted() as seen:
        body = visitor.get(path).get_data()
    trial.app.directory.max_age = 0.0
    return len(seen), len(body)


def people_can_take_and_erase_their_data(trial: Trial) -> Iterator[str]:
    """Somebody who wrote gets all of it, and once erased leaves neither name nor contact details in the plugin's tables."""
    member_id = trial.world.members[TOWN, "resident"]
    yield from _export_faults(trial)
    with trial.app.app_context(), trial.app.database.session(trial.town, writing=True) as db:
        member = memberships.get(db, member_id)
        name = member.name
        privacy.erase(db, trial.app.registry, member)
    for table in trial.loaded.tables():
        emptied = table.info.get("person") if table.info.get("erase") in ("delete", "anonymise") else None
        for row in trial.rows(TOWN, table):
            if emptied and row[emptied] == member_id:
                yield f"{table.name}.{emptied} still points at somebody who was erased"
            for key, value in row.items():
                if any(trace in str(value) for trace in (name, PRIVATE, "resident@")):
                    yield f"{table.name}.{key} still holds what identified somebody who was erased"


def _export_faults(trial: Trial) -> Iterator[str]:
    member_id = trial.world.members[TOWN, "resident"]
    with trial.app.app_context(), trial.app.database.session(trial.town) as db:
        given = privacy.export(db, trial.app.registry, memberships.get(db, member_id))
    text = repr(given)
    for table in trial.loaded.tables():
        for row in trial.rows(TOWN, table):
            if member_id in row.values() and str(row["id"]) not in text and not _handed_over(row, text):
                yield f"{table.name} has a row of the person that their export lacks"


def _handed_over(row: dict[str, object], text: str) -> bool:
    """Whether the export has the words of a row, where a hook gives them in a form of its own."""
    words = [value for value in row.values() if isinstance(value, str) and len(value) > 8]
    return any(word in text for word in words)
