"""What the databases themselves do for search: PostgreSQL's one definer function, SQLite's full-text table and its triggers.

Row-level security keeps PostgreSQL from using an index of words, because `@@` might tell of rows that the policy hides:
64 ms instead of 0.2. So one function runs with the rights of a role that nobody can sign in as and that may read the
index only; it names the tenant of the transaction itself and gives nothing but ids, which the application reads again
under its own rights. `talkoot doctor` knows this function word by word and refuses any other (db/isolation.py).
"""

from __future__ import annotations

SLICE = 4_096  # entries
FIRST_SLICES = (
    2  # looked at first: PostgreSQL's index of words knows no order, and the newest of a common word are there
)
NUMBERS = 32  # bits of an entry's number within its tenant's range of SQLite's row ids
SLICE_MARK = "@"

FUNCTION = ROLE = "talkoot_search"  # the function, and the role that owns it
SIGNATURE = "(text, text[], integer)"
_MATCHING = "FROM public.search_entry e WHERE e.tenant_id + 0 = own AND NOT e.hidden AND e.words @@"
# Entries of the tenant that the transaction names. `levels`: narrower queries, whose place is an entry's rank.
# Where the newest slices hold enough they are all that is read; how many slices that takes is guessed from the first, and
# the whole index is read when it would be a good part of it. Each rank is asked for by itself without the ones before it,
# so that every entry is visited once and its words, most of its row, are not read. "+ 0" keeps the planner from reading
# all of the tenant's entries by their key.
BODY = f"""
DECLARE
  own integer := NULLIF(current_setting('talkoot.tenant', true), '')::integer;
  every integer := 1 + (SELECT max(e.number) FROM public.search_entry e WHERE e.tenant_id = own) / {SLICE};
  slices integer := {FIRST_SLICES};
  there integer;
  newest tsquery;
  wide tsquery := wanted;
  base tsquery := levels[2];
  exact tsquery := levels[1];
BEGIN
  WHILE slices < every LOOP
    newest := (SELECT string_agg(quote_literal(own || '{SLICE_MARK}' || every - s), '|')::tsquery
      FROM generate_series(1, slices) s);
    there := (SELECT count(*) FROM (SELECT {_MATCHING} (wide && newest) LIMIT most) f);
    IF there = most THEN
      wide := wide && newest;
      base := base && newest;
      exact := exact && newest;
      EXIT;
    END IF;
    slices := least(2 * slices::bigint * most / greatest(there, 1), every);
    EXIT WHEN slices > every / 4;
  END LOOP;
  RETURN QUERY
    SELECT f.id, f.number, f.rank, f.conversation_id FROM (
      SELECT e.id, e.number, 1 AS rank, e.conversation_id {_MATCHING} exact
      UNION ALL SELECT e.id, e.number, 2, e.conversation_id {_MATCHING} (base && !!exact)
      UNION ALL SELECT e.id, e.number, 3, e.conversation_id {_MATCHING} (wide && !!base)
    ) f ORDER BY f.number DESC LIMIT most;
END
"""  # noqa: S608 our own names and numbers
# ROWS: told a thousand, PostgreSQL reads every topic of the tenant to tell which may be seen; few words are in so many posts.
# Plans are kept: making them anew took longer than most searches.
CREATE_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION {FUNCTION}(wanted text, levels text[], most integer)"
    " RETURNS TABLE (id uuid, number integer, rank integer, conversation_id uuid)"
    " LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50"
    " SET search_path = pg_catalog SET enable_seqscan = off SET plan_cache_mode = force_generic_plan"
    f" AS $body${BODY}$body$"
)
INDEX = "ix_search_entry_words"
# Without a list of entries that wait to be put in, which every search would have to read through.
CREATE_INDEX = f"CREATE INDEX {INDEX} ON search_entry USING gin (words) WITH (fastupdate = off)"
# Where a post stands, and whether it is hidden, follows in the transaction that changes it, whoever does.
TRIGGER = "post_searched"
_CHANGED = f"CREATE TRIGGER {TRIGGER} AFTER UPDATE OF conversation_id, hidden_at, erased_at ON post"
_FOLLOW = (
    "UPDATE search_entry SET conversation_id = NEW.conversation_id, hidden = NEW.hidden_at IS NOT NULL"
    " WHERE tenant_id = NEW.tenant_id AND id = NEW.id;"
    " DELETE FROM search_entry WHERE tenant_id = NEW.tenant_id AND id = NEW.id AND NEW.erased_at IS NOT NULL;"
)
POSTGRESQL = (
    CREATE_INDEX,
    CREATE_FUNCTION,
    f"REVOKE ALL ON FUNCTION {FUNCTION}{SIGNATURE} FROM PUBLIC",
    f"CREATE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {_FOLLOW} RETURN NULL; END $body$",
    f"{_CHANGED} FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()",
)
POSTGRESQL_UNDONE = (
    f"DROP TRIGGER {TRIGGER} ON post",
    f"DROP FUNCTION {TRIGGER}()",
    f"DROP FUNCTION {FUNCTION}{SIGNATURE}",
)

TABLE = "search_fts"
_ROW = f"{{0}}.tenant_id << {NUMBERS} | {{0}}.number"
_OUT = f"INSERT INTO {TABLE} ({TABLE}, rowid, words) VALUES ('delete', {_ROW.format('OLD')}, OLD.words);"  # noqa: S608 our own names
_IN = f"INSERT INTO {TABLE} (rowid, words) VALUES ({_ROW.format('NEW')}, NEW.words);"  # noqa: S608 as above
SQLITE = (
    # Ours are the words: nothing is folded or cut here, and only our marks join letters.
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(words, content='', columnsize=0, tokenize=\"ascii tokenchars '=~+_:-@'\")",
    f"CREATE TRIGGER search_entry_in AFTER INSERT ON search_entry BEGIN {_IN} END",
    f"CREATE TRIGGER search_entry_out AFTER DELETE ON search_entry BEGIN {_OUT} END",
    f"CREATE TRIGGER search_entry_anew AFTER UPDATE OF number, words ON search_entry BEGIN {_OUT} {_IN} END",
    f"{_CHANGED} BEGIN {_FOLLOW} END",
)
SQLITE_UNDONE = (f"DROP TRIGGER {TRIGGER}", "DROP TRIGGER search_entry_out", f"DROP TABLE {TABLE}")
