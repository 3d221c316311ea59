#!/usr/bin/env bash
# A Slurm cluster of two nodes on this machine: loopback.sh up FOLDER, loopback.sh down FOLDER. README.md describes it.
set -euo pipefail
action=$1 folder=$(realpath -m "$2") here=$(dirname "$(realpath "$0")")
config=/etc/slurm/slurm.conf # the executor of Snakemake takes SLURM_CONF out of the environment of a job

stop() { # the processes of pid files that this script wrote
    for file in "$folder"/slurmd.*.pid "$folder"/slurmctld.pid "$folder"/munge/pid; do
        if [ -s "$file" ]; then kill "$(cat "$file")" 2>/dev/null || true; fi
    done
    if [ "$(readlink "$config" || true)" = "$folder/slurm.conf" ]; then rm "$config"; fi
}

node() { slurmd -N "$1"; }

up() {
    if [ -e "$config" ]; then
        echo "$config is there already: this machine has a cluster" >&2
        exit 2
    fi
    mkdir -p "$folder"/{munge,state,spool.one,spool.two}
    chmod 755 "$folder/munge"
    dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none
    chmod 400 "$folder/munge/key"
    munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
        --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
    sed -e "s|@FOLDER@|$folder|" -e "s|@HOST@|$(hostname)|" "$here/slurm.conf.in" >"$folder/slurm.conf"
    ln -s "$folder/slurm.conf" "$config"
    slurmctld -c
    node one
    node two
    for _ in $(seq 120); do
        [ "$(sinfo -h -N -o %t | sort -u)" = idle ] && return
        sleep 0.5
    done
    echo "the nodes are not idle after a minute; see $folder/*.log" >&2
    exit 1
}

case $action in
    up) up ;;
    down) stop ;;
    node) node "$3" ;;
esac
