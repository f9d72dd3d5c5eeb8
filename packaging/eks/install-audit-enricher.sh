#!/bin/bash
# Installs or upgrades audit-enricher on an EKS node (Amazon Linux 2023), starts it, and says how it fares. It may run again and
# again: as user data of a new node, or by AWS Systems Manager on a fleet that runs.
#
#   PACKAGE   an s3:// or https:// URL, or a path, of the .rpm
#   SHA256    its checksum; required for a URL
#   CONFIGURATION   lines for /etc/audit-enricher/audit-enricher.conf (NAME=value), instead of what is there; empty: as it is
set -euo pipefail
PACKAGE=${PACKAGE:-}
SHA256=${SHA256:-}
CONFIGURATION=${CONFIGURATION:-}

say() { echo "install-audit-enricher: $*"; }
fail() {
  say "$*" >&2
  exit 1
}

[[ $(id -u) -eq 0 ]] || fail 'must run as root'
[[ -n $PACKAGE ]] || fail 'PACKAGE is not set: the URL or path of the .rpm'
if ! grep -q '^ID="\?amzn"\?$' /etc/os-release || ! grep -q '^VERSION_ID="\?2023' /etc/os-release; then
  fail 'this is not Amazon Linux 2023: see README.md for other systems'
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
file=$work/audit-enricher.rpm
case $PACKAGE in
s3://*) aws s3 cp --only-show-errors "$PACKAGE" "$file" ;;
https://*) curl --fail --silent --show-error --location --retry 5 --output "$file" "$PACKAGE" ;;
/*) cp "$PACKAGE" "$file" ;;
*) fail "PACKAGE=$PACKAGE is no s3:// or https:// URL and no path" ;;
esac
if [[ -n $SHA256 ]]; then
  echo "$SHA256  $file" | sha256sum --check --quiet || fail "$PACKAGE is not what SHA256 says"
elif [[ $PACKAGE != /* ]]; then
  fail 'SHA256 is not set: what comes over the network is checked'
fi

# CONFIGURATION is checked by the package's own program before anything is changed. Where that cannot be run from here, for /tmp is mounted
# noexec or a library is yet to be installed, it is checked once the package is installed.
new=$work/audit-enricher.conf
printf '%s\n' "$CONFIGURATION" > "$new"
program=$work/usr/bin/audit-enricher
if [[ -n $CONFIGURATION ]] && { rpm2archive - < "$file" | tar -xzC "$work" ./usr/bin/audit-enricher && "$program" --version; } &> /dev/null; then
  "$program" run --check --config "$new" > /dev/null || fail 'CONFIGURATION is wrong: nothing was changed'
fi

# The very same package is not installed again; a newer or an older one takes its place.
wanted=$(rpm -qp --qf '%{VERSION}-%{RELEASE}' "$file")
installed=$(rpm -q --qf '%{VERSION}-%{RELEASE}' audit-enricher 2> /dev/null) || installed=none
if [[ $installed == none ]]; then
  dnf -q -y install "$file"
elif [[ $installed != "$wanted" ]]; then
  dnf -q -y upgrade "$file" || dnf -q -y downgrade "$file"
fi

if [[ -n $CONFIGURATION ]]; then
  audit-enricher run --check --config "$new" > /dev/null || fail 'CONFIGURATION is wrong: the package is installed, and the configuration is as it was'
  install -m 644 "$new" /etc/audit-enricher/audit-enricher.conf
fi

# The sockets come with it. Records that arrive before the service is ready wait there.
systemctl enable --quiet --now audit-enricher.service
if [[ -n $CONFIGURATION ]]; then systemctl restart audit-enricher.service; fi
systemctl is-active --quiet audit-enricher.service || fail "the service does not run: $(journalctl -u audit-enricher -n 5 -o cat)"
say "$(audit-enricher --version) is active"

# What stands between this node and its lines, if anything.
audit-enricher doctor || say "doctor found faults, see above: the service runs all the same"
