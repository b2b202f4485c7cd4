"""Learning from brokers' decisions: which weights would have put first what they took?"""

from app.learning.decisions import Choice, Decision, digest, read, written
from app.learning.fit import Change, Lesson, TooFew, learn

__all__ = ["Change", "Choice", "Decision", "Lesson", "TooFew", "digest", "learn", "read", "written"]
