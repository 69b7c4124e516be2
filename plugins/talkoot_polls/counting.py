"""Counting votes: plainly, or round by round where people have put the options in order.

Ranked polls are counted by instant-runoff voting (Robert's Rules of Order, 12th ed., 45:62; also known as the alternative
vote): whoever comes last drops out, and those votes go to the next option on each ballot, until one option has more than
half. Of options with equally few votes the one drops out that had fewer in the rounds before, else the one further down the
list; when all that are left have equally many, it is a tie.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Ballots = Sequence[tuple[Sequence[int], int]]  # the options chosen, and on how many ballots
Round = list[int | None]  # votes of each option; None once it has dropped out


def counted(kind: str, options: int, ballots: Ballots) -> dict[str, Any]:
    """The result as it is kept with a poll: `votes` of each option, of a ranked one in the last of its `rounds`; `best` are
    the options with the most, or the winner; several are a tie.
    """
    if kind == "ranked":
        rounds, best = runoff(options, ballots)
        return {"votes": rounds[-1], "rounds": rounds, "best": best}
    votes = [sum(count for chosen, count in ballots if option in chosen) for option in range(options)]
    most = max(votes, default=0)
    return {"votes": votes, "best": [option for option, n in enumerate(votes) if n == most and n]}


def runoff(options: int, ballots: Ballots) -> tuple[list[Round], list[int]]:
    """The rounds, and who has won: one option, several that are equal, or none without votes."""
    left, rounds = list(range(options)), list[Round]()
    while True:
        votes = _first_choices(left, ballots)
        rounds.append([votes.get(option) for option in range(options)])
        total, most = sum(votes.values()), max(votes.values())
        if not total:
            return rounds, []
        if 2 * most > total or min(votes.values()) == most:
            return rounds, [option for option in left if votes[option] == most]
        out = _dropping_out(left, rounds)
        left = [option for option in left if option not in out]


def _first_choices(left: Sequence[int], ballots: Ballots) -> dict[int, int]:
    votes = dict.fromkeys(left, 0)
    for chosen, count in ballots:
        first = next((option for option in chosen if option in votes), None)
        if first is not None:
            votes[first] += count
    return votes


def _dropping_out(left: Iterable[int], rounds: Sequence[Round]) -> set[int]:
    """Who drops out after the last of these rounds: all without any vote, else one."""
    last = list(left)
    if nobodys := {option for option in last if not rounds[-1][option]}:
        return nobodys
    for votes in reversed(rounds):
        fewest = min(votes[option] or 0 for option in last)
        last = [option for option in last if (votes[option] or 0) == fewest]
    return {last[-1]}
