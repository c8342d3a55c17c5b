"""Entities as Backstage knows them: references, kinds, fields, relations. Pure."""
