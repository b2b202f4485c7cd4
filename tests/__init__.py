"""What Puente claims, by need: core, cases, state, web, browser, crash."""
