"""Credentials are read; nothing in the file is run."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.errors import ProviderError
from integrations.kubernetes.kubeconfig import read_kubeconfig


def written(folder: Path, *, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> Path:
    path = folder / "kubeconfig"
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": {"server": "https://k8s.example.com/", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_token_and_an_authority_are_read_inline_or_from_files(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_bytes(b"PEM")
    (tmp_path / "token").write_text("from-file\n")
    inline = {"certificate-authority-data": base64.b64encode(b"PEM").decode()}
    one = read_kubeconfig(written(tmp_path, cluster=inline, user={"token": "secret"}))
    assert (one.server, one.authority, one.token) == ("https://k8s.example.com", b"PEM", "secret")
    files = written(tmp_path, cluster={"certificate-authority": "ca.crt"}, user={"tokenFile": "token"})
    other = read_kubeconfig(files)
    assert (other.authority, other.token) == (b"PEM", "from-file")


def test_secrets_do_not_show_when_credentials_are_printed(tmp_path: Path) -> None:
    shown = repr(read_kubeconfig(written(tmp_path, user={"token": "s3cret-token"})))
    assert "s3cret-token" not in shown


@pytest.mark.parametrize(
    ("cluster", "user", "why"),
    [
        ({}, {"exec": {"command": "touch", "args": ["ran"]}}, "program to run"),
        ({}, {"auth-provider": {"name": "gcp"}}, "program to run"),
        ({"insecure-skip-tls-verify": True}, {}, "check of the server's certificate"),
        ({"server": "file:///etc/passwd"}, {}, "URL"),
        ({"certificate-authority-data": "%%%"}, {}, "base64"),
        ({}, {"tokenFile": "missing"}, "tokenFile"),
    ],
)
def test_what_would_run_or_weaken_something_is_refused(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any], why: str
) -> None:
    with pytest.raises(ProviderError, match=why) as refused:
        read_kubeconfig(written(tmp_path, cluster=cluster, user=user))
    assert refused.value.permanent
    assert refused.value.hint


@pytest.mark.parametrize("text", ["", "[]", "a: [", "current-context: c", "current-context: c\ncontexts: []"])
def test_what_is_no_kubeconfig_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "kubeconfig").write_text(text)
    with pytest.raises(ProviderError):
        read_kubeconfig(tmp_path / "kubeconfig")
    with pytest.raises(ProviderError):
        read_kubeconfig(tmp_path / "none")
