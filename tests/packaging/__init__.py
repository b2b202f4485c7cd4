"""How Puente is packed: what can be checked of a container without building it."""
