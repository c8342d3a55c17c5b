# syntax=docker/dockerfile:1
FROM node:22-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY vite.config.ts ./
COPY static static
COPY templates templates
COPY catalog catalog
COPY provisioning provisioning
COPY metrics metrics
COPY runs runs
COPY audit audit
COPY accounts accounts
COPY portal portal
COPY common common
RUN npm run build

FROM python:3.12-slim
# Repositories are catalog sources.
RUN apt-get update && apt-get install --yes --no-install-recommends git openssh-client && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 cairn
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --chown=cairn:cairn . .
COPY --from=hashicorp/terraform:1.11 /bin/terraform /usr/local/bin/terraform
COPY --from=assets --chown=cairn:cairn /app/static/dist static/dist
ENV PYTHONUNBUFFERED=1 CAIRN_DATA=/data CAIRN_LOG_FORMAT=json
RUN mkdir /data && chown cairn:cairn /data \
    && CAIRN_SECRET_KEY=build CAIRN_ENCRYPTION_KEYS=build python manage.py collectstatic --noinput
USER cairn
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "portal.wsgi:application"]
