"""Backstage's catalog API, below /api/catalog/."""

from django.urls import path

from catalog.api import analysis, by_query, entities, locations
from catalog.api.base import endpoint

_NAMED = "<str:kind>/<str:namespace>/<str:name>"

urlpatterns = [
    path("entities", endpoint(remember=True, GET=entities.entities)),
    path("entities/by-query", endpoint(remember=True, GET=by_query.by_query_get, POST=by_query.by_query_post)),
    path("entities/by-refs", endpoint(remember=True, POST=entities.by_refs)),
    path("entities/by-uid/<str:uid>", endpoint(remember=True, GET=entities.by_uid, DELETE=entities.delete_by_uid)),
    path(f"entities/by-name/{_NAMED}", endpoint(remember=True, GET=entities.by_name)),
    path(f"entities/by-name/{_NAMED}/ancestry", endpoint(remember=True, GET=entities.entity_ancestry)),
    path("entity-facets", endpoint(remember=True, GET=entities.facets, POST=entities.facets_of_query)),
    path("refresh", endpoint(POST=locations.refresh)),
    path("locations", endpoint(GET=locations.locations, POST=locations.register)),
    path("locations/by-query", endpoint(POST=locations.locations_by_query)),
    path("locations/<str:pk>", endpoint(GET=locations.location, PUT=locations.move, DELETE=locations.unregister)),
    path(f"locations/by-entity/{_NAMED}", endpoint(GET=locations.location_by_entity)),
    path("analyze-location", endpoint(POST=analysis.analyze_location)),
    path("validate-entity", endpoint(POST=analysis.validate_entity)),
    path("<anything:rest>", endpoint()),
]
