#!/usr/bin/env bash
# Compiles everything. One process compiles all projects, though a machine's settings may have switched that off; it ends with the build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")/sdk/$(dotnet --version)
server=granary-$$
trap 'dotnet "$sdk/Roslyn/bincore/VBCSCompiler.dll" -pipename:$server -shutdown >/dev/null 2>&1 || true; wait' EXIT

# The native library, on which most projects wait, is begun before projects are restored. Granary.Torch waits for it and reports its faults.
native/build.sh artifacts/native >/dev/null 2>&1 &

dotnet build Training.sln -c Release --nologo -v q -p:UseSharedCompilation=true -p:SharedCompilationId="$server"
