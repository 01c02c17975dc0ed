"""The servers of a local SES, each in a thread of its own, started and stopped together."""

from __future__ import annotations

import threading
from types import TracebackType

from sesmime.local import sns
from sesmime.local.certificates import make_certificate
from sesmime.local.desk import Desk
from sesmime.local.operations import OPERATIONS
from sesmime.local.options import Options
from sesmime.local.page.app import Page
from sesmime.local.smtp import SmtpServer
from sesmime.local.store import Store
from sesmime.local.watched import Watched
from sesmime.local.web import WebServer
from sesmime.local.wsgi import Application
from sesmime.ses.events.signing import SnsSigner


class LocalSes(Watched):
    """A local SES: `with LocalSes() as ses: boto3.client("sesv2", endpoint_url=ses.endpoint_url, …)`.

    `port` and `smtp_port` 0 pick free ones. `store` names a file that keeps the inbox. `public_url` is where others
    find the server if not at `endpoint_url`, as in a container: SNS's envelopes name it for the certificate. See
    `Watched` for what a test asks it. Raises OSError for an address that cannot be had, sqlite3.Error for a store that
    cannot be used.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        smtp_port: int = 0,
        allow_remote: bool = False,
        store: str | None = None,
        public_url: str | None = None,
    ) -> None:
        self._allow_remote = allow_remote
        keeper = None if store is None else Store(store)
        try:
            super().__init__(Desk(options, operations=OPERATIONS, keeper=keeper))
            if keeper is not None:
                keeper.remember(self.desk.state)
            self._application = Application(self.desk, allow_remote=allow_remote)
            options = self.desk.options
            self._server = WebServer(
                host,
                port,
                self._application,
                max_request=options.max_request,
                max_in_work=options.max_in_work,
                patience=options.patience,
            )
        except BaseException:
            if keeper is not None:
                keeper.close()
            raise
        self._application.page = Page(self.desk, make_event=self.publisher.make)
        self._smtp = SmtpServer(self.desk, host=host, port=smtp_port, tls=make_certificate("localhost").tls_context())
        self._public_url = None if public_url is None else public_url.rstrip("/")
        self._signer: SnsSigner | None = None
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="sesmime-http", daemon=True
        )

    @property
    def endpoint_url(self) -> str:
        """What SDKs take as their endpoint: of SES, and of the rest of AWS."""
        host, port = self._server.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    @property
    def page_url(self) -> str:
        """The page, for a browser."""
        return f"{self.endpoint_url}/"

    @property
    def smtp_address(self) -> tuple[str, int]:
        """Host and port of the SMTP server."""
        return self._smtp.address

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which AWS's SDKs and its command line find this server and need nothing else.

        The credentials are those of its documentation: any are taken.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_DEFAULT_REGION": self.desk.options.smtp_region,
            "AWS_REGION": self.desk.options.smtp_region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self) -> None:
        """Begin to serve. Raises OSError for an address of SMTP that cannot be had."""
        try:
            self._smtp.start()
        except BaseException:
            self._server.server_close()
            self.publisher.close()
            self.desk.inbox.end_keeping()
            raise
        self._signer = SnsSigner.make(endpoint_url=self._public_url or self.endpoint_url)
        self._application.signer = self._signer
        sns.install(self._signer, allow_remote=self._allow_remote)
        self._thread.start()

    def stop(self) -> None:
        """End serving; what waits is answered."""
        self.desk.inbox.close()
        self._smtp.stop()
        self._server.stop()
        self.publisher.close()
        self.desk.inbox.end_keeping()
        if self._signer is not None:
            sns.uninstall(self._signer)
        self._thread.join()

    def __enter__(self) -> LocalSes:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
