"""Which engine: the version, and the SHA-256 of each official release."""

VERSION = "3.250.0"
"""What is installed when there is none, and the oldest `pulumi` on PATH that is used: no older one was tried."""

EXECUTOR = "pulumi-language-python-exec"
"""Pulumi's own script that runs a Python program: a part of each release, beside the engine."""

LANGUAGE_HOST = "pulumi-language-python"

RELEASE_URL = (
    "https://github.com/pulumi/pulumi/releases/download/v{version}/pulumi-v{version}-{platform}.tar.gz"
)

RELEASE_SHA256 = {
    "darwin-arm64": "dbd289ce3069cf567683252082e226aef533775f546df7286f64f3f36f5fda28",
    "darwin-x64": "8aa1615ed737022949d4050bf183ab37bce1f9cecb88877bc6636db82604e348",
    "linux-arm64": "deb4bf0d05b4cbaf3adcf82ffa44039ad0ebf039e33338ead8136877a437b4e5",
    "linux-x64": "8916fd36ccc96adbd45ca679194b685e3b767d94502ae05610878a6d9870b8f3",
}
"""From Pulumi's own Homebrew formula for 3.250.0 (pulumi/homebrew-tap, commit f745989)."""
