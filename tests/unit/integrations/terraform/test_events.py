"""Terraform's event stream."""

import json

from integrations.terraform.events import parse_line

SECRET = 'hunter<2>&"x'


def clean(text: str) -> str:
    return text.replace(SECRET, "•••")


def test_a_secret_that_json_escapes_is_taken_out() -> None:
    line = json.dumps({"@level": "info", "@message": f"value {SECRET}", "type": "log"})
    line = line.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    assert SECRET not in line
    assert parse_line(line, clean).text == "value •••"


def test_a_diagnostic_names_resource_and_place() -> None:
    event = parse_line(
        json.dumps(
            {
                "@message": "Error",
                "@level": "error",
                "type": "diagnostic",
                "diagnostic": {
                    "severity": "error",
                    "summary": "Bad secret",
                    "detail": f"got {SECRET}",
                    "address": "aws_db_instance.this",
                    "range": {"filename": "main.tf", "start": {"line": 3}},
                },
            }
        ),
        clean,
    )
    assert event.text == "Error: Bad secret (aws_db_instance.this, main.tf line 3)\ngot •••"


def test_a_finished_resource_gives_its_id_and_time() -> None:
    hook = {"resource": {"addr": "x.y"}, "action": "create", "id_value": "db-1", "elapsed_seconds": 91}
    event = parse_line(json.dumps({"@message": "done", "type": "apply_complete", "hook": hook}))
    assert (event.address, event.action, event.identifier, event.seconds) == ("x.y", "create", "db-1", 91)


def test_kinds_of_the_future_pass_through() -> None:
    assert parse_line('{"@message": "hello", "type": "quantum_start"}').text == "hello"


def test_a_state_that_terraform_dumps_is_not_shown() -> None:
    assert "secret" not in parse_line('{"version": 4, "outputs": {"p": "secret"}}').text
    dump = json.dumps({"@message": "Emergency state dump", "type": "log", "state": {"p": "secret"}})
    assert parse_line(dump).text == "Emergency state dump"


def test_what_is_no_json_is_shown_cleaned() -> None:
    assert parse_line(f"panic: {SECRET}", clean).text == "panic: •••"
