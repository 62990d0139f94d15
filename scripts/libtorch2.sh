#!/usr/bin/env bash
# Debian 13 in a folder, which brings libtorch and PyTorch 2.6 to a system of another release. Needs root.
#   scripts/libtorch2.sh make      makes the folder, or goes on where that was interrupted: some minutes, 2 GB
#   scripts/libtorch2.sh run CMD   runs a command in it, from this checkout's folder
# The folder is artifacts/libtorch2/debian, or what GRANARY_DEBIAN13 names. A command finds this checkout and .NET at their own
# places, and programs that were built outside take artifacts/libtorch2/native/libgranary.so in place of their own, once it is
# there. Nobody else sees what is mounted for it, and nothing is left to unmount.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
built=$root/artifacts/libtorch2
debian=$(realpath -m "${GRANARY_DEBIAN13:-$built/debian}")
# With the build of OpenBLAS that setup.sh installs for libtorch, and what else the tests need; Python's headers and the compiler are
# for torch.compile too.
packages=(libtorch-dev libgloo-dev libopenblas0-openmp cmake make g++ python3-torch python3-numpy python3-setuptools python3-dev postgresql libxgboost0)

fail() { # SENTENCE
  echo "libtorch2: $1" >&2
  exit 77
}

check_rights() {
  [[ $(id -u) == 0 ]] || fail "'$(id -un)' may not change a process's root folder, as a Debian 13 in a folder needs; run this as root."
  unshare --mount true 2>/dev/null || fail "root may not mount here (CAP_SYS_ADMIN), as a Debian 13 in a folder needs; run this where it may."
}

# From where this system itself installs, and debootstrap's own choice where it is no Debian.
mirror() {
  apt-get indextargets --format '$(LABEL) $(SITE)' 'Created-By: Packages' 2>/dev/null | sed -n '/^Debian /{s///p;q}'
}

is_whole() {
  [[ -d $debian ]] && chroot "$debian" dpkg --status "${packages[@]}" >/dev/null 2>&1
}

make_folder() {
  is_whole && return
  command -v debootstrap >/dev/null || fail "'debootstrap', which makes a Debian 13 in a folder, is missing; install it (Debian: apt-get install debootstrap)."
  mkdir -p "$built/packages" "$(dirname "$debian")"
  if [[ ! -d $debian ]]; then
    # Beside its place, so that it comes there by one rename, whole or not at all. What was downloaded is kept.
    echo "Making a Debian 13 in '$debian'..."
    rm -rf "$debian.part"
    debootstrap --variant=minbase --cache-dir="$built/packages" trixie "$debian.part" $(mirror) >"$built/debootstrap.log" 2>&1 \
      || fail "debootstrap ended with $? (log: $built/debootstrap.log): $(tail -n 1 "$built/debootstrap.log")"
    mv "$debian.part" "$debian"
  fi

  echo "Installing ${packages[*]} in it..."
  cp -L /etc/resolv.conf "$debian/etc/resolv.conf"
  for command in "dpkg --configure -a" "apt-get update" "apt-get install --yes --no-install-recommends ${packages[*]}" "apt-get clean"; do
    "$root/scripts/libtorch2.sh" run env DEBIAN_FRONTEND=noninteractive $command >"$built/install.log" 2>&1 \
      || fail "'$command' ended with $? in '$debian' (log: $built/install.log): $(tail -n 1 "$built/install.log")"
  done
}

share() { # FOLDER
  mkdir -p "$debian$1"
  mount --bind "$1" "$debian$1"
}

# In mounts of its own.
enter() { # COMMAND...
  local dotnet="" library libraries=${XDG_DATA_HOME:-$HOME/.local/share}/granary/lib
  mount -t proc proc "$debian/proc"
  mount --rbind /sys "$debian/sys"
  mount --rbind /dev "$debian/dev"
  share "$root"
  if dotnet=$(command -v dotnet); then
    dotnet=$(dirname "$(readlink -f "$dotnet")")
    share "$dotnet"
  fi
  # DuckDB's library, where setup.sh has put it.
  [[ ! -d $libraries ]] || share "$libraries"
  if [[ -f $built/native/libgranary.so ]]; then
    for library in "$root"/artifacts/bin/*/release/libgranary.so; do
      [[ ! -f $library ]] || mount --bind "$built/native/libgranary.so" "$debian$library"
    done
  fi

  exec chroot "$debian" env -C "$root" -u GRANARY_TORCH -u TMPDIR DOTNET_ROOT="$dotnet" DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
    PATH="$dotnet:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$@"
}

case ${1:-} in
  make) check_rights && make_folder ;;
  run)
    check_rights
    [[ -d $debian ]] || fail "'$debian' is absent; 'scripts/libtorch2.sh make' makes it."
    exec unshare --mount --propagation private "$root/scripts/libtorch2.sh" enter "${@:2}"
    ;;
  enter) enter "${@:2}" ;;
  *) fail "'${1:-}' is neither 'make' nor 'run COMMAND...'." ;;
esac
