"""Documents that leave the house: a dossier as HTML and as a Word document, both of the same values."""
