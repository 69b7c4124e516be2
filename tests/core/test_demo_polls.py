"""The demo's tags and polls: every kind of poll, counted rightly, and tags that lead somewhere."""

from __future__ import annotations

from collections import Counter

import pytest

from talkoot import clock
from talkoot.conversations.models import Post
from talkoot.demo.world import Scale
from talkoot_forums import topic_tags
from talkoot_forums.models import Tag, Topic, TopicTag
from talkoot_polls.counting import counted
from talkoot_polls.models import KINDS, Ballot, Poll, Voter

pytestmark = pytest.mark.xdist_group("demo")  # the region is loaded once for all tests of it


def test_both_towns_have_a_poll_of_each_kind(demo):
    for town, language in (("kokkola", "fi"), ("kronoby", "sv")):
        polls = [poll for poll in demo.rows[Poll] if poll.tenant_id == demo.tenants[town].id]
        assert {poll.kind for poll in polls} == set(KINDS)
        assert {poll.language for poll in polls} == {language}
        assert {poll.anonymous for poll in polls} == {True, False}
        assert {poll.closes_at <= clock.now() for poll in polls} == {True, False}


def test_their_results_are_what_their_votes_say(demo):
    for poll in demo.rows[Poll]:
        ballots = [ballot for ballot in demo.rows[Ballot] if ballot.poll_id == poll.id]
        voters = [voter.membership_id for voter in demo.rows[Voter] if voter.poll_id == poll.id]
        assert len(ballots) == len(set(voters)) == len(voters) == poll.voters > 10
        counts = Counter(tuple(ballot.choices) for ballot in ballots)
        assert poll.result == counted(poll.kind, len(poll.options), list(counts.items()))
        assert all(1 <= len(ballot.choices) <= poll.most for ballot in ballots)
        assert {ballot.membership_id is None for ballot in ballots} == {poll.anonymous}


def test_they_stand_under_what_begins_a_discussion(demo):
    posts = {post.id: post for post in demo.rows[Post]}
    for poll in demo.rows[Poll]:
        assert posts[poll.post_id].n == 1
        assert posts[poll.post_id].author_id == poll.author_id
        assert posts[poll.post_id].created_at <= poll.created_at < poll.closes_at


@pytest.mark.parametrize("which", [None, Scale(3, 5_200)], ids=["region", "composed"])
def test_topics_have_tags_of_their_own_sites(kept, database_kind, which):
    demo = kept(database_kind, which)
    tags = {tag.id: tag for tag in demo.rows[Tag]}
    of_topics = Counter(given.topic_id for given in demo.rows[TopicTag])
    assert all(tags[given.tag_id].tenant_id == given.tenant_id for given in demo.rows[TopicTag])
    assert max(of_topics.values()) <= topic_tags.MOST
    assert len(of_topics) > len(demo.rows[Topic]) / 3


@pytest.mark.parametrize("which", [None, Scale(3, 5_200)], ids=["region", "composed"])
def test_who_was_heard_is_told_rightly(kept, database_kind, which):
    demo = kept(database_kind, which)
    posts = demo.posts_by_conversation()
    for topic in demo.rows[Topic]:
        others = [p for p in posts[topic.conversation_id] if p.hidden_at is None and p.author_id != topic.author_id]
        assert topic.heard is bool(others), topic.title
