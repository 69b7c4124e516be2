"""A plugin that breaks the contract stops the start, and the message names it and says what is wrong."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest
from flask import Blueprint
from tests.rules.contract_plugins import installed, made_up, tables_of

from talkoot import ConversationKind, FollowKind, Job, Permission, ScopeKind, Setting, Statistic, registry
from talkoot.errors import SetupError

TENANT_OWNED = (
    "class Poll(Base, TenantOwned):\n    __tablename__ = 'raffles_poll'\n    author_id: Mapped[UUID | None]\n"
)
PERSON = "    __table_args__ = ({'info': {'person': 'author_id', 'erase': 'anonymise'}},)\n"


def demo(world):
    """Fills nothing."""


def refused(*modules) -> str:
    with pytest.raises(SetupError) as error:
        registry.load(extra=modules)
    return str(error.value)


def refused_with_pages(app, blueprint) -> str:
    with pytest.raises(SetupError) as error, installed(app, made_up(blueprints=(blueprint,))):
        pass
    return str(error.value)


def test_a_good_one_is_loaded(tmp_path):
    found = registry.load(extra=(made_up(),))
    assert "raffles" in found.plugins
    assert {"forums", "noticeboard"} < set(found.plugins)


def test_a_misspelt_hook(tmp_path):
    def nav_itmes(tenant):
        return []

    message = refused(made_up(hooks=(nav_itmes,)))
    assert "raffles" in message
    assert "nav_itmes" in message


def test_an_argument_that_the_hook_has_not():
    def nav_items(tenant, request):
        return []

    message = refused(made_up(hooks=(nav_items,)))
    assert "raffles" in message
    assert "request" in message


def test_no_plugin_object():
    module = made_up()
    del module.plugin
    assert "talkoot_raffles has no `plugin = Plugin(...)`" in refused(module)


def test_a_plugin_that_cannot_be_imported(tmp_path, monkeypatch):
    (tmp_path / "talkoot_broken.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    points = [EntryPoint("broken", "talkoot_broken", "talkoot.plugins")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == "talkoot.plugins" else [])
    with pytest.raises(SetupError, match=r"The plugin broken \(talkoot_broken\) cannot be loaded.*no_such_library"):
        registry.load()
    sys.modules.pop("talkoot_broken", None)


def test_a_theme_that_is_none(tmp_path, monkeypatch):
    (tmp_path / "talkoot_theme_dull.py").write_text('"""No theme in here."""\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    points = [EntryPoint("dull", "talkoot_theme_dull", "talkoot.themes")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == "talkoot.themes" else [])
    with pytest.raises(SetupError, match=r"talkoot_theme_dull has no `theme = Theme\(...\)`"):
        registry.load()
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    with pytest.raises(SetupError, match="No theme is installed"):
        registry.load()
    sys.modules.pop("talkoot_theme_dull", None)


def test_two_of_one_name():
    assert "Two installed plugins are called raffles" in refused(made_up(), made_up())
    assert "Two installed plugins are called forums" in refused(made_up("forums"))


@pytest.mark.parametrize(
    ("core", "words"),
    [(">=9", "it works with Talkoot >=9, this is"), ("about 1", "is not a version range"), ("<0.1", "it works with")],
)
def test_a_core_that_it_was_not_made_for(core, words):
    message = refused(made_up(core=core))
    assert message.startswith("Plugin raffles: ")
    assert words in message


def test_a_requirement_that_is_missing():
    assert refused(made_up(requires=("calendar",))) == "Plugin raffles requires calendar, which is not installed"


def test_requirements_in_a_circle():
    message = refused(made_up("raffles", requires=("juries",)), made_up("juries", requires=("raffles",)))
    assert "in a circle" in message
    assert "raffles" in message
    assert "juries" in message


def test_requirements_decide_the_order():
    modules = [made_up("aaa", requires=("zzz",)), made_up("zzz", requires=("forums",))]
    order = list(registry.load(extra=modules).plugins)
    assert order.index("forums") < order.index("zzz") < order.index("aaa")


@pytest.mark.parametrize(
    "name",
    [
        "Raffles",
        "my_raffles",
        "po",
        "raffles-2",
        "p" * 31,
        "site",
        "staff",
        "people",
        "post",
        "area",
        "tenant",
        "2raffles",
    ],
)
def test_a_name_that_cannot_be(name):
    assert "must be 3 to 30 lower-case letters and digits, and not one of core's own" in refused(made_up(name))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"permissions": (Permission("voting.vote", "Vote", ("member",)),)},
            "Permission 'voting.vote' must begin with 'raffles.'",
        ),
        ({"settings": (Setting("forums.days", "Days", 1),)}, "Setting 'forums.days' must begin with 'raffles.'"),
        ({"jobs": (Job("count", lambda db, identity: None),)}, "Job 'count' must begin with 'raffles.'"),
        (
            {"statistics": (Statistic("rafflesters", "Raffles", lambda db: 1),)},
            "Statistic 'rafflesters' must begin with 'raffles.'",
        ),
        (
            {"conversations": (ConversationKind("forums.topic", lambda db, ids: {}, lambda db, identity: None),)},
            "ConversationKind 'forums.topic' must begin with 'raffles.'",
        ),
        (
            {"scopes": (ScopeKind("forums.forum", lambda db, ids, language: {}),)},
            "ScopeKind 'forums.forum' must begin with 'raffles.'",
        ),
        (
            {"follows": (FollowKind("forums.forum", "Forum", lambda db, ids: {}),)},
            "FollowKind 'forums.forum' must begin with 'raffles.'",
        ),
        ({"blueprints": (Blueprint("voting", __name__),)}, "blueprint 'voting' must be named 'raffles'"),
        ({"permissions": (Permission("raffles.vote", "Vote", ("mebmer",)),)}, "names roles that do not exist: mebmer"),
        (
            {"permissions": (Permission("raffles.vote", "Vote", ()), Permission("raffles.vote", "Vote", ()))},
            "Permission 'raffles.vote' is declared twice",
        ),
        (
            {"settings": (Setting("raffles.kind", "Kind", "open", ("secret",)),)},
            "its default is not one of its choices",
        ),
        (
            {
                "conversations": (
                    ConversationKind("raffles.raffle", lambda *_: {}, lambda *_: None, reply=lambda *_: None),
                )
            },
            "conversation 'raffles.raffle' takes replies by mail, but its `write` is no permission of the plugin",
        ),
    ],
)
def test_facts_that_are_wrong(facts, words):
    message = refused(made_up(**facts))
    assert message.startswith("Plugin raffles: ")
    assert words in message


# --- duties that come with tables -----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "migrations").mkdir()
    return tmp_path


def test_tables_with_all_duties_done(folder):
    with tables_of("raffles", TENANT_OWNED + PERSON):
        assert [
            t.name for t in registry.load(extra=(made_up(folder=folder, hooks=(demo,)),)).plugins["raffles"].tables()
        ] == ["raffles_poll"]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (TENANT_OWNED, "table raffles_poll does not say whose data it holds"),
        (TENANT_OWNED.replace("raffles_poll", "votes_poll") + PERSON, "table votes_poll must begin with raffles_"),
        (
            "class Poll(Base):\n    __tablename__ = 'raffles_poll'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
            "    author_id: Mapped[UUID | None]\n" + PERSON,
            "table raffles_poll must be TenantOwned",
        ),
    ],
    ids=["no person", "another's prefix", "no tenant"],
)
def test_tables_that_are_wrong(folder, model, words):
    with tables_of("raffles", model):
        message = refused(made_up(folder=folder, hooks=(demo,)))
    assert message.startswith("Plugin raffles: ")
    assert words in message


def test_tables_without_migrations(tmp_path):
    with tables_of("raffles", TENANT_OWNED + PERSON):
        assert "it has tables but no migrations folder" in refused(made_up(folder=tmp_path, hooks=(demo,)))


def test_tables_without_a_demo(folder):
    with tables_of("raffles", TENANT_OWNED + PERSON):
        assert "does not fill the demo region" in refused(made_up(folder=folder))


def test_tables_whose_data_are_handed_over_by_hand(folder):
    def export_person(db, membership_id):
        return {}

    def erase_person(db, membership_id, keep_texts):
        return None

    with tables_of("raffles", TENANT_OWNED):
        assert "does not say whose data" in refused(made_up(folder=folder, hooks=(demo, export_person)))
        assert (
            "raffles"
            in registry.load(extra=(made_up(folder=folder, hooks=(demo, export_person, erase_person)),)).plugins
        )


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    ["before_app_request", "after_app_request", "teardown_app_request", "app_context_processor", "app_errorhandler"],
)
def test_a_blueprint_that_reaches_into_every_page(app, method):
    blueprint = Blueprint("raffles", __name__)
    register = getattr(blueprint, method)
    (register(ZeroDivisionError) if method == "app_errorhandler" else register)(lambda *a: None)
    message = refused_with_pages(app, blueprint)
    assert message.startswith("Plugin raffles: a blueprint may not act on the whole application")


def test_a_page_that_belongs_to_no_blueprint(app):
    blueprint = Blueprint("raffles", __name__)
    blueprint.record(lambda state: state.app.add_url_rule("/raffles", "raffles_index", lambda: "raffles"))
    assert refused_with_pages(app, blueprint).startswith("Plugin raffles: ")


@pytest.mark.parametrize("address", ["/feedback", "/forums/", "/notices/<number:number>"])
def test_an_address_that_belongs_to_somebody_else(app, address):
    blueprint = Blueprint("raffles", __name__)
    blueprint.add_url_rule(address, "index", lambda **_values: "raffles")
    assert (
        refused_with_pages(app, blueprint) == f"Plugin raffles: the address {address} belongs to another part already"
    )


def test_a_blueprint_inside_another_is_gated_too(app, town, visitor):
    """The gate asks for the outermost blueprint, so parts of a plugin go off with it."""
    from talkoot.testing.visitors import Visitor

    outer, inner = Blueprint("raffles", __name__), Blueprint("results", __name__, url_prefix="/results")
    inner.add_url_rule("/", "index", lambda: "results")
    outer.register_blueprint(inner)
    with installed(app, made_up(blueprints=(outer,)), on=("kokkola",)) as other:
        tenants = other.directory.current().by_slug
        assert Visitor(other, tenants["kokkola"]).get("/results/").text == "results"
        assert Visitor(other, tenants["kronoby"]).get("/results/").status_code == 404


# --- requirements and the switch ----------------------------------------------------------------------------------------


def test_a_plugin_is_off_where_something_that_it_requires_is_off(app, writing):
    from talkoot.tenants import registering

    chain = (made_up("aaa", requires=("bbb",)), made_up("bbb", requires=("ccc",)), made_up("ccc"))
    with installed(app, *chain) as other:
        assert {"aaa", "bbb", "ccc"} <= other.directory.current().by_slug["kokkola"].plugins
        with writing(None) as db:
            registering.switch_plugin(db, other.directory.current().by_slug["kokkola"].id, "ccc", False)
        assert not {"aaa", "bbb", "ccc"} & other.directory.current().by_slug["kokkola"].plugins
