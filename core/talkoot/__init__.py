"""What plugin authors may import; everything else in this package may change without notice."""

from talkoot.plugin import (
    ConversationKind,
    FollowKind,
    Job,
    NavItem,
    Permission,
    Place,
    Plugin,
    ScopeKind,
    Searched,
    Section,
    Setting,
    Statistic,
    SummaryItem,
    TakePart,
    Theme,
    hookimpl,
)

__version__ = "0.1.0"

__all__ = [
    "ConversationKind",
    "FollowKind",
    "Job",
    "NavItem",
    "Permission",
    "Place",
    "Plugin",
    "ScopeKind",
    "Searched",
    "Section",
    "Setting",
    "Statistic",
    "SummaryItem",
    "TakePart",
    "Theme",
    "hookimpl",
]
