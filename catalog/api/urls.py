"""Backstage's catalog API, below /api/catalog/."""

from django.urls import path

from catalog.api import by_query, entities, locations
from catalog.api.base import endpoint

_NAMED = "<str:kind>/<str:namespace>/<str:name>"

urlpatterns = [
    path("entities", endpoint(GET=entities.entities)),
    path("entities/by-query", endpoint(GET=by_query.by_query_get, POST=by_query.by_query_post)),
    path("entities/by-refs", endpoint(POST=entities.by_refs)),
    path("entities/by-uid/<uuid:uid>", endpoint(GET=entities.by_uid)),
    path(f"entities/by-name/{_NAMED}", endpoint(GET=entities.by_name)),
    path("entity-facets", endpoint(GET=entities.facets, POST=entities.facets_of_query)),
    path("refresh", endpoint(POST=locations.refresh)),
    path("locations", endpoint(GET=locations.locations, POST=locations.register)),
    path("locations/by-query", endpoint(POST=locations.locations_by_query)),
    path("locations/<int:pk>", endpoint(GET=locations.location, DELETE=locations.unregister)),
    path(f"locations/by-entity/{_NAMED}", endpoint(GET=locations.location_by_entity)),
]
