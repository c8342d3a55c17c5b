"""What a module may not do when its source is not trusted, and texts that could be read in two ways."""

from pathlib import Path

import pytest

from integrations.terraform.hcl import HclProblem, read
from provisioning.blueprints import FOLDER
from provisioning.blueprints.package import MODULE, read_folder
from provisioning.blueprints.trust import refused

AWS = {"hashicorp/aws"}


def told(module: str, providers: set[str] = AWS, **more: str) -> list[tuple[str, int | None, str]]:
    """File, line and words of everything refused."""
    files = {"main.tf": module.encode()} | {name.replace("__", "."): text.encode() for name, text in more.items()}
    return [(error.path, error.line, error.message) for error in refused(files, providers)]


@pytest.mark.parametrize("folder", sorted(FOLDER.glob("*/module")), ids=lambda folder: folder.parent.name)
def test_the_modules_that_ship_would_be_let_in(folder: Path) -> None:
    files = read_folder(folder.parent)
    module = {path.removeprefix(MODULE): data for path, data in files.items() if path.startswith(MODULE)}
    assert list(refused(module, AWS)) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('resource "terraform_data" "x" { provisioner "local-exec" { command = "id" } }', "local-exec provisioner"),
        ('resource "terraform_data" "x" { provisioner "remote-exec" {} }', "remote-exec provisioner"),
        ('removed { provisioner "local-exec" { command = "id" } }', "local-exec provisioner"),
        ('resource "null_resource" "x" {}', "needs the provider hashicorp/null"),
        ('data "external" "x" { program = ["id"] }', "needs the provider hashicorp/external"),
        ('data "http" "x" { url = "http://10.0.0.1" }', "needs the provider hashicorp/http"),
        ('check "x" { data "http" "x" { url = "http://10.0.0.1" } }', "needs the provider hashicorp/http"),
        ('data "terraform_remote_state" "x" { backend = "local" }', "state of something else"),
        ('resource "aws_vpc" "x" { provider = evil }', "needs the provider hashicorp/evil"),
        ('resource "aws_vpc" "x" { provider = evil.other }', "needs the provider hashicorp/evil"),
        ('terraform { required_providers { aws = { source = "evil/aws" } } }', "provider evil/aws"),
        ('terraform { required_providers { aws = { source = "example.com/hashicorp/aws" } } }', "example.com"),
        ('terraform { required_providers { aws = { source = "${var.x}" } } }', "provider ?"),
        ('terraform { backend "s3" {} }', "decides on backend"),
        ('terraform { cloud {} }', "decides on cloud"),
        ('provider "aws" { profile = "admin" }', "portal configures providers"),
        ('module "x" { source = "git::https://example.com/x" }', "not one of this folder"),
        ('module "x" { source = "../x" }', "not one of this folder"),
        ('module "x" { source = "./a/../../x" }', "not one of this folder"),
        ('module "x" { source = "./nowhere" }', "not one of this folder"),
        ('module "x" { source = "hashicorp/consul/aws" }', "not one of this folder"),
        ('module "x" { source = var.x }', "not one of this folder"),
        ('action "x" "y" {}', "may not hold action blocks"),
        ('locals { x = file("/etc/passwd") }', "file() may lead outside"),
        ('locals { x = file("x") }', "file() may lead outside"),
        ('locals { x = file(var.x) }', "file() may lead outside"),
        ('locals { x = file("${path.module}/../x") }', "file() may lead outside"),
        ('locals { x = file("${path.root}/x") }', "file() may lead outside"),
        ('locals { x = file("${path.module}${var.x}") }', "file() may lead outside"),
        ('locals { x = file("${path.module}-other/x") }', "file() may lead outside"),
        ('locals { x = filebase64sha256("/etc/passwd") }', "filebase64sha256() may lead outside"),
        ('locals { x = [for f in fileset("/", "*") : f] }', "fileset() may lead outside"),
        ('locals { x = fileset(path.module, "../*") }', "fileset() may lead outside"),
        ('locals { x = upper("a${lower(file("/etc/passwd"))}") }', "file() may lead outside"),
        ('locals { x = templatefile("${path.module}/x.txt", {}) }', "end in .tftpl"),
        ('locals { x = templatestring(local.y, {}) }', "templatestring() is not for modules"),
        ('locals { x = pathexpand("~/.aws/credentials") }', "pathexpand() is not for modules"),
        ('resource "aws_s3_object" "x" { source = "/etc/passwd" }', "source may lead outside"),
        ('resource "aws_lambda_function" "x" { filename = var.x }', "filename may lead outside"),
    ],
)  # fmt: skip
def test_each_of_these_is_refused_with_its_line(line: str, message: str) -> None:
    found = told(f"# a comment\n\n{line}\n")
    assert any(path == "module/main.tf" and at == 3 and message in words for path, at, words in found), found


