"""The API: parse, call one verb, answer. One module per resource; the contract is what partners rely on."""
