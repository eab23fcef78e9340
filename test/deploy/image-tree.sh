#!/bin/sh
# Runs a command in a tree of files as a container of the image would: namespaces of its own for mounts, network and processes, a read-only
# root, another user. What a base image brings (node, a shell, their libraries) is this machine's, read-only.
#   image-tree.sh TREE DATA UID NODE ARGUMENT…
set -eu
tree=$1 data=$2 user=$3 node=$4
shift 4
mount --bind "$tree" "$tree"
for folder in usr bin sbin lib lib64 etc; do
  [ -e "/$folder" ] || continue
  mkdir -p "$tree/$folder"
  mount --rbind "/$folder" "$tree/$folder"
  mount -o remount,bind,ro "$tree/$folder"
done
mkdir -p "$tree/proc" "$tree/tmp" "$tree/dev"
mount -t proc proc "$tree/proc"
mount -t tmpfs tmpfs "$tree/dev"
for device in null zero random urandom; do
  : >"$tree/dev/$device"
  mount --bind "/dev/$device" "$tree/dev/$device"
done
mount --bind "$data" "$tree/data"
# wherever Node is here
mkdir -p "$tree/node"
: >"$tree/node/node"
mount --bind "$node" "$tree/node/node"
# no tmpfs in /tmp: what needs one would fail
mount -o remount,bind,ro "$tree"
ip link set lo up 2>/dev/null || ifconfig lo up
exec chroot --userspec="$user:$user" --groups= "$tree" node "$@"
