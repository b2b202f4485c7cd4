"""The pages as Chromium shows them."""
