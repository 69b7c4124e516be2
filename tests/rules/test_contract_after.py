"""`post_made` is owed to every plugin: one that fails is told again later, the others once, and who gave up is seen."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.rules.contract_plugins import installed, made_up

from talkoot.jobs import delivery, worker
from talkoot.jobs.models import Outbox
from talkoot.people.models import Membership
from talkoot.testing.visitors import Visitor

KIND = "conversations.post_made:raffles"


@pytest.fixture
def told(app, world, clock):
    """`with told(fails=3) as site:` plugins "early" and "raffles" note who is told; "raffles" raises the first three times."""

    @contextmanager
    def install(fails=0, on=("kokkola",)):
        heard, times = {"early": [], "raffles": []}, []

        def of(name):
            def post_made(db, post):
                if name == "raffles":
                    times.append(clock)
                    db.find(Membership, id=world.members["kokkola", "resident"]).about = "half told"
                    db.flush()
                    if len(times) <= fails:
                        raise ConnectionError("the far end is away")
                heard[name].append(post.source)

            return post_made

        modules = [made_up(name, hooks=(of(name),)) for name in ("early", "raffles")]
        worker.run_all(app)  # what furnishing the towns has left
        with installed(app, *modules, on=on) as other:
            yield Site(other, world, heard)

    return install


class Site:
    def __init__(self, app, world, heard) -> None:
        self.app, self.world, self.heard = app, world, heard

    def post(self, text="Kerron tästä kaikille.") -> str:
        resident = Visitor(self.app, self.tenant, network="10.66.0.2").sign_in_as(
            self.world.people["kokkola", "resident"]
        )
        answer = resident.submit(f"/topics/{self.world.things['kokkola', 'topic']}/reply", text=text)
        assert answer.status_code == 303
        return text

    @property
    def tenant(self):
        return self.app.directory.current().by_slug["kokkola"]

    def waiting(self) -> list[Outbox]:
        with self.app.database.session(None) as db:
            return list(db.scalars(select(Outbox).where(Outbox.done_at.is_(None))))

    def about(self) -> str:
        with self.app.database.session(self.tenant) as db:
            return db.find(Membership, id=self.world.members["kokkola", "resident"]).about


def test_each_plugin_is_told_once(told):
    with told() as site:
        text = site.post()
        worker.run_all(site.app)
        assert site.heard == {"early": [text], "raffles": [text]}
        assert site.waiting() == []


def test_the_one_that_failed_is_told_again_and_the_others_are_not(told, clock):
    with told(fails=2) as site:
        text = site.post()
        delivery.run_one(site.app, site.waiting()[0].id)
        assert site.heard == {"early": [text], "raffles": []}
        assert site.about() == "about: resident lives here.", "what it wrote before it failed is undone"
        assert [(job.kind, job.tenant_id) for job in site.waiting()] == [(KIND, site.tenant.id)]
        for _ in range(2):
            clock.shift(timedelta(minutes=5))
            worker.tick(site.app)
        assert site.heard == {"early": [text], "raffles": [text]}
        assert site.about() == "half told"
        assert site.waiting() == []


def test_it_waits_longer_each_time_and_is_given_up_in_the_end(told, clock):
    with told(fails=99) as site:
        site.post()
        worker.run_all(site.app)
        (job,) = site.waiting()
        pauses = []
        for _ in range(delivery.GIVE_UP_AFTER + 2):
            before = site.waiting()[0].lease_until
            clock.move_to(before + timedelta(seconds=1))
            worker.tick(site.app)
            pauses.append((site.waiting()[0].lease_until - before).total_seconds())
        (job,) = site.waiting()
        assert job.tries == delivery.GIVE_UP_AFTER
        assert "the far end is away" in job.error
        assert pauses[0] < pauses[3] < pauses[6]
        assert pauses[-1] == 0, "nobody tries any more"
        assert site.heard["raffles"] == []


def test_a_plugin_that_is_off_is_not_told(told):
    with told(on=("kronoby",)) as site:
        site.post()
        worker.run_all(site.app)
        assert site.heard == {"early": [], "raffles": []}
        assert site.waiting() == []


def test_a_slow_one_is_told_of_the_next_post_too(told):
    with told() as site:
        site.app.registry.guard.slow_seconds = 0.0
        texts = [site.post(text) for text in ("Ensimmäinen.", "Toinen.")]
        worker.run_all(site.app)
        assert site.heard["raffles"] == texts
