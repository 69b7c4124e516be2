"""What plugin authors may import; everything else in this package may change without notice."""

from talkoot.plugin import (
    ConversationKind,
    Job,
    NavItem,
    Permission,
    Place,
    Plugin,
    ScopeKind,
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
    "Job",
    "NavItem",
    "Permission",
    "Place",
    "Plugin",
    "ScopeKind",
    "Section",
    "Setting",
    "Statistic",
    "SummaryItem",
    "TakePart",
    "Theme",
    "hookimpl",
]
