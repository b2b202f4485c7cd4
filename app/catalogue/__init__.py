"""What the study says: countries, sectors, modalities, channels, instruments and who works where."""

from app.catalogue.facts import (
    Catalogue,
    Channel,
    Country,
    Coverage,
    Group,
    Instrument,
    Modality,
    Sector,
)
from app.catalogue.label import Label
from app.catalogue.load import load
from app.catalogue.reading import BadSeed

__all__ = [
    "BadSeed",
    "Catalogue",
    "Channel",
    "Country",
    "Coverage",
    "Group",
    "Instrument",
    "Label",
    "Modality",
    "Sector",
    "load",
]