@pytest.mark.parametrize(
    "text",
    [
        'locals { x = file("${path.module}/policy.json") }',
        'locals { x = templatefile("${path.module}/a/x.tftpl", { y = 1 }) }',
        'locals { x = fileset(path.module, "**/*.json") }',
        'resource "terraform_data" "x" { input = "provisioner and file(/etc/passwd) in words" }',
        'locals {\n  # file("/etc/passwd")\n  /* provisioner "local-exec" {} */\n  // data "http" "x" {}\n}',
        'locals {\n  x = <<-EOT\n    arn:${var.x}:$${y} and %%{z} of ${upper("a")}\n  EOT\n}',
        "locals {\n  x = <<-EOT\n    %{ if var.y }yes%{ else }no%{ endif }\n  EOT\n}",
        'terraform { required_providers { aws = { source = "registry.terraform.io/hashicorp/aws" } } }',
        'resource "aws_vpc" "x" { provider = aws }',
        'module "x" { source = "./inner" }',
    ],
)
def test_what_does_no_harm_is_let_in(text: str) -> None:
    found = refused({"main.tf": f"{text}\n".encode(), "inner/main.tf": b"locals {}\n"}, AWS)
    assert list(found) == []


def test_inner_modules_and_templates_are_searched_too() -> None:
    files = {
        "main.tf": b'module "x" { source = "./inner" }\n',
        "inner/main.tf": b'\ndata "http" "x" {}\n',
        "x.tftpl": b'hello\n${file("/etc/passwd")}\n',
        "override.tf.json": b"{}",
    }
    found = {(error.path, error.line) for error in refused(files, AWS)}
    assert found == {("module/inner/main.tf", 2), ("module/x.tftpl", 2), ("module/override.tf.json", 1)}


@pytest.mark.parametrize(
    "text",
    [
        # A closing quote that only one reader sees would hide what follows it from the other.
        'a = "$${"\nresource "x" "y" { provisioner "z" {} }\nb = "}"\n',
        'a = "%%{"\nresource "x" "y" {}\nb = "}"\n',
        'a = "$${ ${file("/etc/passwd")} }"\n',
        # Terraform ends the text at the first line that is the marker but for spaces.
        'a = <<EOT\nx\nEOT \nresource "x" "y" {}\nb = <<EOT\ny\nEOT\n',
        'a = <<EOT\n${<<EOT\nx\nEOT\n}\nEOT\n',
        'a = <<EOT\n${file(\n"/etc/passwd")}\nEOT\n',
        'a = <<EOT\n$$${file("/etc/passwd")}\nEOT\n',
        'data "ext\\u0065rnal" "x" {}\n',
        'a = core::file("/etc/passwd")\n',
        "a = 1\x00\n",
        "\ufeffa = 1\n",
        "a = ${\n",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    assert [words for _, _, words in told(text)] != []


def test_a_text_block_says_what_it_calls_and_where() -> None:
    block = read('locals {\n  a = <<EOT\n\n${file("x")}\nEOT\n}\n')
    assert [(call.name, call.line) for call in block.calls()] == [("file", 4)]


def test_a_file_that_is_too_long_is_not_even_parsed() -> None:
    with pytest.raises(HclProblem, match="longer than"):
        read("#" * 300_000)
