"""Check the pinned packages for known vulnerabilities, with pip-audit and the OSV database.

    python -m scripts.audit
    python -m scripts.audit requirements-dev.txt --service https://osv.example.org/v1/query

The exit status is 0 without a vulnerability, 1 with one, and 2 if a package could not be checked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

NONE_FOUND, FOUND, NOT_CHECKED = range(3)


class AuditError(Exception):
    """The packages could not be checked."""


def main(arguments: list[str] | None = None) -> int:
    """Print the vulnerabilities of the packages in a file. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.audit", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=Path("requirements.txt"))
    parser.add_argument("--service", metavar="URL", help="another service with the API of OSV")
    options = parser.parse_args(arguments)
    try:
        packages = audit(options.file, options.service)
    except AuditError as error:
        sys.stderr.write(f"Could not check {options.file}: {error}\n")
        return NOT_CHECKED
    return report(options.file, packages)


def audit(file: Path, service: str | None) -> list[dict[str, Any]]:
    """Return pip-audit's result for each package of the file.

    Its exit status is the same for a vulnerability and for an error, so only its report counts.
    """
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(file), "--require-hashes"]
    command += ["--disable-pip", "--vulnerability-service", "osv", "--format", "json"]
    command += ["--desc", "off", "--progress-spinner", "off"]
    if service is not None:
        command += ["--osv-url", service]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise AuditError((done.stderr.strip().splitlines() or ["no report"])[-1]) from None
    if not packages:
        raise AuditError("it has no packages")
    return packages


def report(file: Path, packages: list[dict[str, Any]]) -> int:
    """Print the vulnerabilities and the skipped packages. Return the exit status."""
    skipped = [package for package in packages if "skip_reason" in package]
    found = [(package, each) for package in packages for each in package.get("vulns", ())]
    for package in skipped:
        sys.stderr.write(f"Could not check {package['name']}: {package['skip_reason']}\n")
    for package, each in found:
        fixed = ", ".join(each["fix_versions"]) or "no version"
        names = ", ".join([each["id"], *each["aliases"]])
        sys.stdout.write(f"{package['name']} {package['version']}: {names}; fixed in {fixed}\n")
    sys.stdout.write(
        f"{file}: {len(found)} known vulnerabilities in {len(packages) - len(skipped)} packages\n"
    )
    if found:
        return FOUND
    return NOT_CHECKED if skipped else NONE_FOUND


if __name__ == "__main__":
    sys.exit(main())
