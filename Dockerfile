# Puente in a container. The one install step is the Makefile's own, so that the two cannot drift.
FROM python:3.11-slim

RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    make apertium apertium-eng-spa apertium-es-pt apertium-fr-es \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home puente \
 && install -d -o puente -g puente /var/lib/puente

WORKDIR /srv/puente

# What `make install` reads; it runs again only when one of these changes. The installation is editable, so
# that the package's name is enough here and the code comes after.
COPY Makefile pyproject.toml requirements.lock README.md LICENSE ./
COPY .ci/need .ci/
COPY app/__init__.py app/
RUN PIP_NO_CACHE_DIR=1 make install

COPY migrations migrations
COPY seed seed
COPY app app

# The code stays root's; the user owns /var/lib/puente alone: the database, and the compiled loops of the
# index, which would otherwise be compiled again at every start.
ENV PATH=/srv/puente/.venv/bin:$PATH \
    NUMBA_CACHE_DIR=/var/lib/puente/numba \
    PUENTE_DATABASE_URL=sqlite:////var/lib/puente/puente.db \
    PUENTE_HOST=0.0.0.0
VOLUME /var/lib/puente
USER puente
EXPOSE 8000

# Without a proxy, whatever the environment says; an answer other than 2xx raises.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('PUENTE_PORT', '8000') + '/readyz', timeout=4)"]

CMD ["puente", "serve"]
