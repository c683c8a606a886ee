"""The commands of `azr-nb`, by topic; each module has a `register` that adds its own to the app."""
