# The pipeline with the exact versions of requirements.lock; `docker run` brings the demo's DAG up to date and prints the scores.
FROM python:3.11-slim

# Whoever the user is, the project is its group's to write, and a user without an entry has a name and a home.
RUN useradd --create-home --uid 1000 --gid root popularity \
 && mkdir -p /venv /project/reports /project/models && chown -R popularity /venv /project && chmod -R g=u /project
USER popularity
ENV PATH=/venv/bin:$PATH HOME=/tmp USER=popularity DVC_NO_ANALYTICS=1 DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false
WORKDIR /project

# What runs, without the tools of tests. torch: the CPU build, which PyPI does not have.
COPY --chown=popularity:root requirements.lock pyproject.toml ./
RUN python -m venv /venv && pip install --no-cache-dir uv==0.13.9 \
 && UV_TORCH_BACKEND=cpu uv pip install --python /venv/bin/python --no-cache --compile-bytecode \
    --constraints requirements.lock --requirements pyproject.toml

COPY --chown=popularity:root . .
RUN uv pip install --python /venv/bin/python --no-cache --no-deps --editable . \
 && dvc init --no-scm --force --quiet && dvc config core.analytics false && chmod -R g=u /project

CMD ["sh", "-c", "popularity repro && popularity scores"]
