"""How long a browser stays signed in, however much it is used."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from sqlalchemy import select

from talkoot import clock as watch
from talkoot.people import accounts, lifetimes, sessions
from talkoot.people.models import PersonSession
from talkoot.testing.towns import PASSWORD

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("life", "age", "unused", "over"),
    [
        (lifetimes.RESIDENT, 29 * DAY, HOUR, False),
        (lifetimes.RESIDENT, 30 * DAY + HOUR, timedelta(0), True),
        (lifetimes.RESIDENT, 20 * DAY, 13 * DAY, False),
        (lifetimes.RESIDENT, 20 * DAY, 14 * DAY + HOUR, True),
        (lifetimes.STAFF, 11 * HOUR, 7 * HOUR, False),
        (lifetimes.STAFF, 11 * HOUR, 9 * HOUR, True),
        (lifetimes.STAFF, 13 * HOUR, timedelta(0), True),
        (lifetimes.OPERATOR, 11 * HOUR, HOUR / 2, False),
        (lifetimes.OPERATOR, 2 * HOUR, HOUR * 1.1, True),
        (lifetimes.OPERATOR, 13 * HOUR, timedelta(0), True),
    ],
)
def test_when_a_session_is_over(life, age, unused, over):
    moment = watch.now()
    assert life.is_over(moment - age, moment - unused) == over


@pytest.mark.database("sqlite")
def test_the_strictest_duty_decides_and_nobody_stays_longer_than_a_resident():
    assert lifetimes.of(staff=False, operator=False) is lifetimes.RESIDENT
    assert lifetimes.of(staff=True, operator=False) is lifetimes.STAFF
    assert lifetimes.of(staff=True, operator=True) is lifetimes.of(staff=False, operator=True) is lifetimes.OPERATOR
    for life in (lifetimes.STAFF, lifetimes.OPERATOR):
        assert life.idle <= lifetimes.RESIDENT.idle
        assert life.whole <= lifetimes.RESIDENT.whole


def known(visitor):
    response = visitor.get("/account")
    response.close()  # what is written after the response has then been written
    return response.status_code == 200


def test_a_session_that_is_used_daily_ends_after_thirty_days(as_role, clock):
    who = as_role("resident")
    for _ in range(29):
        clock.shift(DAY)
        assert known(who)
    clock.shift(DAY + HOUR)
    assert not known(who)


@pytest.mark.parametrize(("role", "idle", "whole"), [("official", 8, 12), ("operator", 1, 12)])
def test_staff_sign_in_anew_every_day(as_role, clock, role, idle, whole):
    who, left_alone, resident = as_role(role), as_role(role), as_role("resident")
    for _ in range(2 * whole):
        clock.shift(HOUR / 2)
        assert known(who)
    clock.shift(HOUR / 4)
    assert not known(who), "used all day, and over in the evening"
    assert not known(left_alone), f"nobody used it for more than {idle} hours"
    assert known(resident)


def test_old_rows_are_deleted_at_night(as_role, clock, writing, reading):
    who = as_role("resident")
    for day in range(31):
        clock.shift(DAY)
        if day == 25:
            as_role("councillor")  # a younger session, which stays
        with writing(None) as db:
            accounts.end_idle_sessions(db, lifetimes.RESIDENT.idle)
            rows = db.scalars(select(PersonSession)).all()
            for row in rows:
                row.seen_at = watch.now()
    with reading(None) as db:
        (left,) = db.scalars(select(PersonSession)).all()
    assert watch.now() - left.created_at < 7 * DAY
    assert not known(who)


def test_the_browser_keeps_the_cookie_as_long_as_a_session_may_last(visitor):
    """Not for a fortnight only: who comes every day need not sign in every other week."""
    response = visitor().submit("/sign-in", email="resident@kokkola.example", password=PASSWORD)
    cookie = SimpleCookie(
        next(h for h in response.headers.getlist("Set-Cookie") if h.startswith(f"{sessions.COOKIE}="))
    )
    assert int(cookie[sessions.COOKIE]["max-age"]) == lifetimes.RESIDENT.whole.total_seconds()
