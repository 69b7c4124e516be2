"""What holds for every route, plugins' included, generated from the list of routes: nothing of another tenant comes out,
GET changes nothing, and nothing is changed without the token of this site and session."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.core import photos
from werkzeug.routing import IntegerConverter, Rule, UUIDConverter

from talkoot.people import links
from talkoot.testing import canaries
from talkoot.testing.crawling import crawl, plain_paths, rules_of
from talkoot.testing.rows import differences, every_row
from talkoot.testing.towns import MARK
from talkoot.web.csrf import SIGNED  # taken without a token: tests/core/test_mail_choices.py

ROLES = (
    "guest",
    "stranger",
    "resident",
    "convener",
    "moderator",
    "official",
    "councillor",
    "clerk",
    "editor",
    "admin",
    "operator",
)
MADE_UP = {"uuid": [uuid4()], "int": [987_654_321], "text": ["no-such-thing"]}
# Routes whose argument is no thing of a tenant: the brand colour is any six digits, a language is a word of the site.
NOT_A_THING = {"front.colours"}
LEAK = MARK.lower().encode()


# --- another tenant's ids --------------------------------------------------------------------------------------------


def kind_of(rule: Rule, argument: str) -> str:
    converter = rule._converters[argument]
    return (
        "uuid" if isinstance(converter, UUIDConverter) else "int" if isinstance(converter, IntegerConverter) else "text"
    )


def fillings(rule: Rule, values: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Every way to fill a route's arguments with these values."""
    names = sorted(rule.arguments)
    for combination in itertools.product(*(values[kind_of(rule, name)] for name in names)):
        yield dict(zip(names, combination, strict=True))


def path_to(app: Any, rule: Rule, filling: dict[str, Any]) -> str:
    return str(app.url_map.bind("localhost").build(rule.endpoint, filling, append_unknown=False, force_external=False))


@pytest.fixture
def foreign(app, as_role, neighbour, world) -> dict[str, list[Any]]:
    """What only the neighbour has: ids, numbers, slugs, a picture that all may see there, signed links."""
    picture = photos.posted(as_role("resident", tenant=neighbour), f"/topics/{world.things['kronoby', 'topic']}/reply")
    planted = canaries.plant(app.settings, neighbour.id)
    shown = [world.things["kronoby", name] for name in ("post", "second post", "body")]
    tokens = [
        links.sign(
            app.settings,
            purpose,
            neighbour,
            person=str(world.people["kronoby", "resident"]),
            nonce="x",
            invitation=str(uuid4()),
            member=str(world.members["kronoby", "resident"]),
            what="all",
        )
        for purpose in ("confirm", "reset", "invite", "unsubscribe")
    ]
    return {
        "uuid": [*canaries.ids(planted), *shown, world.members["kronoby", "resident"]],
        "int": [canaries.NUMBER, world.things["kronoby", "topic 2"]],
        "text": [
            *canaries.slugs(planted),
            world.things["kronoby", "forum"],
            neighbour.slug,
            f"{picture}.webp",
            *tokens,
        ],
    }


def asked_for(app: Any, values: dict[str, list[Any]]) -> Iterator[tuple[Rule, dict[str, Any]]]:
    """Every page of a thing, asked for by each of these values."""
    for rule in rules_of(app, "GET"):
        if rule.arguments and rule.endpoint not in NOT_A_THING:
            yield from ((rule, filling) for filling in fillings(rule, values))


@pytest.fixture
def theirs(app, as_role, neighbour, foreign) -> list[tuple[Rule, dict[str, Any]]]:
    """Of what only the neighbour has, the pages on which somebody at home finds something."""
    at_home = [as_role(role, neighbour) for role in ("admin", "resident")]

    def is_there(rule: Rule, filling: dict[str, Any]) -> bool:
        path = path_to(app, rule, filling)
        return any(visitor.get(path).status_code != 404 for visitor in at_home)

    return [(rule, filling) for rule, filling in asked_for(app, foreign) if is_there(rule, filling)]


