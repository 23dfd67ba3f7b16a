# The page of GraphiQL.
FROM node:22-bookworm-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/index.html web/vite.config.js ./
COPY web/src src
RUN npm run build

# The server with what it needs. The compiler of this image stays here.
FROM python:3.11-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY domain domain
COPY db db
COPY auth auth
COPY events events
COPY engine engine
COPY adapters adapters
COPY resolvers resolvers
COPY schema schema
COPY jobs jobs
COPY server server
RUN pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --create-home --home-dir /var/lib/imprimatur imprimatur
COPY --from=builder /venv /venv
COPY --from=builder /app /app
COPY --from=web /web/dist /app/web/dist
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    DATA_DIR=/var/lib/imprimatur \
    LOG_FORMAT=json
WORKDIR /app
USER 10001:10001
VOLUME /var/lib/imprimatur
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "from os import getenv; from urllib.request import urlopen; urlopen(f\"http://127.0.0.1:{getenv('PORT', '8000')}/health/live\", timeout=2)"]
ENTRYPOINT ["imprimatur"]
CMD ["serve"]
