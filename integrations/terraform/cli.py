"""Running Terraform in a workspace: init, plan, show, apply, outputs."""

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from common.errors import ProviderError
from integrations.terraform.commands import PLAN_FILE, CommandLines
from integrations.terraform.environment import CLI_CONFIG, clean_environment, secrets_in
from integrations.terraform.events import Clean, Diagnostic, Event, as_it_is, parse_line
from integrations.terraform.failures import MISSING_BINARY_HINT, Failure, explain
from integrations.terraform.mirror import cli_config
from integrations.terraform.process import Ended, StopLevel, supervise

Verdict = Literal["done", "changes", "failed", "stopped", "killed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a command may take, may take to stop, and may wait for the lock on the state, in seconds."""

    init: float = 600
    plan: float = 1800
    apply: float = 5400
    read: float = 120
    patience: float = 300
    lock: int = 60


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended.

    ``done``; ``changes`` (a plan with something to do); ``failed``; ``stopped`` (interrupted, in order: state is
    saved); ``killed`` (not in order: what was under way is unknown). ``failure`` is there for the last three.
    """

    verdict: Verdict
    exit_code: int
    seconds: float
    failure: Failure | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the command did what it was asked."""
        return self.failure is None


@dataclass(frozen=True, slots=True)
class PlanResult(Result):
    """How planning ended. The plan file lies in the workspace when ``ok``."""

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to apply, outputs included."""
        return self.verdict == "changes"


@dataclass(frozen=True, slots=True)
class Output:
    """An output value as JSON; a ``sensitive`` one belongs into the secret store and nowhere else."""

    value: Any
    sensitive: bool


class Terraform:
    """One workspace, one binary.

    ``environment`` holds what :func:`clean_environment` lets through: ``TF_HTTP_*`` for the state, ``TF_VAR_*`` for
    secrets, ``AWS_*``. ``on_line`` gets each event while it happens, cleaned of those secrets and by ``clean``.
    ``should_stop`` is asked once a second during every command.
    """

    def __init__(
        self,
        binary: str,
        workspace: Path,
        environment: Mapping[str, str],
        on_line: Callable[[Event], None],
        *,
        should_stop: Callable[[], StopLevel] = lambda: "no",
        clean: Clean = as_it_is,
        mirror: Path | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self.workspace = workspace
        self._binary, self._found = binary, shutil.which(binary)
        self._commands = CommandLines(self._found or binary, workspace, lock_timeout=limits.lock)
        self._environment = clean_environment(workspace, environment)
        self._secrets = [value for value in secrets_in(environment) if len(value) >= 6]
        self._on_line, self._should_stop, self._clean, self._limits = on_line, should_stop, clean, limits
        self._mirror = mirror

    def init(self) -> Result:
        """Fetch the backend's state and link the providers; writes the CLI configuration first."""
        self.workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.workspace / CLI_CONFIG).write_text(cli_config(self._mirror), encoding="utf-8")
        return self._run(self._commands.init(), self._limits.init)

    def plan(self, destroy: bool = False, refresh_only: bool = False, lock: bool = True) -> PlanResult:
        """Make the plan file. It holds values in the clear: the workspace is private, and :meth:`forget` removes it."""
        result = self._run(
            self._commands.plan(destroy=destroy, refresh_only=refresh_only, lock=lock), self._limits.plan
        )
        verdict: Verdict = "changes" if result.ok and result.exit_code == 2 else result.verdict
        return PlanResult(verdict, result.exit_code, result.seconds, result.failure, result.diagnostics)

    def show_plan(self) -> dict[str, Any]:
        """The plan as Terraform prints it, secrets in clear text: for :func:`plan.sanitise` only, never to be kept."""
        return self._document(self._commands.show_plan())

    def apply(self) -> Result:
        """Apply the plan file, exactly."""
        return self._run(self._commands.apply(), self._limits.apply)

    def outputs(self) -> dict[str, Output]:
        """Every output by name."""
        document = self._document(self._commands.outputs())
        return {name: Output(raw.get("value"), bool(raw.get("sensitive"))) for name, raw in document.items()}

    def version(self) -> str:
        """The binary's version, such as ``1.11.4``."""
        return str(self._document(self._commands.version())["terraform_version"])

    def plan_file_digest(self) -> str:
        """SHA-256 of the plan file: an apply must find the very file that was approved."""
        return hashlib.sha256((self.workspace / PLAN_FILE).read_bytes()).hexdigest()

    def forget(self) -> None:
        """Remove the plan file, which holds values in the clear."""
        (self.workspace / PLAN_FILE).unlink(missing_ok=True)

    def clean(self, text: str) -> str:
        """``text`` without the secrets of this workspace."""
        for secret in self._secrets:
            text = text.replace(secret, "(sensitive)")
        return self._clean(text)

    def _run(self, command: Sequence[str], limit: float) -> Result:
        diagnostics: list[Diagnostic] = []
        last_words: list[str] = []

        def take(line: str, stream: Literal["out", "err"]) -> None:
            event = parse_line(line, self.clean)
            if event.diagnostic:
                diagnostics.append(event.diagnostic)
            if stream == "err":
                last_words.append(event.text)
            self._on_line(event)

        started = time.monotonic()
        ended = self._supervise(command, limit, take)
        verdict = _verdict(ended)
        failure = None if verdict == "done" else _failure(ended, verdict, diagnostics, "\n".join(last_words[-20:]))
        return Result(verdict, ended.exit_code, time.monotonic() - started, failure, tuple(diagnostics))

    def _supervise(
        self, command: Sequence[str], limit: float, take: Callable[[str, Literal["out", "err"]], None]
    ) -> Ended:
        self._require_binary()
        return supervise(
            command,
            workspace=self.workspace,
            environment=self._environment,
            on_line=take,
            should_stop=self._should_stop,
            deadline=limit,
            patience=self._limits.patience,
        )

    def _require_binary(self) -> None:
        if not self._found:
            raise ProviderError(
                f"There is no “{self._binary}” on this machine.",
                permanent=True,
                id="terraform-missing",
                hint=MISSING_BINARY_HINT,
            )

    def _document(self, command: Sequence[str]) -> dict[str, Any]:
        self._require_binary()
        try:
            process = subprocess.run(
                command,
                cwd=self.workspace,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._limits.read,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise ProviderError("Terraform does not answer.", permanent=False, id="terraform-timeout") from None
        if process.returncode:
            raise explain((), self.clean(process.stderr.decode("utf-8", "replace"))).as_error()
        return dict(json.loads(process.stdout))


def _verdict(ended: Ended) -> Verdict:
    if ended.exit_code in {0, 2}:
        return "done"
    if ended.stopped == "forced" or ended.exit_code < 0:
        return "killed"
    return "stopped" if ended.stopped == "graceful" else "failed"


def _failure(ended: Ended, verdict: Verdict, diagnostics: Sequence[Diagnostic], last_words: str) -> Failure:
    if ended.overdue:
        return Failure("terraform-overdue", "platform", "Terraform took longer than it may.", "The log shows where.")
    if verdict == "killed":
        return Failure("terraform-killed", "platform", "Terraform was killed; what it was doing is not known.")
    if verdict == "stopped":
        return Failure("terraform-stopped", "user", "Terraform was asked to stop and did, in order.")
    return explain(diagnostics, last_words)