def test_another_tenants_thing_answers_as_one_that_does_not_exist(app, as_role, theirs):
    """GET on the town's site with the neighbour's ids: same status as for a made-up id, and no byte of the neighbour."""
    assert len(theirs) > 50
    for role in ROLES:
        visitor = as_role(role)
        expected: dict[str, set[int]] = {}
        for rule, filling in asked_for(app, MADE_UP):
            expected.setdefault(rule.endpoint, set()).add(visitor.get(path_to(app, rule, filling)).status_code)
        for rule, filling in theirs:
            made_up, response = expected[rule.endpoint], visitor.get(path_to(app, rule, filling))
            assert 200 not in made_up, f"{rule} shows a page for a made-up {sorted(rule.arguments)}"
            assert response.status_code in made_up, (
                f"{role} {rule} {filling}: {response.status_code}, made up: {made_up}"
            )
            assert not leaks(response, filling), f"{role} {rule} {filling}"


def leaks(response: Any, asked: dict[str, Any]) -> bool:
    """Whether the neighbour's mark is in the answer, beyond the address that was asked for (the language links repeat it)."""
    answer = response.data.lower() + str(response.headers).lower().encode()
    for value in asked.values():
        answer = answer.replace(str(value).lower().encode(), b"")
    return LEAK in answer


def test_who_may_do_everything_gets_404_for_foreign_things(app, as_role, foreign):
    """Every value of the neighbour's in every place, of the right kind or not."""
    visitor = as_role("admin")
    for rule, filling in asked_for(app, foreign):
        assert visitor.get(path_to(app, rule, filling)).status_code == 404, (rule, filling)


def test_posting_to_foreign_things_changes_nothing(app, as_role, foreign, neighbour):
    """With a good token, as the town's main user: 404, and the neighbour's rows stay."""
    visitor = as_role("admin")
    token, before = visitor.token_of("/feedback"), every_row(app.settings, neighbour.id)
    for rule in rules_of(app, "POST"):
        if rule.arguments:
            for filling in fillings(rule, foreign):
                response = visitor.post(
                    path_to(app, rule, filling), data={"csrf_token": token, "submission": str(uuid4())}
                )
                assert response.status_code in (404, 429), (rule, filling, response.status_code)
                visitor.network = f"10.250.{hash(str(filling)) % 250}.{hash(str(rule)) % 250}"
    assert differences(before, every_row(app.settings, neighbour.id)) == {}


# --- the canaries -----------------------------------------------------------------------------------------------------


def own_values(app: Any, tenant_id: int) -> dict[str, list[Any]]:
    """The town's own ids, numbers and slugs, to open also what no page links to."""
    rows = every_row(app.settings, tenant_id)
    ids = [
        value
        for table in ("membership", "post", "organisation", "invitation")
        for row in rows[table]
        for value in row
        if isinstance(value, UUID)
    ]
    return {
        "uuid": sorted(set(ids)),
        "int": [1, 2, 3],
        "text": ["kylat", "keskusta", "contact", "keski-pohjanmaa", "site", "people"],
    }


@pytest.mark.parametrize("role", ROLES)
def test_reading_shows_nothing_of_the_neighbour_and_changes_nothing(app, as_role, town, neighbour, role):
    """Every page that the role can reach on the town's site, feeds and downloads included; and none of them breaks."""
    visitor, starts = as_role(role), plain_paths(app)
    canaries.plant(app.settings, neighbour.id)
    if role in ("guest", "resident", "admin", "operator"):
        own = own_values(app, town.id)
        starts += [path_to(app, rule, filling) for rule, filling in asked_for(app, own)]
    before = every_row(app.settings)
    answers = crawl(visitor, starts, most=2000)
    assert differences(before, every_row(app.settings)) == {}
    for path, response in answers.items():
        assert not leaks(response, {}), f"{role}: {path}"
        assert response.status_code < 500, f"{role}: {path} answered {response.status_code}"
    shown = [path for path, response in answers.items() if response.status_code == 200]
    assert len(shown) >= 15, shown


def test_no_byte_of_the_neighbour_by_host_name(app, as_role, neighbour):
    canaries.plant(app.settings, neighbour.id)
    answers = crawl(as_role("admin", by="host"), plain_paths(app))
    assert len(answers) > 20
    assert not [path for path, response in answers.items() if LEAK in response.data.lower()]


