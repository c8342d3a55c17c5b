"""People, teams and how they sign in."""

from accounts.models.sign_in import SignInLink
from accounts.models.team import Membership, Team
from accounts.models.token import SCOPES, ApiToken
from accounts.models.user import Role, User
from accounts.models.version import Version

__all__ = ["SCOPES", "ApiToken", "Membership", "Role", "SignInLink", "Team", "User", "Version"]
