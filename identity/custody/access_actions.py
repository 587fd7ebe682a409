"""What a DPO signs on their own machine about a request for access, and carries to the gateway."""

from typing import Final

SEARCH: Final = "subject-access.search"
ACCESS_OPENED: Final = "subject-access.opened"
RELEASE: Final = "subject-access.release"