def test_the_canaries_sing_at_home(app, as_role, neighbour):
    """The same crawl on the neighbour's own site finds them: else the tests above would prove nothing."""
    everything = b"".join(r.data for r in crawl(as_role("admin", neighbour), plain_paths(app)).values())
    for word in (
        "first post, edited",
        "Katuvalot",
        "Byar",
        "Centrum",
        "hidden reason",
        "lifted",
        "Resident Testinen",
        "contact: the town hall",
    ):
        assert f"{MARK}-{word}".encode() in everything, word


# --- GET is safe ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["guest", "admin"])
def test_asking_for_the_head_is_asking_for_the_page(app, as_role, town, role):
    """A view that tells GET from the rest by `== "GET"` takes HEAD, which needs no token, for a post."""
    visitor, own = as_role(role), own_values(app, town.id)
    before = every_row(app.settings)
    for rule in rules_of(app, "GET"):
        path = path_to(app, rule, next(fillings(rule, own)))
        got, head = visitor.get(path), visitor.head(path)
        assert (head.status_code, head.data) == (got.status_code, b""), path
        assert head.headers.get("Content-Type") == got.headers.get("Content-Type"), path
    assert differences(before, every_row(app.settings)) == {}


# --- nothing changes without the token of this site -------------------------------------------------------------------


def posting_paths(app: Any, town: Any) -> list[str]:
    """Every route that takes another method than GET, filled with the town's own things where it has arguments."""
    own = {kind: values[:1] for kind, values in own_values(app, town.id).items()}
    methods = ("POST", "PUT", "PATCH", "DELETE")
    rules = {rule.endpoint: rule for method in methods for rule in rules_of(app, method) if rule.endpoint not in SIGNED}
    return sorted(path_to(app, rule, next(fillings(rule, own))) for rule in rules.values())


def _without(_visitor: Any, _neighbour: Any) -> dict[str, Any]:
    return {"data": {}}


def _made_up(_visitor: Any, _neighbour: Any) -> dict[str, Any]:
    return {"data": {"csrf_token": "ImFiYyI.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"}}


def _of_the_neighbour(visitor: Any, neighbour: Any) -> dict[str, Any]:
    town, visitor.tenant, prefix = visitor.tenant, neighbour, visitor.prefix
    visitor.prefix = f"/{neighbour.slug}"
    token = visitor.token_of("/feedback")
    visitor.tenant, visitor.prefix = town, prefix
    return {"data": {"csrf_token": token}}


def _of_a_guest(visitor: Any, _neighbour: Any) -> dict[str, Any]:
    from talkoot.testing.visitors import Visitor

    guest = Visitor(visitor.talkoot, visitor.tenant)
    return {"data": {"csrf_token": guest.token_of("/feedback")}}


def _from(header: str, value: str) -> Callable[[Any, Any], dict[str, Any]]:
    return lambda visitor, _neighbour: {
        "data": {"csrf_token": visitor.token_of("/feedback")},
        "headers": {header: value},
    }


