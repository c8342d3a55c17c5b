#!/bin/sh
# Installs Backstage's client, and takes the OpenAPI document out of its catalog backend, whose hundreds of
# dependencies nobody needs for that.
set -e
cd "$(dirname "$0")"
BACKEND=@backstage/plugin-catalog-backend@4.0.5
npm ci --silent --no-audit --no-fund
mkdir -p node_modules/.backend
npm pack --silent --pack-destination node_modules/.backend "$BACKEND" >/dev/null
tar xzf node_modules/.backend/*.tgz -C node_modules/.backend package/dist/schema/openapi/generated/router.cjs.js
