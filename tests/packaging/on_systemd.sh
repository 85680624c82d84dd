# Run by scripts/test-systemd inside the booted system. The last line is "all is well", or what is not.
set -eu

die() {
  systemctl status --no-pager shoal-tracker 'shoal-seeder@*' || true
  journalctl --no-pager -n 40 -u shoal-tracker -u 'shoal-seeder@*'
  echo "not so: $*"
  exit 1
}
holds() { "$@" || die "$*"; }
active() { [ "$(systemctl is-active "$1")" = active ]; }
fetched() {
  rm -f /tmp/big.iso
  timeout 20 leecher big.iso --output /tmp --no-seed --wait 5s && cmp /tmp/big.iso /srv/big.iso
}

ip link set lo up
head -c 3000000 /dev/urandom >/srv/big.iso

echo "== enable"
holds systemctl enable --now shoal-tracker
echo /srv/big.iso >/etc/shoal/seeder/images
holds systemctl enable --now shoal-seeder@images
holds active shoal-tracker
holds active shoal-seeder@images
holds fetched

echo "== reload, kill, restart"
holds systemctl reload shoal-seeder@images
holds active shoal-seeder@images
kill -9 "$(systemctl show -p MainPID --value shoal-tracker)"
for _ in 1 2 3 4 5 6 7 8 9 10; do active shoal-tracker && break || sleep 0.2; done
holds active shoal-tracker
holds systemctl restart shoal-seeder@images
holds fetched

echo "== upgrade"
before=$(systemctl show -p MainPID --value shoal-tracker)
holds dpkg -i /root/next.deb
holds active shoal-tracker
holds active shoal-seeder@images
[ "$(systemctl show -p MainPID --value shoal-tracker)" != "$before" ] || die "the old version runs on"

echo "== remove and purge"
holds dpkg --purge shoal
! pgrep -f /usr/bin/shoal 2>/dev/null || die "something of it still runs"
left=$(find / -xdev \( -name '*shoal*' -o -name leecher -o -name seeder -o -name tracker \) \
  -not -path '/proc/*' -not -path '/sys/*' -not -path '/etc/shoal*' -not -path '/var/tmp/systemd-private-*')
[ -z "$left" ] || die "left behind: $left"
! getent passwd _shoal || die "its user is left"
[ "$(cat /etc/shoal/seeder/images)" = /srv/big.iso ] || die "the administrator's list is gone"
echo "all is well"
