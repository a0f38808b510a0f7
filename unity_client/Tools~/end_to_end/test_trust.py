"""Servers that ask who calls, and clients that ask whom they call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from program import Program
from served import Served

from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.server.trust.tokens import TokenKeys


@dataclass(frozen=True)
class Guarded:
    """A server with TLS, tokens and a gateway."""

    server: Served
    ca: Path
    keys: TokenKeys

    def token(self, *scopes: Scope) -> str:
        return self.keys.issue("studio", frozenset(scopes), 60)


@pytest.fixture(scope="module")
def guarded(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("trust")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(folder / "cert.pem", append=True)
    TokenKeys.write_new(folder / "keys")
    server = Served(
        catalogue,
        *("--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"),
        *("--token-keys", folder / "keys", "--gateway", 0),
    )
    yield Guarded(server, folder / "ca.pem", TokenKeys.read(folder / "keys"))
    server.kill()


def test_a_known_caller_is_told_who_it_is(client: Callable[..., Program], guarded: Guarded) -> None:
    run = client("list", guarded.server.address, ca=guarded.ca, token=guarded.token(Scope.READ))
    assert run.until("principal ") == "studio read"
    run.end()


@pytest.mark.parametrize("command", ["list", "download", "play", "watch", "ranges"])
def test_a_wrong_token_is_refused(
    client: Callable[..., Program], guarded: Guarded, tmp_path: Path, command: str
) -> None:
    options = {"ca": guarded.ca, "token": "nonsense", "avatar": "ada", "clip": "stroll", "session": "stage"}
    assert client(command, guarded.server.address, out=tmp_path / "out", **options).refused() == "token-invalid"


def test_no_token_and_a_missing_scope_are_refused(
    client: Callable[..., Program], guarded: Guarded, tmp_path: Path
) -> None:
    assert client("list", guarded.server.address, ca=guarded.ca).refused() == "token-missing"
    (tmp_path / "poses").write_bytes(b"")
    run = client(
        *("publish", guarded.server.address),
        ca=guarded.ca,
        token=guarded.token(Scope.READ),
        avatar="ada",
        session="s",
        poses=tmp_path / "poses",
    )
    assert run.refused() == "scope-missing"


def test_a_wrong_authority_is_refused_before_a_token_is_sent(
    client: Callable[..., Program], guarded: Guarded, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    run = client("list", guarded.server.address, ca=tmp_path / "other.pem", token=guarded.token(Scope.READ))
    assert run.refused() == "service-tls-failed"


def test_ranges_come_from_the_gateway_over_https(
    client: Callable[..., Program], guarded: Guarded, catalogue: Path
) -> None:
    pytest.importorskip("aiohttp")
    url = f"https://127.0.0.1:{guarded.server.ready['gateway_port']}/v1/packages/large"
    bearer = guarded.token(Scope.READ)
    run = client("ranges", guarded.server.address, ca=guarded.ca, url=url, bearer=bearer)
    assert int(run.until("opened ").split()[1]) <= 2
    whole = run.until("whole ").split()
    assert int(whole[-2]) == (catalogue / "large.a3d").stat().st_size
    run.end()
    wrong = client("ranges", guarded.server.address, ca=guarded.ca, url=url, bearer="nonsense")
    assert wrong.refused() == "store-denied"
