"""Lines are measured against real TLS servers, recordings are read, contracts have gaps."""

from __future__ import annotations

import json
import ssl
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.data_flow import load_review, look
from stillwatch.adapters.data_flow.lines import measure
from stillwatch.adapters.data_flow.recordings import read_csv, read_har
from stillwatch.adapters.data_flow.running import Review, load_inquiries, load_marks
from stillwatch.cli.main import run
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from stillwatch.vet import Outcome, Part, Severity
from stillwatch.vet.data_flow import Contact, Stated, Tls, judged, merged, within
from tests.ports import free_port

TODAY = date(2026, 11, 26)
NOW_US = 1_795_000_000_000_000
ALL = {one.id: Stated("stated", "x", "contract", TODAY) for one in load_inquiries().inquiries}
for _one in load_inquiries().inquiries:
    if _one.wanted:
        ALL[_one.id] = Stated(_one.wanted, "x", "contract", TODAY)


class Reply(BaseHTTPRequestHandler):
    """Answers with the headers that the server was given."""

    server: Serving

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None:
        pass


class Serving(ThreadingHTTPServer):
    """A server of this machine."""

    status = 200
    headers: dict[str, str]

    def handle_error(self, *_: Any) -> None:
        pass


@contextmanager
def serving(
    context: ssl.SSLContext | None, headers: dict[str, str] | None = None, status: int = 200
) -> Iterator[int]:
    server = Serving(("127.0.0.1", 0), Reply)
    server.headers, server.status = headers or {}, status
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An authority, a certificate of it for localhost, and one that ended."""
    folder = tmp_path_factory.mktemp("tls")
    now = datetime.now(UTC)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Trust"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Test Root"),
    ])  # fmt: skip

    def sign(builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def begun(name: x509.Name, key: Any, until: timedelta) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder().subject_name(name).issuer_name(root_name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30)).not_valid_after(now + until)
        )  # fmt: skip

    root = begun(root_name, root_key, timedelta(days=30)).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    (folder / "root.pem").write_bytes(sign(root))
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    )
    for which, until in (("good", timedelta(days=20)), ("ended", timedelta(days=-1))):
        leaf = begun(name, key, until).add_extension(names, critical=False)
        (folder / f"{which}.pem").write_bytes(sign(leaf))
    return {one.stem: one for one in folder.iterdir()}


def secured(made: dict[str, Path], which: str = "good") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made[which], made["key"])
    context.set_alpn_protocols(["http/1.1"])
    return context


def titles(part: Part, *severities: Severity) -> list[str]:
    return [one.title for one in part.points if one.severity in (severities or tuple(Severity))]


def look_at(port: int, made: dict[str, Path], **more: Any) -> Part:
    told = {"declared": ("localhost",), "stated": ALL, "ca_file": made["root"], **more}
    return look(Review(tool="t", connect=(f"https://localhost:{port}/",), timeout_s=5.0, **told))


def test_a_good_line_is_measured_and_is_no_concern(made: dict[str, Path]) -> None:
    with serving(secured(made)) as port:
        part = look_at(port, made)
    (contact,) = part.measured["contacts"]
    assert part.outcome is Outcome.NO_CONCERN, titles(part)
    assert contact["tls"]["version"] == "TLSv1.3"
    assert contact["tls"]["alpn"] == "http/1.1"
    assert contact["tls"]["issuer"] == "Test Trust, Test Root"
    assert contact["tls"]["subject"] == "localhost"
    assert contact["tls"]["verified"] is True
    assert contact["tls"]["not_after_us"] > 0


@pytest.mark.parametrize("which", ["ended", "good"])
def test_a_certificate_that_does_not_hold_is_told_with_its_reason(
    made: dict[str, Path], which: str
) -> None:
    with serving(secured(made, which)) as port:
        part = look_at(port, made, ca_file=made["root"] if which == "ended" else None)
    (point,) = [one for one in part.points if one.severity is Severity.CRITICAL]
    assert part.outcome is Outcome.CONCERN
    assert ("expired" if which == "ended" else "issuer") in point.observed
    assert "Test Trust" in point.observed


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_seen_or_said_not_to_be_seen(made: dict[str, Path]) -> None:
    context = secured(made)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with serving(context) as port:
        part = look_at(port, made)
    (contact,) = part.measured["contacts"] or [None]
    if contact is None:
        assert any("speaks no TLS" in one for one in part.not_covered)
    else:
        assert contact["tls"]["version"] in ("TLSv1", "TLSv1.1")
        assert "Old TLS" in titles(part, Severity.WARNING)
        assert contact["tls"]["verified"] is False


def test_a_line_in_the_clear_and_a_redirect_elsewhere_are_told(made: dict[str, Path]) -> None:
    with serving(None, {"location": "https://other.example/x"}, 307) as port:
        part = look(
            Review(tool="t", connect=(f"http://127.0.0.1:{port}/",), declared=("127.0.0.1",),
                   stated=ALL, timeout_s=5.0)
        )  # fmt: skip
    assert titles(part, Severity.CRITICAL) == ["Sends in the clear"]
    assert titles(part, Severity.WARNING) == ["Sends on to a host that was not declared"]


def test_nobody_there_is_said_and_not_passed_off_as_clean(made: dict[str, Path]) -> None:
    port = free_port()
    part = look_at(port, made)
    assert part.outcome is Outcome.UNDECIDED
    assert any("could not be measured" in one for one in part.not_covered)
    plain = Review(tool="t", connect=(f"http://localhost:{port}/",), declared=("localhost",),
                   stated=ALL, timeout_s=5.0)  # fmt: skip
    part = look(plain)
    assert part.measured["contacts"] == []
    assert titles(part, Severity.CRITICAL) == []
    assert any("cannot be reached" in one for one in part.not_covered)
    with serving(None) as other:
        assert any("speaks no TLS" in one for one in look_at(other, made).not_covered)


def test_a_host_that_could_not_be_measured_leaves_it_undecided(made: dict[str, Path]) -> None:
    with serving(secured(made)) as port:
        both = (f"https://localhost:{port}/", "https://localhost:1/")
        part = look(Review(tool="t", connect=both, declared=("localhost",), stated=ALL,
                           ca_file=made["root"], timeout_s=5.0))  # fmt: skip
    assert len(part.measured["contacts"]) == 1
    assert part.outcome is Outcome.UNDECIDED, titles(part)
    assert any("localhost:1/ could not be measured" in one for one in part.not_covered)


def test_a_broker_that_the_contract_denies_is_critical(made: dict[str, Path]) -> None:
    headers = {"X-OpenRouter-Provider": "Somebody", "CF-Ray": "1", "Set-Cookie": "secret=1"}
    with serving(secured(made), headers) as port:
        part = look_at(port, made)
        named = look_at(port, made, processors=("openrouter", "cloudflare"))
    assert titles(part, Severity.CRITICAL) == ["Forwards, against what was stated"]
    assert named.outcome is Outcome.NO_CONCERN
    assert "secret" not in json.dumps(part.to_json())


def test_every_question_without_an_answer_is_a_gap() -> None:
    part = look(Review(tool="t"))
    n_must = sum(one.must for one in load_inquiries().inquiries)
    assert part.outcome is Outcome.NOT_EXAMINED
    assert titles(part, Severity.WARNING) == ["Not stated"] * n_must


def test_answers_are_held_to_what_was_asked() -> None:
    told = {**ALL, "notice": Stated("no", "", "clause 9", TODAY),
            "retention": Stated("stated", "30 days", "", TODAY),
            "breach": Stated("stated", "72 h", "clause 1", date(2020, 1, 1))}  # fmt: skip
    part = judged_with([], stated=told)
    assert "The contract says no" in titles(part, Severity.WARNING)
    assert {"Said without a source", "An old answer"} <= set(titles(part, Severity.NOTE))


def judged_with(contacts: list[Contact], **more: Any) -> Part:
    told: dict[str, Any] = {"declared": ["a.example"], "processors": [], "stated": ALL, **more}
    return judged("t", contacts, asked=load_inquiries(), marks=load_marks(), now_us=NOW_US,
                  today=TODAY, **told)  # fmt: skip


HOSTS = st.sampled_from(["a.example", "b.example", "c.example"])
CONTACTS = st.builds(
    Contact, host=HOSTS, port=st.sampled_from([80, 443]), secured=st.booleans(),
    seen=st.sampled_from(["x.har", "measured"]), n=st.integers(1, 5),
    tls=st.sampled_from([None, Tls(version="TLSv1.2"), Tls(version="TLSv1", verified=False)]),
)  # fmt: skip


@given(st.lists(CONTACTS, max_size=12), st.randoms())
def test_order_changes_no_count_and_no_finding(contacts: list[Contact], random: Any) -> None:
    turned = list(contacts)
    random.shuffle(turned)
    one, two = judged_with(contacts), judged_with(turned)
    assert one.outcome is two.outcome
    assert titles(one) == titles(two)
    assert sum(x.n for x in merged(contacts)) == sum(x.n for x in contacts)
    # putting together what was put together changes nothing
    assert merged(merged(contacts)) == merged(contacts)


def test_declared_names_do_not_reach_further_than_they_say() -> None:
    assert within("API.Vendor.example.", ["api.vendor.example"])
    assert not within("vendor.example", ["*.vendor.example"])
    assert not within("evilvendor.example", ["*.vendor.example", "vendor.example"])
    assert not within("vendor.example", ["*"])


def har(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "session.har"
    path.write_text(json.dumps({"log": {"entries": list(entries)}}), "utf-8")
    return path


def entry(url: str, **reply: Any) -> dict[str, Any]:
    return {
        "request": {"url": url, "headers": [{"name": "Authorization", "value": "Bearer sk-1"}],
                    "postData": {"text": "a private prompt"}},
        "response": {"status": 200, "headers": [], "content": {"text": "an answer"}, **reply},
        "serverIPAddress": "[2001:db8::1]",
        "_securityDetails": {"protocol": "TLS 1.3", "issuer": "R1", "subjectName": "a.example",
                             "validTo": 1_900_000_000},
    }  # fmt: skip


def test_a_har_gives_hosts_and_none_of_its_contents(tmp_path: Path) -> None:
    path = har(
        tmp_path, entry("https://a.example/v1?key=sk-2"), entry("https://a.example/v2"),
        entry("http://b.example/pixel"), entry("wss://c.example:8443/live"),
        entry("data:text/plain,x"), entry("https://[broken"), "nonsense", {"request": 7},
        entry("https://a.example/", redirectURL="https://d.example/",
              headers=[{"name": "CF-Ray", "value": "9"}, {"name": "Set-Cookie", "value": "sk-3"}]),
    )  # fmt: skip
    part = look(Review(tool="t", har=(path,), declared=("a.example",), stated=ALL))
    told = json.dumps(part.to_json())
    hosts = {one["host"]: one for one in part.measured["contacts"]}
    assert set(hosts) == {"a.example", "b.example", "c.example"}
    assert hosts["a.example"]["n"] == 3
    assert hosts["a.example"]["tls"]["version"] == "TLSv1.3"
    assert hosts["a.example"]["redirects"] == ["d.example"]
    assert hosts["c.example"]["port"] == 8443
    assert not any(word in told for word in ("sk-", "private", "an answer", "/v1", "pixel"))
    assert titles(part, Severity.CRITICAL) == ["Sends in the clear"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"log": {"entries": []}}', "\xff\xfe", "nul"])
def test_what_is_no_har_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.har"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput):
        list(read_har(path, frozenset()))
    with pytest.raises(OutsideFailed):
        list(read_har(tmp_path / "none.har", frozenset()))


@pytest.mark.parametrize("until", ["1e400", "9" * 400, "9" * 5_000, "-5", "1" + "0" * 18])
def test_a_day_that_no_calendar_has_is_no_day(tmp_path: Path, until: str) -> None:
    path = har(tmp_path, entry("https://a.example/"))
    path.write_text(path.read_text().replace("1900000000", until), "utf-8")
    try:
        (found,) = read_har(path, frozenset())
    except BadInput:
        return
    assert found.tls is not None and found.tls.not_after_us is None


def test_a_recording_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = har(tmp_path, entry("URL"))
    path.write_text(path.read_text().replace('"URL"', "[" * 50_000 + "]" * 50_000), "utf-8")
    tracemalloc.start()
    with pytest.raises(BadInput, match="is no HAR: nested deeper than 64"):
        list(read_har(path, frozenset()))
    most_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most_bytes < 5_000_000


def test_a_capture_gives_connections(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "ip.dst\ttcp.dstport\ttls.handshake.extensions_server_name\ttls.handshake.version\n"
        "192.0.2.1\t443\ta.example\t0x0303\n192.0.2.2\t443\tb.example\t0x0301\n"
        "192.0.2.3\t80\t\t\n\t\t\t\n",
        "utf-8",
    )
    found = {one.host: one for one in read_csv(path)}
    assert found["a.example"].tls == Tls(version="TLSv1.2")
    assert found["b.example"].tls == Tls(version="TLSv1")
    assert not found["192.0.2.3"].secured
    part = look(Review(tool="t", csv=(path,), declared=("a.example",), stated=ALL))
    assert {"Old TLS", "Reaches a host that was not declared", "Sends in the clear"} <= set(
        titles(part)
    )
    for text in ("who,what\n1,2\n", "host,port\na.example,many\n", ""):
        path.write_text(text, "utf-8")
        with pytest.raises(BadInput):
            list(read_csv(path))


@pytest.mark.parametrize("url", ["ftp://a.example", "https://", "https://u:p@a.example", "x",
                                 "https://a.example:notaport/"])  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        measure(url, frozenset(), ca_file=None, timeout_s=1.0)


@pytest.mark.parametrize(
    "text",
    ['country = "X"', "colour = 1", 'connect = "x"', "timeout_s = 0", "answers = 3", "ca_file = 1",
     "har = [1]", "= x"],
)  # fmt: skip
def test_a_file_that_will_not_do_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadSettings):
        load_review(path)


@pytest.mark.parametrize(
    "text",
    [
        "[answers.nothing]",
        '[answers.where]\nsays = "perhaps"',
        '[answers.where]\non = "today"',
        "[answers]\nwhere = 1",
    ],
)
def test_an_answer_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput):
        load_review(path)


def test_the_command_measures_prints_and_exits(
    made: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tool.toml"
    with serving(secured(made)) as port:
        path.write_text(
            f'tool = "T\\u001b[31m"\nconnect = ["https://localhost:{port}/"]\n'
            f'declared = ["localhost"]\nca_file = "{made["root"]}"\n'
            '[answers.retention]\nsaid = "30 days"\nsource = "clause 4"\non = 2026-11-01\n',
            "utf-8",
        )
        assert run(["vet", "data-flow", str(path), "--json", "--quiet"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert run(["vet", "data-flow", str(path)]) == 1
    shown = capsys.readouterr()
    assert told["name"] == "data_flow"
    assert "\x1b[31m" not in shown.out
    assert "CONCERN" in shown.out
    assert "measuring" in shown.err
    assert run(["vet", "data-flow", "--questions"]) == 0
    assert "[answers.retention]" in capsys.readouterr().out
    assert run(["vet", "data-flow"]) == 3
