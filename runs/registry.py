"""Pipelines by name, and where subjects of runs have their page. Filled in each app's ``ready()``."""

from collections.abc import Callable

from runs.pipeline import Pipeline

_pipelines: dict[str, Pipeline] = {}
_subject_urls: dict[str, Callable[[str], str]] = {}


def register(pipeline: Pipeline) -> None:
    """Make ``pipeline`` known; its name must be new."""
    assert pipeline.name not in _pipelines, f"two pipelines are called {pipeline.name}"
    _pipelines[pipeline.name] = pipeline


def pipeline_named(name: str) -> Pipeline:
    """The pipeline called ``name``; KeyError if nobody registered it."""
    return _pipelines[name]


def known_pipelines() -> list[str]:
    """The names of all."""
    return list(_pipelines)


def register_subject(kind: str, url: Callable[[str], str]) -> None:
    """Say where a subject of ``kind`` has its page: a function from its id to an address."""
    _subject_urls[kind] = url


def subject_url(kind: str, subject_id: str) -> str:
    """The page of a subject; empty when its kind has none."""
    return _subject_urls[kind](subject_id) if kind in _subject_urls else ""
