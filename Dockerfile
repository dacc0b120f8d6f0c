# The site as an image: "docker build --tag landing ." in this directory. deploy/compose.yaml runs it
# with PostgreSQL and Redis, and docs/deployment.md describes its variables. The image has no
# secrets.

FROM python:3.11.14-slim-bookworm AS packages
WORKDIR /srv/landing
COPY requirements.txt ./
RUN python -m venv .venv
# pip refuses a file whose hash is not in the requirements, and compiles what it installs.
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes --requirement requirements.txt

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin landing
WORKDIR /srv/landing
ENV PATH=/srv/landing/.venv/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONUNBUFFERED=1
# manage.py would run in development mode.
ENV DEBUG=false
COPY --from=packages /srv/landing/.venv .venv
COPY . .
# The key signs nothing, and is in no layer.
RUN SECRET_KEY=of-this-step python manage.py collectstatic --noinput --verbosity 0
RUN python -m compileall -q landing landing_site

# All files belong to root, so the site cannot change its own code.
USER landing
EXPOSE 8000
# The supervisor drains its workers. It kills those that take longer than 30 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["python", "-m", "landing_site.serve", "--workers", "1", "--host", "0.0.0.0", "--port", "8000"]
