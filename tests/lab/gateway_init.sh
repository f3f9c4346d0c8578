#!/bin/bash
# The gateway's first process, in pid, mount and network namespaces of its own.
# usage: gateway_init.sh STATE_FOLDER
set -eu
mount --bind "$1" /mnt
mount -t tmpfs tmpfs /run
mkdir /run/tmpfiles.d
# openNDS rewrites /etc/hosts and /etc/dnsmasq.conf, so it gets an /etc of its own.
cp -a /etc /run/etc
mount --bind /run/etc /etc
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /var/lib/misc
echo "nameserver 127.0.0.1" > /etc/resolv.conf
cp /mnt/dnsmasq.conf /etc/dnsmasq.conf
mkdir -p /etc/opennds
cp /mnt/opennds.conf /etc/opennds/opennds.conf
if [ -f /mnt/tls/ca.pem ]; then # at level 3 authmon verifies the portal's certificate
  cat /etc/ssl/certs/ca-certificates.crt /mnt/tls/ca.pem > /run/ca-bundle.pem 2> /dev/null
  export SSL_CERT_FILE=/run/ca-bundle.pem
fi
export PATH=/mnt/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
echo 1 > /proc/sys/net/ipv4/ip_forward
iptables -t nat -A POSTROUTING -o wan0 -j MASQUERADE
systemctl restart dnsmasq
set +e
while :; do # one phone's request can end openNDS 9.10, so nobody should run it without a watchdog
  opennds -f -d 1 >> /mnt/opennds.log 2>&1 &
  echo $! >> /mnt/starts
  wait $!
  echo "$?" >> /mnt/ends
  sleep 0.2
done
