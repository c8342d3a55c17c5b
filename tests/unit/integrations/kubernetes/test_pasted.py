"""A kubeconfig that is pasted fills a form; one that would do something is refused with the line."""

import base64

import pytest
import yaml

from common.errors import UserError
from integrations.kubernetes.pasted import read_pasted

CA = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()


def kubeconfig(cluster: str = "", user: str = "token: s3cret-token") -> str:
    return f"""apiVersion: v1
kind: Config
current-context: prod
contexts:
- name: prod
  context: {{cluster: prod-eu, user: cairn}}
- name: other
  context: {{cluster: other, user: dev}}
clusters:
- name: prod-eu
  cluster:
    server: https://k8s.example.com:6443/
    certificate-authority-data: {CA}
    {cluster}
- name: other
  cluster: {{server: "https://other.example.com"}}
users:
- name: cairn
  user:
    {user}
- name: dev
  user: {{exec: {{command: touch, args: [ran]}}}}
"""


def test_the_current_context_gives_server_authority_and_token() -> None:
    read = read_pasted(kubeconfig())
    assert (read.name, read.server) == ("prod-eu", "https://k8s.example.com:6443")
    assert (read.authority, read.token) == ("-----BEGIN CERTIFICATE-----", "s3cret-token")
    assert "s3cret-token" not in repr(read)


@pytest.mark.parametrize(
    ("cluster", "user", "line", "says"),
    [
        ("", "exec: {command: touch, args: [ran]}", 20, "exec would run a program here"),
        ("", "auth-provider: {name: gcp}", 20, "auth-provider would run"),
        ("", "tokenFile: /etc/shadow", 20, "tokenFile names a file"),
        ("", "client-certificate-data: aGk=", 20, "client-certificate-data is a client certificate"),
        ("", "{token: x, as: system:admin}", 20, "as would act as somebody else"),
        ("", "{username: admin, password: hush}", 20, "username"),
        ("", "{}", 19, "token is missing"),
        ("proxy-url: http://evil.example.com", "token: x", 14, "proxy-url would lead"),
        ("insecure-skip-tls-verify: true", "token: x", 14, "switches off the check"),
        ("certificate-authority: /etc/passwd", "token: x", 14, "certificate-authority names a file"),
        ("tls-server-name: localhost", "token: x", 14, "tls-server-name"),
    ],
)
def test_whatever_would_do_something_is_refused_with_its_line(cluster: str, user: str, line: int, says: str) -> None:
    with pytest.raises(UserError) as refused:
        read_pasted(kubeconfig(cluster, user))
    (first, *_) = refused.value.fields
    assert (first.path, first.line) == ("kubeconfig", line)
    assert says in first.message
    assert first.hint
    assert "s3cret" not in str(refused.value.fields)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "a: [", "{}", "current-context: x", "a: 1\n---\na: 2", "x" * 300_000,
     "current-context: c\ncontexts: {}\n", "current-context: c\ncontexts:\n- name: c\n  context: nothing\n",
     "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"],
)  # fmt: skip
def test_what_is_no_kubeconfig_is_refused(text: str) -> None:
    with pytest.raises(UserError) as refused:
        read_pasted(text)
    assert refused.value.id == "kubeconfig-unusable"


def test_an_authority_that_is_none_is_named_with_its_line() -> None:
    text = kubeconfig().replace(CA, "%%%")
    with pytest.raises(UserError) as refused:
        read_pasted(text)
    assert refused.value.fields[0].line == 13


def test_what_kubectl_writes_is_read() -> None:
    document = yaml.safe_load(kubeconfig())
    assert read_pasted(yaml.safe_dump(document)).server == "https://k8s.example.com:6443"
