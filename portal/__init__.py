"""Wires everything: settings, addresses, the queue and its schedule. Nobody imports it."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
