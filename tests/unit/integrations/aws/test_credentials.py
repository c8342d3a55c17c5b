"""Where keys come from, and that errors never hold one."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.errors import ProviderError
from integrations.aws.credentials import Keys, from_command, from_environment, from_file

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "canary-secret"
PRINTED = {"Version": 1, "AccessKeyId": "AKIAPROD", "SecretAccessKey": SECRET, "SessionToken": "canary-session"}


def program(folder: Path, output: str, *, code: int = 0) -> str:
    path = folder / "keys"
    path.write_text(f"#!{sys.executable}\nimport os, sys\nsys.stdout.write({output!r})\nsys.exit({code})\n")
    path.chmod(0o700)
    return str(path)


def run(path: str, **more: Any) -> Keys:
    return from_command([path], allowed=more.pop("allowed", [path]), environment=more, now=NOW)


def test_variables_by_prefix() -> None:
    found = from_environment("PROD_", {"PROD_AWS_ACCESS_KEY_ID": "AKIAPROD", "PROD_AWS_SECRET_ACCESS_KEY": SECRET})
    assert found.environment() == {"AWS_ACCESS_KEY_ID": "AKIAPROD", "AWS_SECRET_ACCESS_KEY": SECRET}
    assert (found.shown, SECRET in repr(found)) == ("…PROD", False)
    with pytest.raises(ProviderError, match="DEV_AWS_ACCESS_KEY_ID is not set"):
        from_environment("DEV_", {"PROD_AWS_ACCESS_KEY_ID": "AKIAPROD"})


def test_a_profile_of_a_shared_file(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(f"[prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = {SECRET}\naws_session_token = t\n")
    assert from_file(file, "prod") == Keys("AKIAPROD", SECRET, "t")
    with pytest.raises(ProviderError, match="has no profile dev"):
        from_file(file, "dev")


def test_a_program_that_a_file_names_is_not_run(tmp_path: Path) -> None:
    file, ran = tmp_path / "credentials", tmp_path / "ran"
    file.write_text(f"[prod]\ncredential_process = touch {ran}\n")
    with pytest.raises(ProviderError, match="has no keys"):
        from_file(file, "prod")
    assert not ran.exists()


@pytest.mark.parametrize(
    "content", [f"aws_secret_access_key = {SECRET}\n", f"[prod]\n{SECRET}\n", "\xff\xfe[", "[a]\n[a]\n"]
)
def test_a_file_that_is_none_is_refused_without_a_word_of_it(tmp_path: Path, content: str) -> None:
    file = tmp_path / "credentials"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(ProviderError) as refused:
        from_file(file, "prod")
    assert SECRET not in refused.value.message + refused.value.hint
    with pytest.raises(ProviderError, match="cannot be read"):
        from_file(tmp_path / "missing", "prod")


def test_what_a_program_prints(tmp_path: Path) -> None:
    later = (NOW + timedelta(hours=1)).isoformat()
    path = program(tmp_path, json.dumps(PRINTED | {"Expiration": later}))
    assert run(path) == Keys("AKIAPROD", SECRET, "canary-session", NOW + timedelta(hours=1))


def test_it_gets_what_it_is_told_and_nothing_of_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_SECRET_KEY", "hush")
    path = tmp_path / "keys"
    said = '{"Version": 1, "AccessKeyId": ",".join(sorted(os.environ)), "SecretAccessKey": "x"}'
    path.write_text(f"#!{sys.executable}\nimport json, os\nprint(json.dumps({said}))\n")
    path.chmod(0o700)
    names = set(run(str(path), CAIRN_PHASE="plan").access_key_id.split(","))
    assert "CAIRN_PHASE" in names
    assert "CAIRN_SECRET_KEY" not in names


@pytest.mark.parametrize(
    ("output", "code", "says"),
    [
        (SECRET, 0, "did not print credentials"),
        (json.dumps(PRINTED | {"Version": 2}), 0, "did not print credentials"),
        (json.dumps(PRINTED | {"SecretAccessKey": ""}), 0, "did not print credentials"),
        (json.dumps(PRINTED | {"AccessKeyId": 7}), 0, "did not print credentials"),
        (json.dumps(PRINTED | {"Expiration": "soon"}), 0, "did not print credentials"),
        (json.dumps([PRINTED]), 0, "did not print credentials"),
        (json.dumps(PRINTED | {"Expiration": NOW.isoformat()}), 0, "have ended"),
        (SECRET, 3, "ended with 3"),
    ],
)
def test_a_program_that_does_not_is_named_without_a_word_of_it(
    tmp_path: Path, output: str, code: int, says: str
) -> None:
    with pytest.raises(ProviderError, match=says) as refused:
        run(program(tmp_path, output, code=code))
    assert SECRET not in refused.value.message + refused.value.hint


def test_only_programs_that_the_operator_named_are_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    with pytest.raises(ProviderError) as refused:
        from_command(["/bin/touch", str(ran)], allowed=["/usr/bin/keys"], environment={}, now=NOW)
    assert "CAIRN_CREDENTIAL_COMMANDS" in refused.value.hint
    assert not ran.exists()
