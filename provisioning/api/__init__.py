"""Blueprints, requests, approvals and resources for scripts."""
