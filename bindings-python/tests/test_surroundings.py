"""What is around a client: environment, certificates, headers, proxies; and the client of the module's functions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jules
import pytest
from conftest import Emulator


class Listener:
    """A server that keeps the headers that it was sent, and answers with an empty list."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


def test_headers_are_sent_beside_the_key(listener: Listener) -> None:
    with jules.Jules(api_key="k", base_url=listener.url, cache=False, headers={"x-team": "blue"}) as client:
        client.sessions().page()
    assert (listener.heard[0]["x-team"], listener.heard[0]["x-goog-api-key"]) == ("blue", "k")
    with pytest.raises(jules.ConfigError, match="is set by the client"):
        jules.Jules(api_key="k", headers={"X-Goog-Api-Key": "other"})


def test_os_environ_counts_whatever_the_process_has(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"JULES_API_KEY": "mine", "JULES_BASE_URL": listener.url})
    with jules.Jules(cache=False) as client:
        client.sessions().page()
    assert listener.heard[0]["x-goog-api-key"] == "mine"
    monkeypatch.setattr(os, "environ", {})
    with pytest.raises(jules.MissingApiKeyError):
        jules.Jules()


async def test_the_modules_client_can_be_configured_closed_and_begun_anew(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JULES_API_KEY", "k")
    monkeypatch.setenv("JULES_BASE_URL", "http://127.0.0.1:9")
    jules.configure()
    jules.session("1")
    monkeypatch.setenv("JULES_BASE_URL", listener.url)
    jules.configure()
    await jules.sessions().page()
    jules.configure(api_key="given", base_url=listener.url)
    await jules.sessions().page()
    assert [heard["x-goog-api-key"] for heard in listener.heard] == ["k", "given"]
    session = jules.session("1")
    await jules.aclose()
    await jules.aclose()
    with pytest.raises(jules.ClosedError):
        await session.info()
    await jules.sessions().page()
    with pytest.raises(TypeError, match="not both"):
        jules.configure(jules.AsyncJules(api_key="k"), api_key="k")
    await jules.aclose()


def test_a_log_level_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JULES_LOG", "verbose")
    with pytest.raises(jules.ConfigError, match='JULES_LOG has "verbose", which is not a level'):
        jules.Jules(api_key="k", cache=False)


def test_a_proxy_that_does_not_answer_is_named_without_its_password() -> None:
    proxy = "http://me:secret@127.0.0.1:9"
    client = jules.Jules(
        api_key="k", base_url="https://jules.invalid", cache=False, proxy=proxy, retry={"max_elapsed": 0}
    )
    with pytest.raises(jules.NetworkError, match=r"through the proxy http://127\.0\.0\.1:9: ") as caught:
        client.sessions().page()
    assert "secret" not in str(caught.value)
    with pytest.raises(jules.ConfigError, match="proxy option"):
        jules.Jules(api_key="k", proxy="ftp://x")


def test_certificates_come_from_the_option_and_from_what_pythons_clients_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(jules.ConfigError, match="ca option"):
        jules.Jules(api_key="k", ca=tmp_path / "missing.pem")
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(empty))
    with pytest.raises(jules.ConfigError, match=r"REQUESTS_CA_BUNDLE: .* contains no readable certificate"):
        jules.Jules(api_key="k")
    # Where there is no TLS nobody is to be trusted.
    assert jules.Jules(api_key="k", base_url="http://127.0.0.1:9", cache=False)


def test_a_system_without_certificates_is_no_reason_to_fail() -> None:
    program = "import jules; print(jules.Jules(api_key='k', cache=False))"
    # Where OpenSSL's places are empty, as in a slim container.
    hidden = {"SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"}
    hide = f"import os; os.environ = {{}}; {program}"
    done = subprocess.run(
        [sys.executable, "-c", hide], env=dict(os.environ) | hidden, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "Jules(base_url='https://jules.googleapis.com/v1alpha')\n", done.stderr


def test_an_error_after_a_create_names_the_session(client: jules.AsyncJules, emulator: Emulator) -> None:
    del client
    blocking = jules.Jules(api_key="test-key", base_url=emulator.url, cache=False)
    with pytest.raises(jules.TimeoutError) as caught:
        blocking.run(prompt="[scenario:silent] x", timeout=1)
    assert caught.value.session_id
    assert f"session {caught.value.session_id}" in str(caught.value)
    blocking.close()
