# A local SES: an SES for development and tests that answers as Amazon SES is expected to, and sends nothing.
#
#   docker build -t sesmime .
#   docker run --rm -p 127.0.0.1:8005:8005 -p 127.0.0.1:2587:2587 sesmime
#
# The API and the page are at http://127.0.0.1:8005/ then, SMTP at 127.0.0.1:2587. There is no authentication, so
# publish the ports on loopback, as above. Options of `sesmime serve` follow the image's name, in the place of CMD.
# Any other command can stand there: `sesmime help relay` runs the relay, with HEALTH_URL for the address of its health.
# The project's tests read this file and run its command; nothing of the project builds the image.
FROM python:3.13-slim AS build
COPY . /project
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /project

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir "$(ls /wheels/*.whl)[local,metrics,relay]" \
    && rm -r /wheels \
    && useradd --create-home ses
USER ses
# glibc gives threads many heaps, each of which keeps what it once had.
ENV MALLOC_ARENA_MAX=2
EXPOSE 8005 2587
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(os.environ.get('HEALTH_URL', 'http://127.0.0.1:8005/api/messages'))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sesmime"]
CMD ["serve", "--allow-remote", "--listen", "0.0.0.0:8005", "--smtp-port", "2587"]
