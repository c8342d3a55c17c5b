"""``/api/proxy/…``: what app-config.yaml's ``proxy`` lets people and scripts reach, in Backstage's shape."""
