"""Backstage's catalog API, so that its clients work against this portal unchanged."""
