"""The session that everything but migrations uses: pinned to one tenant for its whole life."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Select, event, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from talkoot import guard
from talkoot.db import isolation
from talkoot.db.model import TenantOwned
from talkoot.errors import IsolationError

T = TypeVar("T")
MADE = "tenants_made"  # in a session's `info`: the ids of the tenants that were made in it

if TYPE_CHECKING:
    from talkoot.memory import Memory
    from talkoot.tenants.tenant import Tenant


class TenantSession(Session):
    """A database session of one tenant, or of the installation when `tenant` is None (then no tenant's rows exist).

    `writing` says whether it may change anything: on PostgreSQL the transaction is READ ONLY otherwise.
    Made by `Database.session()`; plugins get it, never the engine.
    """

    def __init__(
        self, *args: Any, tenant: Tenant | None, writing: bool, memory: Memory[Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, expire_on_commit=False, autoflush=True, **kwargs)
        self._tenant, self._memory = tenant, memory
        self.writing = writing
        self.quiet = False  # True: this write changes nothing that a page shows
        self.jobs: list[dict[str, Any]] = []  # rows of the outbox, written when this is committed (db/engine.py)
        self.stamp: int | None = None  # the tenant's, once it has been read in this transaction
        self._connection: Connection | None = None

    @property
    def tenant(self) -> Tenant:
        """The tenant of this session; raises IsolationError in a session of the installation."""
        if self._tenant is None:
            raise IsolationError("this session belongs to the installation, not to a tenant")
        return self._tenant

    @property
    def tenant_id(self) -> int | None:
        return self._tenant.id if self._tenant else None

    def connection(self, *args: Any, **kwargs: Any) -> Connection:
        """As SQLAlchemy's, which looks for it anew each time: that is a tenth of a page that asks three times."""
        if args or kwargs:
            return super().connection(*args, **kwargs)
        if self._connection is None or self._connection.closed:
            self._connection = super().connection()
        return self._connection

    def rollback(self) -> None:
        """As SQLAlchemy's; the jobs left in this session go with what they were for."""
        self.jobs.clear()
        super().rollback()

    def release(self) -> None:
        """Give the connection back before something that takes long. Nothing may have been written yet: it would be undone.

        On SQLite nobody else can write as long as a writing session holds its connection.
        """
        if self.new or self.dirty or self.deleted or self.jobs:
            raise IsolationError("a session that has written something was to be released")
        self.rollback()

    @contextmanager
    def entered(self, tenant: Tenant) -> Iterator[None]:
        """In this block a session of the installation is that of a tenant which it has made itself (`registering.add`).

        The one exception to a session's being pinned: a new site and its first rows are there together, or not at all. On
        an error everything is rolled back. Raises IsolationError for any other tenant, and in a tenant's session.
        """
        if self._tenant is not None or tenant.id not in self.info.get(MADE, ()):
            raise IsolationError(f"tenant {tenant.id} was not made in this session")
        self.flush()
        self._tenant = tenant
        try:
            isolation.name_tenant(self.connection(), tenant.id)
            yield
            self.flush()
            self.expunge_all()
            isolation.name_tenant(self.connection(), None)
        except BaseException:
            self.rollback()
            self.info.pop(MADE)
            raise
        finally:
            self._tenant = None

    def refresh(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """As SQLAlchemy's, which leaves the criteria below out here."""
        if isinstance(instance, TenantOwned) and instance.tenant_id != self.tenant_id:
            raise IsolationError(
                f"{type(instance).__name__} of tenant {instance.tenant_id} in a session of {self.tenant_id}"
            )
        super().refresh(instance, *args, **kwargs)

    def remembered(self, key: Hashable, read: Callable[[], T], weight: Callable[[T], int]) -> T:
        """What `read()` gives, out of this process's memory while the tenant's stamp stands; `weight` says how many bytes.

        For reading sessions that know the stamp; others read. What is kept is the same for every reader: who may see it
        is asked afterwards, and it is not to be changed. Not kept is what a plugin failed in: the next reader asks again.
        """
        if self.stamp is None or self.writing or self._memory is None:
            return read()
        key = (self.tenant.id, key)
        kept: tuple[int, T] | None = self._memory.get(key)
        if kept is None or kept[0] != self.stamp:
            before = guard.left_out()
            kept = (self.stamp, read())
            if guard.left_out() == before:
                self._memory.keep(key, kept, weight(kept[1]))
        return kept[1]

    def find(self, model: type[T], **values: Any) -> T | None:
        """The one row of this tenant with these column values, or None."""
        return self.scalars(for_tenant(self, model).filter_by(**values)).one_or_none()


def for_tenant(db: TenantSession, *entities: Any) -> Select[Any]:
    """Where every query on tenants' tables starts: a select of the first entity's rows of this session's tenant."""
    first = entities[0]
    owner = getattr(first, "class_", first)  # a column knows its model
    return select(*entities).where(owner.tenant_id == db.tenant.id)


@event.listens_for(TenantSession, "do_orm_execute")
def _only_own_rows(state: ORMExecuteState) -> None:
    """Second layer behind `for_tenant`: criteria on every ORM statement, joins and lazy loads included."""
    session = state.session
    if not isinstance(session, TenantSession) or state.is_column_load:
        return
    tenant_id = session.tenant_id or 0
    state.statement = state.statement.options(
        with_loader_criteria(TenantOwned, lambda model: model.tenant_id == tenant_id, include_aliases=True)
    )


@event.listens_for(TenantSession, "before_flush")
def _only_own_writes(session: TenantSession, _context: UOWTransaction, _instances: Any) -> None:
    """Refuse to write another tenant's object, or anything at all in a reading session."""
    changed = [*session.new, *session.dirty, *session.deleted]
    if changed and not session.writing:
        raise IsolationError(f"a reading session was asked to write {type(changed[0]).__name__}")
    for thing in changed:
        if not isinstance(thing, TenantOwned):
            continue
        if thing.tenant_id is None:
            thing.tenant_id = session.tenant.id
        if thing.tenant_id != session.tenant_id:
            raise IsolationError(
                f"{type(thing).__name__} of tenant {thing.tenant_id} in a session of {session.tenant_id}"
            )
