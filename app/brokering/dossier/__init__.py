"""The dossier of a case: what an adviser reads before a decision, as plain values in one language."""

from app.brokering.dossier.drawing import dossier
from app.brokering.dossier.values import Dossier, Matter, Taken

__all__ = ["Dossier", "Matter", "Taken", "dossier"]
