#!/usr/bin/env bash
# Checks each part that building and testing need, and installs what is missing where that is allowed.
# A run that finds everything looks at a few files only; nothing is remembered, so a removed part is noticed.
#   scripts/setup.sh          what the build and the tests need
#   scripts/setup.sh peers    what golden numbers and peer benchmarks need: PyTorch and scikit-learn for Python
#   scripts/setup.sh scikit-learn  that alone, for the benchmark of k-means
#   scripts/setup.sh cluster  what tests and benchmarks of the cluster need: PostgreSQL, Slurm, munge and Chromium
set -euo pipefail

missing=()  # sentences
packages=() # what apt-get can install for them
slow=()     # packages without which all works, but slower
unmended=() # sentences that no package of ours mends

# DuckDB's C library, which reads and writes Parquet; without it all else works. DuckDbLibrary.cs names the same version
# and the same places. The hashes are the packages' own (`npm view PACKAGE dist.integrity`), in hexadecimal.
duckdb_version=1.5.6
duckdb_package_version=1.5.6-r.1
duckdb_hash_x64=21772b64913a904a8cd19e30c1d5671811d7fdface4b7dd53cd0300d743f43e16cf386f4e7c41ef78721ac208870d2651bc6375072145387817824315b998dd5
duckdb_hash_arm64=de39d46838a5d41ac5ffabc067055a227275c6805a5861c1e0f0e2527cc958a0a8f1af132f1f63eff80fc8f97f5064417edad822e4e28516527c5e2658c82d58

lacks() { # SENTENCE PACKAGE
  missing+=("$1")
  packages+=("$2")
}

has_torch() { # INCLUDE_FOLDER LIBRARY_FOLDER
  [[ -f "$1/ATen/ATen.h" && -f "$2/libtorch_cpu.so" ]]
}

# The folder of a Python's PyTorch, without importing it, which would take a second.
python_torch() { # PYTHON
  "$1" -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')" 2>/dev/null || true
}

check_dotnet() {
  local dotnet root
  if dotnet=$(command -v dotnet); then
    root=$(dirname "$(readlink -f "$dotnet")")
    compgen -G "$root/sdk/10.*" >/dev/null && return
    dotnet --list-sdks 2>/dev/null | grep -q '^10\.' && return
  fi
  unmended+=("The .NET SDK 10 is missing; install it as https://dot.net says for your system.")
}

