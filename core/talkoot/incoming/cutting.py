"""What somebody has written in an answer, without what they answered to.

Three ways of answering: above what is quoted, below it, and between its lines. Most programs put a mark before each
quoted line; those that do not put the sender, day and subject of the mail before all of it, and people answer above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from talkoot.incoming import phrases

MOST_LINES = 5  # of what an answer between the lines answers to
LONGEST_LEAD = 4  # lines that "On Monday … wrote:" may be broken into
LONGEST_HEADER = 6  # lines of sender, day and subject within which two more than the sender are found


@dataclass
class Block:
    """Lines that follow each other and are all quoted, or all the writer's own."""

    quoted: bool
    lines: list[str]


def cut(text: str) -> str:
    """The writer's own words; where they answer between quoted lines, with the last of those before each answer."""
    lines = [line.rstrip() for line in _one_kind_of_lines(text).split("\n")]
    blocks = _blocks(lines[: _end(lines)])
    for i, block in enumerate(blocks, 1):
        block.lines = _answered_to(block.lines) if block.quoted else _own(block.lines, leads=i < len(blocks))
    told = [block for block in blocks if any(line.strip() for line in block.lines)]
    own = [block for block in told if not block.quoted]
    if len(own) == 1:
        return _trimmed(own[0].lines)
    while told and told[-1].quoted:
        told.pop()
    return "\n\n".join(_trimmed(block.lines[-MOST_LINES:] if block.quoted else block.lines) for block in told)


def _one_kind_of_lines(text: str) -> str:
    """Plain line ends and spaces, and no characters without width, which some programs put beside addresses."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u202f", " ")
    return re.sub("[\u200b\u200e\u200f\u2028\ufeff\u2060]", "", text)


def _end(lines: list[str]) -> int:
    """Where something begins that was not marked as quoted: our own line, or a mail below the answer."""
    ends = [i for i in range(len(lines)) if _begins_a_mail(lines, i)]
    end = min([*ends, *_marks(lines), len(lines)])
    while end and (not lines[end - 1].strip() or phrases.RULE.fullmatch(lines[end - 1])):
        end -= 1
    return end


def _marks(lines: list[str]) -> list[int]:
    """The first line of "reply above this line" that stands unquoted, as far as there is one."""
    text = "\n".join(lines)
    starts = [text.count("\n", 0, found.start()) for found in phrases.MARK.finditer(text)]
    return [start for start in starts if not phrases.QUOTED.match(lines[start])][:1]


def _begins_a_mail(lines: list[str], i: int) -> bool:
    line = lines[i]
    if phrases.QUOTED.match(line) or not line.strip():
        return False
    if phrases.SEPARATOR.fullmatch(line) and len(line) < 80:
        return True
    if phrases.FROM.match(line):
        near = lines[i + 1 : i + 1 + LONGEST_HEADER]
        return sum(bool(phrases.OTHER_HEADER.match(other)) for other in near) >= 2
    return _lead(lines, i, certain=True) is not None and not _quoted_next(lines, i)


def _lead(lines: list[str], i: int, *, certain: bool) -> int | None:
    """The last line of an "On Monday Anna wrote:" that begins here. `certain`: it names an address or a time of the day."""
    joined = ""
    for last in range(i, min(i + LONGEST_LEAD, len(lines))):
        if not lines[last].strip() or phrases.QUOTED.match(lines[last]):
            return None
        joined = f"{joined} {lines[last].strip()}".strip()
        if joined.endswith(":") and phrases.WROTE.search(joined) and len(joined) < 400:
            dated, addressed = phrases.WHEN.search(joined), phrases.ADDRESS.search(joined)
            return last if (addressed and dated) or (not certain and (dated or addressed)) else None
    return None


def _quoted_next(lines: list[str], i: int) -> bool:
    """Whether the next lines that are not empty, after a lead that begins here, are quoted."""
    last = _lead(lines, i, certain=True)
    following = next((lines[n] for n in range((last or i) + 1, len(lines)) if lines[n].strip()), "")
    return bool(phrases.QUOTED.match(following))


def _blocks(lines: list[str]) -> list[Block]:
    """Empty lines belong to what stands before them."""
    found: list[Block] = []
    for line in lines:
        quoted = bool(phrases.QUOTED.match(line)) if line.strip() else (found[-1].quoted if found else False)
        if not found or found[-1].quoted != quoted:
            found.append(Block(quoted, []))
        found[-1].lines.append(line)
    return found


def _own(lines: list[str], *, leads: bool) -> list[str]:
    """Own lines without signature, the phone's advertisement, and the "… wrote:" before a quotation (`leads`)."""
    if leads:
        lines = _without_lead(lines)
    signature = next((i for i, line in enumerate(lines) if phrases.SIGNATURE.fullmatch(line)), len(lines))
    return [line for line in lines[:signature] if not phrases.DEVICE.fullmatch(line.strip())]


def _without_lead(lines: list[str]) -> list[str]:
    end = len(_trimmed_end(lines))
    for start in range(max(0, end - LONGEST_LEAD), end):
        if _lead(lines, start, certain=False) == end - 1:
            return lines[:start]
    return lines


def _answered_to(lines: list[str]) -> list[str]:
    """The last paragraph of what was quoted, once quoted, without our own line and mails quoted in it."""
    text = phrases.MARK.sub("", "\n".join(lines))
    once = [re.sub(r"^\s{0,3}[>|]\s?", "", line) for line in text.split("\n")]
    kept = [line for line in _trimmed_end(once) if not phrases.QUOTED.match(line) and not phrases.RULE.fullmatch(line)]
    while kept and not kept[-1].strip():
        kept.pop()
    start = next((i + 1 for i in range(len(kept) - 1, -1, -1) if not kept[i].strip()), 0)
    return [f"> {line}" for line in kept[start:] if line.strip("- ")]


def _trimmed_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _trimmed(lines: list[str]) -> str:
    """The lines as one text; what would be code in Markdown because it is set in is not."""
    text = "\n".join(re.sub(r"^( {4,}|\t)\s*", "", line) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
