"""The thesaurus of development cooperation: concepts, their labels in five languages, and finding them."""

from app.thesaurus.concepts import Concept, Thesaurus, load
from app.thesaurus.phrases import Mention, Phrases

__all__ = ["Concept", "Mention", "Phrases", "Thesaurus", "load"]
