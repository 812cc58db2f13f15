"""Who is at the other end of a connection to a scheduler: what is warned of, and what is passed to Dask."""

from types import SimpleNamespace

import pytest

from hvecs.sweeps import cluster
from hvecs.sweeps.cluster import Cluster, is_open


@pytest.mark.parametrize(
    ("address", "open_"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://127.9.9.9:8786", False),
        ("tcp://[::1]:8786", False),
        ("localhost:8786", False),
        ("127.0.0.1:8786", False),
        ("tls://10.0.0.1:8786", False),
        ("wss://host:8786", False),
        ("tcp://10.0.0.1:8786", True),
        ("tcp://[fe80::1]:8786", True),
        ("tcp://localhost.example.org:8786", True),
        ("ws://host:8786", True),
        ("host:8786", True),
        ("0.0.0.0:8786", True),
    ],
)
def test_a_scheduler_beyond_this_machine_without_tls_is_open_to_all(address, open_):
    assert is_open(address) == open_


@pytest.mark.parametrize(("address", "encrypted"), [("tls://h:1", True), ("tcp://127.0.0.1:1", None)])
def test_certificates_are_passed_to_dask(monkeypatch, address, encrypted):
    given = {}

    def client(address, **options):
        given.update(options, address=address)
        return SimpleNamespace(run=lambda _: {}, close=lambda: None)

    dask = SimpleNamespace(Client=client, Security=lambda **options: options)
    monkeypatch.setattr(cluster, "_dask", lambda: dask)
    with Cluster(address, ca="ca.pem", cert="cert.pem"):
        pass
    assert given == {
        "address": address,
        "name": "hvecs",
        "security": {"require_encryption": encrypted, "tls_ca_file": "ca.pem", "tls_client_cert": "cert.pem"},
    }


def test_a_warning_says_what_is_open(hvecs, tmp_path, monkeypatch):
    from tests.sweeping import write

    def client(*_, **__):
        raise OSError("nobody")

    monkeypatch.setattr(cluster, "_dask", lambda: SimpleNamespace(Client=client, Security=lambda **_: None))
    for address, warned in (
        ("tcp://10.0.0.1:8786", True),
        ("tcp://127.0.0.1:8786", False),
        ("tls://10.0.0.1:8786", False),
    ):
        done = hvecs("sweep", write(tmp_path), "--cluster", address, "-q")
        assert done.code == 2
        assert (f"warning: nothing shows who the scheduler at {address} is" in done.err) == warned
    done = hvecs("sweep", write(tmp_path), "--tls-ca", "ca.pem")
    assert (done.code, "belong to --cluster" in done.err) == (2, True)
