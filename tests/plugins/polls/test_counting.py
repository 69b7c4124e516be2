"""Counting: examples that can be followed by hand, and what holds for any ballots."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from talkoot_polls.counting import counted, runoff


def test_single_and_several_count_each_option_chosen():
    assert counted("single", 3, [([0], 2), ([2], 3)]) == {"votes": [2, 0, 3], "best": [2]}
    assert counted("several", 3, [([0, 1], 2), ([1, 2], 1)]) == {"votes": [2, 3, 1], "best": [1]}


def test_equal_options_are_both_best_and_none_is_without_votes():
    assert counted("single", 3, [([0], 2), ([2], 2)])["best"] == [0, 2]
    assert counted("single", 2, [])["best"] == []
    assert counted("ranked", 2, [])["best"] == []


def test_the_last_drops_out_and_its_votes_go_on():
    """Tennessee's capital, the textbook's example: Memphis 42, Nashville 26, Chattanooga 15, Knoxville 17."""
    ballots = [([0, 1, 2, 3], 42), ([1, 2, 3, 0], 26), ([2, 3, 1, 0], 15), ([3, 2, 1, 0], 17)]
    rounds, best = runoff(4, ballots)
    assert rounds == [[42, 26, 15, 17], [42, 26, None, 32], [42, None, None, 58]]
    assert best == [3]


def test_more_than_half_at_once_needs_one_round():
    assert runoff(3, [([0], 3), ([1, 0], 2)]) == ([[3, 2, 0]], [0])


def test_options_without_a_vote_drop_out_together():
    rounds, best = runoff(4, [([0], 2), ([1], 2), ([3, 0], 1)])
    assert rounds[0] == [2, 2, 0, 1]
    assert rounds[1] == [2, 2, None, 1]
    assert best == [0]


def test_of_two_last_ones_the_one_drops_out_that_had_fewer_before():
    rounds, best = runoff(4, [([0], 5), ([1], 3), ([2], 2), ([3, 2], 1)])
    assert rounds == [[5, 3, 2, 1], [5, 3, 3, None], [5, 3, None, None]]
    assert best == [0]


def test_of_two_last_ones_that_were_always_equal_the_one_further_down_drops_out():
    assert runoff(3, [([0], 4), ([1], 2), ([2], 2)]) == ([[4, 2, 2], [4, 2, None]], [0])


def test_all_equal_is_a_tie():
    assert runoff(3, [([0], 2), ([2], 2)]) == ([[2, 0, 2], [2, None, 2]], [0, 2])


@st.composite
def elections(draw):
    options = draw(st.integers(2, 6))
    ballot = st.permutations(range(options)).flatmap(
        lambda order: st.integers(1, options).map(lambda length: tuple(order[:length]))
    )
    return options, draw(st.lists(st.tuples(ballot, st.integers(1, 9)), min_size=1, max_size=12))


@settings(max_examples=150, deadline=None)
@given(elections())
def test_it_always_ends_and_loses_no_vote(election):
    options, ballots = election
    rounds, best = runoff(options, ballots)
    assert best
    assert len(rounds) <= options
    whole = sum(count for _, count in ballots)
    for votes in rounds:
        assert sum(n or 0 for n in votes) <= whole
    firsts = [sum(count for ballot, count in ballots if ballot[0] == n) for n in range(options)]
    assert sum(rounds[0]) == whole
    if 2 * max(firsts) > whole:
        assert best == [firsts.index(max(firsts))]
    assert runoff(options, list(reversed(ballots))) == (rounds, best), "in whatever order they are read"
