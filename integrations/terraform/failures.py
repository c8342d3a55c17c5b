"""What went wrong, whose fault it is, and the way out, from Terraform's diagnostics. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from common.errors import ProviderError
from integrations.terraform.events import Diagnostic


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed command. ``transient`` tells whether trying again, unchanged, can help."""

    id: str
    family: Literal["user", "platform", "provider"]
    message: str
    hint: str = ""
    transient: bool = False

    def as_error(self) -> ProviderError:
        """The same as an exception."""
        return ProviderError(self.message, permanent=not self.transient, id=self.id, hint=self.hint)


MISSING_BINARY_HINT = "Install Terraform 1.11 or OpenTofu 1.11 or later, or set CAIRN_TERRAFORM to the binary."
MISSING_PROVIDER_HINT = (
    "Set CAIRN_TERRAFORM_MIRROR to a folder made with `terraform providers mirror`, "
    "or let the worker reach the registry."
)
_Family = Literal["user", "platform", "provider"]
#: Pattern over summary and detail → id, family, message (empty: Terraform's own), hint, transient. First match wins.
_KNOWN: tuple[tuple[str, str, _Family, str, str, bool], ...] = (
    (
        r"failed to query available provider|could not retrieve the list of available versions|"
        r"no available releases match|provider .* not available|required plugins are not installed|"
        r"failed to install provider",
        "provider-missing",
        "platform",
        "Terraform cannot find a provider that this blueprint needs.",
        MISSING_PROVIDER_HINT,
        False,
    ),
    (
        r"saved plan is stale|saved plan does not match",
        "plan-stale",
        "platform",
        "The state has changed since this plan was made.",
        "Make a new plan and have it approved.",
        False,
    ),
    (
        r"error acquiring the state lock",
        "state-locked",
        "platform",
        "Another run holds the state of this resource.",
        "Wait for it to end; a platform admin can release a lock that was left behind.",
        True,
    ),
    (
        r"error (saving|uploading|writing) state|failed to (save|persist|upload) state|errored\.tfstate",
        "state-not-saved",
        "platform",
        "Terraform could not store the state after the change.",
        "The state was kept beside the run and is picked up by its recovery.",
        False,
    ),
    (
        r"unsupported terraform core version",
        "terraform-too-old",
        "platform",
        "The Terraform of this installation is too old for the blueprint.",
        MISSING_BINARY_HINT,
        False,
    ),
    (
        r"no valid credential sources|invalidclienttokenid|expiredtoken|unrecognizedclientexception",
        "cloud-credentials",
        "platform",
        "The cloud account refuses the portal's credentials.",
        "A platform admin has to renew the AWS credentials of the workers.",
        False,
    ),
    (
        r"accessdenied|unauthorizedoperation|not authorized to perform",
        "cloud-permission",
        "platform",
        "The cloud account does not let the portal do this.",
        "A platform admin has to widen the rights of the workers' role.",
        False,
    ),
    (
        r"alreadyexists|already exists",
        "already-exists",
        "user",
        "",
        "Something of this name exists outside the portal. Choose another name, or have it imported.",
        False,
    ),
    (
        r"invalid value for (input )?variable|the given value is not suitable|unsuitable value",
        "invalid-input",
        "user",
        "",
        "Change the value and ask again.",
        False,
    ),
    (
        r"connection refused|no such host|i/o timeout|tls handshake|throttl|requestlimitexceeded|"
        r"statuscode: 5\d\d|status code: 5\d\d",
        "cloud-unreachable",
        "provider",
        "The cloud account does not answer.",
        "",
        True,
    ),
)


def explain(diagnostics: Sequence[Diagnostic], last_words: str = "") -> Failure:
    """The failure behind ``diagnostics``; ``last_words`` is the end of stderr, for a crash without any."""
    errors = [found for found in diagnostics if found.severity == "error"]
    text = "\n".join(f"{found.summary}\n{found.detail}" for found in errors) or last_words
    flat = re.sub(r"\s+", " ", text).lower()
    own = _own_words(errors, last_words)
    for pattern, id, family, message, hint, transient in _KNOWN:
        if re.search(pattern, flat):
            return Failure(id, family, message or own, hint, transient)
    return Failure("terraform-failed", "provider", own, "The log of the run has the whole story.")


def _own_words(errors: Sequence[Diagnostic], last_words: str) -> str:
    if not errors:
        return last_words.strip()[-500:] or "Terraform ended without saying why."
    first = errors[0]
    return f"{first.summary}: {first.detail.strip().splitlines()[0]}" if first.detail.strip() else first.summary