# The same places, in the same order, as native/cmake/FindLibtorch.cmake.
check_torch() {
  local triplet folder
  if [[ -n ${GRANARY_TORCH:-} ]]; then
    for folder in "$GRANARY_TORCH/lib" "$GRANARY_TORCH"/usr/lib/*-linux-gnu; do
      has_torch "${folder%/lib*}/include" "$folder" && return
    done
    unmended+=("GRANARY_TORCH is '$GRANARY_TORCH', but that folder holds no include/ATen/ATen.h with lib/libtorch_cpu.so; name the folder of a libtorch or unset it.")
    return
  fi

  for folder in /usr/lib/*-linux-gnu; do
    if has_torch /usr/include "$folder"; then
      check_blas "$folder"
      check_gloo
      return
    fi
  done

  folder=$(python_torch python3)
  if [[ -n $folder ]] && has_torch "$folder/include" "$folder/lib"; then
    return
  fi

  lacks "libtorch is missing: neither GRANARY_TORCH, nor the PyTorch of python3, nor the package libtorch-dev has it." libtorch-dev
  packages+=(libgloo-dev)
  slow+=(libopenblas0-openmp)
}

# Debian's libtorch has Gloo, which carries tensors between ranks, but not its headers.
check_gloo() {
  [[ -f /usr/include/gloo/transport/device.h ]] || lacks "Gloo's headers are missing; without them no run has more than one rank." libgloo-dev
}

# Debian's libtorch takes its matrix products from whatever provides libblas.so.3. Of OpenBLAS's builds the OpenMP one
# shares libtorch's threads; the pthread one competes with them (a training step takes 1.5 times as long on two cores).
check_blas() { # LIBRARY_FOLDER
  case $(readlink -f "$1/libblas.so.3" || true) in
    *openblas-openmp* | *mkl* | *blis*) return ;;
  esac
  # Beside the pthread build it is enough that it is there: native/cmake/FindLibtorch.cmake takes it.
  if [[ ! -e $1/openblas-openmp/libblas.so.3 ]]; then
    missing+=("The fastest BLAS for Debian's libtorch is missing; without it all works, but slower.")
    slow+=(libopenblas0-openmp)
  fi
}

check_duckdb() {
  local folder=${XDG_DATA_HOME:-$HOME/.local/share}/granary/lib/duckdb-$duckdb_version
  if [[ -n ${GRANARY_DUCKDB:-} ]]; then
    [[ -f $GRANARY_DUCKDB ]] || echo "GRANARY_DUCKDB is '$GRANARY_DUCKDB', but there is no such file; name DuckDB's libduckdb.so or unset it. Until then no Parquet is read." >&2
    return
  fi

  [[ -f $folder/libduckdb.so ]] && return
  compgen -G "/usr/lib/*-linux-gnu/libduckdb.so" >/dev/null && return
  compgen -G "/usr/local/lib/libduckdb.so" >/dev/null && return
  fetch_duckdb "$folder" || echo "DuckDB's library is missing, so no Parquet is read; all else works. Put libduckdb.so $duckdb_version into '$folder', or name yours in GRANARY_DUCKDB." >&2
}

fetch_duckdb() { # FOLDER
  local package hash fetched
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) package=@duckdb/node-bindings-linux-x64 hash=$duckdb_hash_x64 ;;
    Linux-aarch64) package=@duckdb/node-bindings-linux-arm64 hash=$duckdb_hash_arm64 ;;
    *) echo "No package with DuckDB's library is known for this system, '$(uname -s) $(uname -m)'." >&2; return 1 ;;
  esac
  if ! command -v npm >/dev/null; then
    echo "The package manager 'npm', which fetches DuckDB's library, is missing; install it (Debian: sudo apt-get install --yes npm) and run this again." >&2
    return 1
  fi

  echo "Fetching $package $duckdb_package_version with npm..."
  # Beside its place, so that it comes there by one rename, whole or not at all.
  mkdir -p "$1" && fetched=$(mktemp -d "$1/.tmp-XXXXXX") || return 1
  if unpack_duckdb "$fetched" "$package@$duckdb_package_version" "$hash"; then
    mv -f "$fetched"/package/{LICENSE,libduckdb.so} "$1"
    rm -rf "$fetched"
    return
  fi

  rm -rf "$fetched"
  return 1
}

unpack_duckdb() { # FOLDER PACKAGE SHA512
  if ! (cd "$1" && npm pack --silent --fetch-retries=1 --fetch-retry-mintimeout=1000 "$2" >/dev/null); then
    echo "npm could not fetch '$2'; 'npm ping' says whether it reaches its registry." >&2
    return 1
  fi

  if ! echo "$3 " "$1"/*.tgz | sha512sum --check --status; then
    echo "The package '$2' that npm fetched has another SHA-512 than it must have, '$3'; nothing of it is used." >&2
    return 1
  fi

  tar -xzf "$1"/*.tgz -C "$1" package/LICENSE package/libduckdb.so
}

# XGBoost's C library, which grows the trees of the mixture search's predictors; without it all else works.
# XGBoostLibrary.cs looks in the same places.
check_xgboost() {
  if [[ -n ${GRANARY_XGBOOST:-} ]]; then
    [[ -f $GRANARY_XGBOOST ]] || echo "GRANARY_XGBOOST is '$GRANARY_XGBOOST', but there is no such file; name XGBoost's libxgboost.so or unset it. Until then no predictor with trees works." >&2
    return
  fi

  compgen -G "/usr/lib/*-linux-gnu/libxgboost.so*" >/dev/null && return
  compgen -G "/usr/local/lib/libxgboost.so*" >/dev/null && return
  # Apart from the packages that are needed, which must not fail with it.
  if command -v apt-get >/dev/null && { [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null; } && install_packages libxgboost0; then
    return
  fi
  echo "XGBoost's library is missing, so no predictor with trees works; all else does. Install Debian's package libxgboost0, or name a libxgboost.so in GRANARY_XGBOOST." >&2
}

check_peers() {
  local python
  for python in python3 /usr/bin/python3; do
    [[ -n $(python_torch "$python") ]] && return
  done
  lacks "PyTorch for Python is missing; the golden numbers and the peer benchmarks need it." python3-torch
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

install_packages() { # PACKAGE...
  local package
  echo "Installing $*..."
  for package in "$@"; do
    apt-cache show "$package" >/dev/null 2>&1 || { as_root apt-get update -qq; break; }
  done
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "$@" >/dev/null
}

check_sklearn() {
  local python
  for python in python3 /usr/bin/python3; do
    "$python" -c "import importlib.util as u, sys; sys.exit(u.find_spec('sklearn') is None)" 2>/dev/null && return
  done
  lacks "scikit-learn is missing; the benchmark of k-means needs it." python3-sklearn
}

# Tests start servers of their own in folders of their own; what a package starts by itself is not used.
check_cluster() {
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || lacks "PostgreSQL is missing; tests of its store are skipped without it." postgresql
  command -v slurmctld >/dev/null || lacks "Slurm is missing; its tests are skipped without it." slurm-wlm
  command -v munged >/dev/null || lacks "munge, by which Slurm's parts know each other, is missing." munge
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || lacks "Chromium is missing; tests of the dashboard are skipped without it." chromium
}

if [[ ${1:-} == cluster ]]; then
  check_cluster
elif [[ ${1:-} == peers ]]; then
  check_peers
  check_sklearn
elif [[ ${1:-} == scikit-learn ]]; then
  check_sklearn
else
  check_dotnet
  command -v g++ >/dev/null || lacks "The C++ compiler 'g++' is missing." g++
  command -v cmake >/dev/null || lacks "The build tool 'cmake' is missing." cmake
  check_torch
  check_duckdb
  check_xgboost
fi

for sentence in ${unmended[@]+"${unmended[@]}"} ${missing[@]+"${missing[@]}"}; do
  echo "$sentence" >&2
done

wanted=(${packages[@]+"${packages[@]}"} ${slow[@]+"${slow[@]}"})
if [[ ${#wanted[@]} -gt 0 ]]; then
  line="sudo apt-get install --yes ${wanted[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "This system has no apt-get; install the equivalents of: ${wanted[*]}. For libtorch, 'python3 -m pip install torch' does as well." >&2
  elif [[ $(id -u) != 0 ]] && ! sudo -n true 2>/dev/null; then
    echo "Ask an administrator to run: $line" >&2
  elif install_packages "${wanted[@]}"; then
    packages=()
  else
    echo "That failed; where a package is not known here, 'python3 -m pip install torch' brings a libtorch. To try again by hand: $line" >&2
  fi
fi

[[ ${#unmended[@]} -eq 0 && ${#packages[@]} -eq 0 ]]
