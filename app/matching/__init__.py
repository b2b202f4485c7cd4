"""Who could teach whom: gates, features, score, explanation, and where to ask for support."""
