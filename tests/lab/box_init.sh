#!/bin/bash
# The first process of a box that is set up by its guide, in namespaces of its own: an /etc that
# holds what the guide's reader has entered, and Debian's own nginx and dnsmasq.
# usage: box_init.sh FOLDER   with etc/ (copied over /etc)
set -eu
mount --bind "$1" /mnt
mount -t tmpfs tmpfs /run
cp -a /etc /run/etc
mount --bind /run/etc /etc
rm -rf /etc/nginx/sites-enabled/default /etc/dnsmasq.d
cp -r /mnt/etc/. /etc/
for folder in /var/log/nginx /var/lib/nginx /var/lib/misc; do
  if [ -d $folder ]; then mount -t tmpfs tmpfs $folder; fi
done
echo 1 > /proc/sys/net/ipv4/ip_forward
if [ -f /etc/nginx/conf.d/thongbao.conf ]; then
  nginx -g 'daemon off;' &
fi
exec dnsmasq --keep-in-foreground --conf-dir=/etc/dnsmasq.d --user=root --no-ping \
  --log-facility=/mnt/dnsmasq.log
