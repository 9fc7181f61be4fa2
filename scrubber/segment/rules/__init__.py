"""One module per label, each with `RULES`. Phrases were seen on several unrelated sites."""