FORGERIES: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
    "no token": _without,
    "made-up token": _made_up,
    "the neighbour's token": _of_the_neighbour,
    "a guest's token": _of_a_guest,
    "Origin null": _from("Origin", "null"),
    "Origin elsewhere": _from("Origin", "https://evil.example"),
    "Origin of the neighbour's host": _from("Origin", "http://kronoby.localhost:8000"),
    "another port": _from("Origin", "http://localhost:9000"),
    "cross-site": _from("Sec-Fetch-Site", "cross-site"),
    "same-site": _from("Sec-Fetch-Site", "same-site"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_request_changes_nothing(app, as_role, town, neighbour, forgery):
    visitor = as_role("admin")
    request = FORGERIES[forgery](visitor, neighbour)
    before = every_row(app.settings)
    paths = posting_paths(app, town)
    assert len(paths) >= 15
    for path in paths:
        assert visitor.post(path, **request).status_code == 400, path
    assert differences(before, every_row(app.settings)) == {}


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost:8000"}, {"Sec-Fetch-Site": "same-origin"}])
def test_an_honest_request_is_taken(as_role, headers):
    visitor = as_role("resident")
    response = visitor.submit("/feedback", text="The lamp at the school is dark.", headers=headers)
    assert response.status_code == 200


# --- every route says who may --------------------------------------------------------------------------------------

ASKS = {"require", "require_person", "member_id"}
PUBLIC = {  # endpoint → why nobody is asked
    "search.found": "finds what the reader may see anyway; its query asks for each conversation",
    "site.home": "the front page; its sections ask for themselves",
    "site.area": "areas are public",
    "site.text": "the footer's pages are public by law",
    "site.logo": "it stands in the head of every public page",
    "site.on_home_screen": "the name, colour and logo that stand in the head of every public page",
    "files.picture": "whoever may see the post it stands in, which the view looks up: tests/core/test_pictures.py",
    "site.policy": "the rules are public",
    "site.robots_txt": "for crawlers",
    "site.favicon": "leads to the drawing that every page names",
    "front.find": "names of municipalities are public",
    "front.find_json": "names of municipalities are public",
    "front.colours": "a stylesheet of any colour, says nothing about anybody",
    "people.sign_up": "for who has no account",
    "people.sign_in": "for who is not signed in",
    "people.sign_out": "ends the session of whoever asks, if any",
    "people.confirm": "the signed link is the key",
    "people.new_password": "the signed link is the key",
    "people.invitation": "the signed link is the key",
    "people.forgotten": "for who cannot sign in",
    "people.local_mailbox": "only in the demo and on loopback, checked in the view",
    "push.worker": "a script that is the same for all and holds nothing",
    "notices.unsubscribe": "the signed link is the key",
    "people.kept_mail": "only in the demo and on loopback, checked in the view",
    "followup.promises": "public promises only",
    "incoming.webhook": "a program's signature is the key, and no cookie or token counts: tests/core/mail/test_webhook.py",
    "contributions.follow": "the code on the slip is the key",
    "forums.tenant_feed": "public topics only",
    "forums.area_feed": "public topics only",
    "forums.forum_feed": "public forums only",
    "forums.topic_feed": "topics of public forums only",
    "forums.tag_feed": "topics of public forums only",
    "forums.shared": "public forums that the region shares",
    "conversations.permalink": "located() shows only what its place and moderation let be seen",
    "conversations.versions": "located() shows only what its place and moderation let be seen",
}


def asks(function: Any, depth: int = 4) -> bool:
    """Whether a view calls here.require… itself or through functions of Talkoot that it calls."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError):
        return False
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ASKS:
            return True
        called = _called(function, call.func)
        if depth and inspect.isfunction(called) and called.__module__.startswith("talkoot") and asks(called, depth - 1):
            return True
    return False


def _called(function: Any, node: ast.expr) -> Any:
    if isinstance(node, ast.Name):
        return function.__globals__.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = function.__globals__.get(node.value.id)
        return getattr(module, node.attr, None) if inspect.ismodule(module) else None
    return None


@pytest.mark.database("sqlite")
def test_every_route_says_who_may(app):
    views = {endpoint: view for endpoint, view in app.view_functions.items() if "." in endpoint}
    silent = {endpoint for endpoint, view in views.items() if endpoint not in PUBLIC and not asks(inspect.unwrap(view))}
    gated = {endpoint for endpoint in silent if asks_before(app, endpoint)}
    assert silent - gated == set(), "call here.require(…), or say in PUBLIC why nobody is asked"


def asks_before(app: Any, endpoint: str) -> bool:
    """A blueprint's own before_request may ask for all its routes (the staff's, the operators')."""
    name = endpoint.partition(".")[0]
    return any(asks(function) for function in app.before_request_funcs.get(name, ()))


@pytest.mark.database("sqlite")
def test_the_list_of_public_routes_holds_nothing_that_is_gone(app):
    assert set(PUBLIC) <= set(app.view_functions)


@pytest.mark.parametrize("endpoint", ["staff", "operators"])
@pytest.mark.parametrize("role", ["guest", "stranger", "resident", "convener"])
def test_staff_pages_are_closed_to_others(app, as_role, visitor, world, role, endpoint):
    if endpoint == "staff":
        who = as_role(role)
        rules = [rule for rule in rules_of(app, "GET") if rule.endpoint.startswith("staff.")]
    else:
        who = visitor(None) if role == "guest" else visitor(None).sign_in_as(world.people["kokkola", role])
        rules = [
            rule
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("operators.") and "GET" in (rule.methods or ())
        ]
    assert rules
    for rule in rules:
        for filling in fillings(rule, MADE_UP):
            assert who.get(path_to(app, rule, filling)).status_code in (303, 403, 404), rule
