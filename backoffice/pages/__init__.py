"""The pages staff live on: HTML rendered here, written to through the API, kept fresh by `stream`."""
