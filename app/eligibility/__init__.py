"""May this instrument pay for this exchange? Rules of the catalogue, answered one by one."""

from app.eligibility.judge import Finding, Situation, Verdict, best_first, judge

__all__ = ["Finding", "Situation", "Verdict", "best_first", "judge"]
