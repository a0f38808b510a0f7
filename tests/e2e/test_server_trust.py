"""Who calls, what they may do, how much of it, and what is written down: against real servers and certificates."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

import grpc
import jwt
import pytest
import trustme
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from ani3d_runtime.client import AsyncClient, Client, Credentials, PlayOptions, PublishOptions
from ani3d_runtime.errors import (
    Ani3dError,
    ForbiddenError,
    InputError,
    NotFoundError,
    ServiceError,
    UnauthenticatedError,
    UsageError,
)
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.options import MetricsOptions
from ani3d_runtime.server.trust.quotas import Allowance, Quotas
from ani3d_runtime.server.trust.tls import TlsFiles
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package
from tests import waiting

READ, PUBLISH, ADMIN = frozenset({Scope.READ}), frozenset({Scope.PUBLISH}), frozenset({Scope.ADMIN})
QUOTAS = Quotas(streams=3, live_sessions=1)
until = partial(waiting.until, limit_s=5.0)

pytestmark = pytest.mark.timeout(60)


def refusal(act: Callable[[], object]) -> Ani3dError:
    with pytest.raises(Ani3dError) as raised:
        act()
    return raised.value


@dataclass(frozen=True)
class Trusted:
    """A server that asks for tokens, without TLS, and what it writes down."""

    server: AvatarServer
    keys: TokenKeys
    audit: Path

    def client(self, scopes: frozenset[Scope], subject: str, life_s: float = 60.0) -> Client:
        credentials = Credentials(token=self.keys.issue(subject, scopes, life_s))
        return Client(self.server.address, credentials=credentials)

    def audited(self, principal: str, method: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.audit.read_text().splitlines()]
        return [line for line in lines if (line["principal"], line["method"]) == (principal, method)]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d")
    return folder


@pytest.fixture(scope="module")
def trusted(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trusted]:
    folder = tmp_path_factory.mktemp("trust")
    TokenKeys.write_new(folder / "keys")
    options = ServerOptions(
        port=0,
        grace_s=0.5,
        token_keys=folder / "keys",
        quotas=QUOTAS,
        audit_log=folder / "audit.jsonl",
        metrics=MetricsOptions(0),
    )
    with serving(catalogue, options) as server:
        yield Trusted(server, TokenKeys.read(folder / "keys"), folder / "audit.jsonl")


# --- tokens and scopes


def test_a_reader_reads_and_is_told_what_it_may_do(trusted: Trusted) -> None:
    with trusted.client(READ, "reader") as client:
        info = client.server_info()
        assert (info.principal, info.scopes) == ("reader", {"read"})
        assert info.expires_in_s is not None
        assert 50 < info.expires_in_s <= 60
        assert info.quota is not None
        assert (info.quota.streams, info.quota.live_sessions) == (QUOTAS.streams, QUOTAS.live_sessions)
        assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada"]
        with client.play("ada", "walk") as playback:
            next(iter(playback))


@pytest.mark.parametrize(
    ("scopes", "act"),
    [
        (READ, lambda client: client.live.create("ada")),
        (PUBLISH, lambda client: client.list_avatars()),
        (PUBLISH, lambda client: client.play("ada", "walk")),
        (PUBLISH, lambda client: client.live.list()),
        (ADMIN, lambda client: client.live.create("ada")),
        (ADMIN, lambda client: client.live.subscribe("stage")),
    ],
)
def test_a_scope_that_is_missing_is_named(
    trusted: Trusted, scopes: frozenset[Scope], act: Callable[[Client], object]
) -> None:
    with trusted.client(scopes, "narrow") as client:
        error = refusal(lambda: act(client))
    assert (type(error), error.code) == (ForbiddenError, "scope-missing")


def test_no_token_or_a_wrong_one_opens_nothing_but_health(trusted: Trusted, tmp_path: Path) -> None:
    address = trusted.server.address
    TokenKeys.write_new(tmp_path / "other")
    theirs = TokenKeys.read(tmp_path / "other").issue("reader", READ, 60)
    unsigned = jwt.encode({"sub": "reader", "scope": "read", "aud": "ani3d", "exp": time.time() + 60}, None, "none")
    tokens = {"token-missing": None, "token-invalid": "nonsense"}
    for code, token in [*tokens.items(), ("token-invalid", theirs), ("token-invalid", unsigned)]:
        with Client(address, credentials=Credentials(token=token)) as client:
            for act in (client.list_avatars, client.server_info, lambda c=client: c.play("ada", "walk")):
                error = refusal(act)
                assert (type(error), error.code) == (UnauthenticatedError, code)
            assert refusal(lambda c=client: c.download("ada", tmp_path / "ada.a3d")).code == code
    with grpc.insecure_channel(address) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        with pytest.raises(grpc.RpcError) as raised:
            next(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request])))
        assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED  # type: ignore[attr-defined]


def test_reflection_answers_readers(trusted: Trusted) -> None:
    metadata = (("authorization", f"Bearer {trusted.keys.issue('reader', READ, 60)}"),)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    with grpc.insecure_channel(trusted.server.address) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        listing = next(stub.ServerReflectionInfo(iter([request]), metadata=metadata))
    assert "ani3d_runtime.rpc.v1.ServerService" in {one.name for one in listing.list_services_response.service}


@pytest.mark.parametrize("kind", ["play", "subscribe", "publish"])
def test_a_token_that_expires_ends_its_streams(trusted: Trusted, kind: str) -> None:
    life_s = 0.6
    with trusted.client(PUBLISH, "host") as host:
        ticket = host.live.create("ada")
        began = time.monotonic()
        with trusted.client(READ | PUBLISH, "passing", life_s) as client:
            opened = {
                "play": lambda: client.play("ada", "walk", PlayOptions(loop=True)),
                "subscribe": lambda: client.live.subscribe(ticket.session_id),
                "publish": lambda: client.live.publish(ticket, options=PublishOptions(answers="light")),
            }[kind]()
            with opened as stream:
                error = refusal(lambda: list(stream))
        host.live.end(ticket)
    assert (type(error), error.code) == (UnauthenticatedError, "token-expired")
    assert life_s - 0.05 < time.monotonic() - began < life_s + 1.0
    assert trusted.server.playback.session_count == 0


def test_a_token_that_has_expired_is_refused_and_a_fresh_one_is_asked_for(trusted: Trusted) -> None:
    issued: list[str] = []

    def fresh() -> str:
        issued.append(trusted.keys.issue("renewing", READ, 0.2))
        return issued[-1]

    with Client(trusted.server.address, credentials=Credentials(token=fresh)) as client:
        client.list_avatars()
        time.sleep(0.25)
        client.list_avatars()
    assert len(set(issued)) == 2
    with Client(trusted.server.address, credentials=Credentials(token=issued[0])) as client:
        assert refusal(client.list_avatars).code == "token-expired"


def test_the_asyncio_client_carries_tokens_too(trusted: Trusted) -> None:
    async def main() -> str:
        credentials = Credentials(token=trusted.keys.issue("later", READ, 60))
        async with AsyncClient(trusted.server.address, credentials=credentials) as client:
            return (await client.server_info()).principal

    assert asyncio.run(main()) == "later"


def test_keys_can_be_changed_without_a_break(tmp_path: Path) -> None:
    for name in ("old", "new"):
        TokenKeys.write_new(tmp_path / name)
    assert (tmp_path / "old").stat().st_mode & 0o77 == 0, "nobody else may read it"
    both = tmp_path / "both"
    both.write_text(f"# rotated\n{(tmp_path / 'new').read_text()}\n{(tmp_path / 'old').read_text()}")
    old, new = TokenKeys.read(tmp_path / "old"), TokenKeys.read(tmp_path / "new")
    keys = TokenKeys.read(both)
    assert keys.principal_of(old.issue("before", READ, 60)).name == "before"
    assert new.principal_of(keys.issue("after", READ | ADMIN, 60)).scopes == READ | ADMIN
    for text in ("", "secret", "ab" * 31, "# nothing"):
        both.write_text(text)
        error = refusal(lambda: TokenKeys.read(both))
        assert (type(error), error.code) == (InputError, "token-key-unreadable")
        assert "secret" not in str(error)


# --- quotas


def test_streams_have_a_quota_of_their_own_for_each_principal(trusted: Trusted) -> None:
    with trusted.client(READ, "greedy") as greedy, trusted.client(READ, "modest") as modest:
        streams = [greedy.play("ada", "walk", PlayOptions(loop=True)) for _ in range(QUOTAS.streams)]
        error = refusal(lambda: greedy.play("ada", "walk"))
        assert (error.code, error.subject) == ("quota-streams", "greedy")
        with modest.play("ada", "walk") as playback:
            next(iter(playback))
        for stream in streams:
            stream.close()
        until(lambda: trusted.server.playback.session_count == 0)
        greedy.list_avatars()


def test_live_sessions_have_a_quota_and_an_admin_ends_any(trusted: Trusted) -> None:
    with trusted.client(PUBLISH, "puppeteer") as client, trusted.client(ADMIN, "operator") as admin:
        ticket = client.live.create("ada")
        assert refusal(lambda: client.live.create("ada")).code == "quota-live-sessions"
        forged = type(ticket)(ticket.session_id, "guess", 0.0)
        assert refusal(lambda: client.live.end(forged)).code == "live-wrong-key"
        admin.live.end(forged)
        client.live.end(client.live.create("ada"))


def test_downloads_keep_to_their_rate() -> None:
    async def main() -> float:
        allowance, rate = Allowance(1_000_000), 1_000_000
        started = time.monotonic()
        await allowance.spend(rate)  # the burst is free
        assert time.monotonic() - started < 0.2
        await asyncio.gather(*(allowance.spend(rate // 8) for _ in range(4)))
        return time.monotonic() - started

    assert 0.45 < asyncio.run(main()) < 0.9


def test_path_tricks_are_refused(trusted: Trusted, catalogue: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.a3d"
    write_synthetic_package(outside)
    (catalogue / "leak.a3d").symlink_to(outside)
    tricks = ["../secret", "leak", "ada\0", "/etc/passwd", "..", "", "ada.a3d/../ada", "%2e%2e/secret", "ａda", "C:ada"]
    with trusted.client(READ, "burglar") as client:
        for trick in tricks:
            for act in (client.manifest, lambda name: client.download(name, tmp_path / "loot.a3d")):
                error = refusal(lambda act=act, trick=trick: act(trick))
                assert (type(error), error.code) == (NotFoundError, "avatar-not-found")
                assert str(tmp_path) not in str(error)
    assert not (tmp_path / "loot.a3d").exists()


# --- TLS


@dataclass(frozen=True)
class Certificates:
    """PEM files of an authority, a server of it, a client of it, and another authority."""

    folder: Path
    ca: trustme.CA

    def __getattr__(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    @property
    def server(self) -> TlsFiles:
        return TlsFiles(self.folder / "server.pem", self.folder / "server_key.pem")

    def write_pair(self, name: str, *identities: str, common_name: str | None = None) -> None:
        issued = self.ca.issue_cert(*identities, common_name=common_name)
        issued.cert_chain_pems[0].write_to_path(self.folder / f"{name}.pem")
        issued.private_key_pem.write_to_path(self.folder / f"{name}_key.pem")


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path, trustme.CA())
    made.ca.cert_pem.write_to_path(made.authority)
    trustme.CA().cert_pem.write_to_path(made.stranger)
    made.write_pair("server", "localhost", "127.0.0.1")
    made.write_pair("visitor", "ada@studio.example", common_name="ada@studio")
    return made


def test_tls_with_the_right_authority_and_no_other(catalogue: Path, certificates: Certificates) -> None:
    with serving(catalogue, ServerOptions(port=0, grace_s=0.2, tls=certificates.server)) as server:
        with Client(server.address, credentials=Credentials(tls_ca=certificates.authority)) as client:
            assert client.server_info().principal == "anonymous"
        with Client(server.address, credentials=Credentials(tls_ca=certificates.stranger)) as client:
            assert refusal(client.list_avatars).code == "service-tls-failed"
        with Client(server.address) as client:
            error = refusal(client.list_avatars)
            assert error.code == "service-unreachable"
            assert "TLS" in error.fix
        # Renewed certificates hold from the next connection on; half of a renewal holds not at all.
        renewed = trustme.CA()
        renewed.cert_pem.write_to_path(certificates.authority)
        issued = renewed.issue_cert("localhost", "127.0.0.1")
        issued.cert_chain_pems[0].write_to_path(certificates.server.certificate)
        with Client(server.address, credentials=Credentials(tls_ca=certificates.authority)) as client:
            assert refusal(client.list_avatars).code == "service-tls-failed"
        issued.private_key_pem.write_to_path(certificates.server.key)
        with Client(server.address, credentials=Credentials(tls_ca=certificates.authority)) as client:
            assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada"]


def test_mutual_tls_knows_clients_by_their_certificates(catalogue: Path, certificates: Certificates) -> None:
    tls = TlsFiles(certificates.server.certificate, certificates.server.key, certificates.authority)
    visitor = Credentials(
        tls_ca=certificates.authority, tls_certificate=certificates.visitor, tls_key=certificates.visitor_key
    )
    with serving(catalogue, ServerOptions(port=0, grace_s=0.2, tls=tls)) as server:
        with Client(server.address, credentials=visitor) as client:
            info = client.server_info()
            assert (info.principal, info.scopes) == ("ada@studio", {"read", "publish"})
            assert info.quota is not None
        with Client(server.address, credentials=Credentials(tls_ca=certificates.authority)) as client:
            error = refusal(client.list_avatars)
            assert error.code in ("service-unreachable", "service-tls-failed")
            assert "certificate" in error.fix


def test_files_of_tls_are_looked_at_before_anybody_calls(certificates: Certificates, tmp_path: Path) -> None:
    pair = certificates.server
    assert pair.check().year > 2026
    (tmp_path / "text.pem").write_text("hello")
    expired = certificates.ca.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=timezone.utc))
    expired.cert_chain_pems[0].write_to_path(tmp_path / "expired.pem")
    expired.private_key_pem.write_to_path(tmp_path / "expired_key.pem")
    for files, code in [
        (TlsFiles(pair.certificate, certificates.visitor_key), "tls-mismatch"),
        (TlsFiles(tmp_path / "text.pem", pair.key), "tls-mismatch"),
        (TlsFiles(tmp_path / "none.pem", pair.key), "tls-unreadable"),
        (TlsFiles(pair.certificate, pair.key, tmp_path / "text.pem"), "tls-client-ca"),
        (TlsFiles(tmp_path / "expired.pem", tmp_path / "expired_key.pem"), "tls-expired"),
    ]:
        assert refusal(files.check).code == code


def test_what_a_client_is_refused_before_it_calls(tmp_path: Path) -> None:
    for options, code in [
        ({"token": "t"}, "token-in-clear"),
        ({"tls_ca": tmp_path / "none.pem"}, "tls-unreadable"),
    ]:
        assert refusal(lambda o=options: Client("studio.example:1", credentials=Credentials(**o))).code == code
    assert refusal(lambda: Credentials(tls_key=tmp_path)).code == "tls-certificate-alone"
    for target in ("127.0.0.1:1", "localhost:1", "[::1]:1", "dns:///localhost:1", "ipv4:127.0.0.1:1"):
        Client(target, credentials=Credentials(token="t")).close()


def test_a_token_that_cannot_be_had_is_said(trusted: Trusted) -> None:
    def broken() -> str:
        raise OSError("the vault is closed")

    with Client(trusted.server.address, credentials=Credentials(token=broken)) as client:
        error = refusal(client.list_avatars)
    assert (type(error), error.code) == (ServiceError, "token-unavailable")
    assert "the vault is closed" in error.found


def test_public_addresses_take_tls_or_courage(certificates: Certificates) -> None:
    assert refusal(lambda: ServerOptions(host="0.0.0.0")).code == "serve-public-insecure"
    assert ServerOptions(host="0.0.0.0", tls=certificates.server).tls is not None
    error = refusal(lambda: MetricsOptions(9000, host="0.0.0.0"))
    assert (type(error), error.code) == (UsageError, "serve-public-metrics")


# --- what is written down


def test_every_call_is_audited_with_what_came_of_it(trusted: Trusted) -> None:
    with trusted.client(READ, "watched") as client:
        with client.play("ada", "walk") as playback:
            next(iter(playback))
        refusal(lambda: client.manifest("nobody"))
        refusal(lambda: client.live.create("ada"))
    # The log is written behind the answers, call by call.
    until(lambda: len(trusted.audited("watched", "Play")) == 2)
    until(lambda: bool(trusted.audited("watched", "GetManifest")))
    until(lambda: bool(trusted.audited("watched", "CreateSession")))
    begin, end = trusted.audited("watched", "Play")
    assert (begin["event"], end["event"]) == ("begin", "end")
    assert begin["call_id"] == end["call_id"]
    assert (end["avatar"], end["clip"]) == ("ada", "walk")
    assert end["sent_bytes"] > 1000
    (manifest,) = trusted.audited("watched", "GetManifest")
    assert (manifest["avatar"], manifest["result"]) == ("nobody", "avatar-not-found")
    (created,) = trusted.audited("watched", "CreateSession")
    assert (created["event"], created["result"]) == ("refuse", "scope-missing")


def test_metrics_tell_what_the_server_does(trusted: Trusted, tmp_path: Path) -> None:
    assert trusted.server.metrics is not None
    url = f"http://127.0.0.1:{trusted.server.metrics.port}/metrics"

    def scraped() -> dict[str, float]:
        with urllib.request.urlopen(url) as answer:
            lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    before = scraped()
    with trusted.client(READ, "measured") as client:
        with client.play("ada", "walk", PlayOptions(loop=True)) as playback:
            next(iter(playback))
            during = scraped()
            assert during['ani3d_streams{kind="play"}'] == 1
            assert during['ani3d_open_calls{method="Play"}'] == 1
            assert during['ani3d_frames_sent_total{kind="play"}'] > before['ani3d_frames_sent_total{kind="play"}']
        size_bytes = client.download("ada", tmp_path / "ada.a3d").size_bytes
        refusal(lambda: client.live.create("ada"))
    until(lambda: scraped()['ani3d_open_calls{method="Play"}'] == 0)
    after = scraped()
    assert after["ani3d_download_bytes_total"] - before["ani3d_download_bytes_total"] == size_bytes
    played = 'ani3d_stream_bytes_total{kind="play"}'
    assert after[played] >= during[played] > before[played]
    refused = 'ani3d_calls_total{method="CreateSession",result="scope-missing"}'
    assert after[refused] == before.get(refused, 0) + 1
    dashboard = json.loads((Path(__file__).parents[2] / "docs/grafana-dashboard.json").read_text())
    asked = {target["expr"] for panel in dashboard["panels"] for target in panel["targets"]}
    names = {name.partition("{")[0] for name in after} | {"ani3d_tls_expiry_timestamp_seconds"}  # no TLS here
    for expression in asked:
        assert any(name in expression for name in names), f"{expression} shows nothing"
