# The pipeline with the exact versions of requirements.lock; `docker run` brings the demo's DAG up to date.
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 popularity \
 && mkdir /venv /project && chown popularity /venv /project
USER popularity
ENV PATH=/venv/bin:$PATH DVC_NO_ANALYTICS=1 DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false
WORKDIR /project

# torch: the CPU build, which PyPI does not have
COPY --chown=popularity requirements.lock ./
RUN python -m venv /venv && pip install --no-cache-dir uv==0.13.9 \
 && UV_TORCH_BACKEND=cpu uv pip install --python /venv/bin/python --no-cache --compile-bytecode --requirements requirements.lock

COPY --chown=popularity . .
RUN uv pip install --python /venv/bin/python --no-cache --no-deps --editable . \
 && dvc init --no-scm --force --quiet && dvc config core.analytics false

CMD ["dvc", "repro"]
