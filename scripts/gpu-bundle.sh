#!/usr/bin/env bash
# Writes artifacts/gpu-bundle.tar.xz: what is carried to a GPU machine that has PyTorch, CUDA and compilers, but no .NET.
# In it lie the programs with their runtime, the native sources, the scripts and the configurations, each where a checkout
# has it after a build, so that every script finds the others. docs/gpu.md tells how it is used.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

limit=$((55 * 1000 * 1000)) # bytes; what is carried has to stay small
bundle=artifacts/gpu-bundle
archive=artifacts/gpu-bundle.tar.xz
programs=$bundle/artifacts/bin/Granary.Cli/release

rm -rf "$bundle" "$archive"
mkdir -p "$programs" "$bundle/artifacts/bin/Granary.Gpu.Tests"

# Not trimmed: configurations are read by reflection. One folder, so that both programs share one runtime.
for project in src/Granary.Cli tests/Granary.Gpu.Tests; do
  dotnet publish "$project" -c Release -r linux-x64 --self-contained -p:SatelliteResourceLanguages=en -p:DebugType=none \
    -o "$programs" --nologo -v q
done
ln -s ../Granary.Cli/release "$bundle/artifacts/bin/Granary.Gpu.Tests/release"

# The native library is built over there, against that machine's PyTorch.
rm -f "$programs"/libgranary.so "$programs"/*.pdb "$programs"/*.xml

git ls-files -z native bench/gpu bench/gpu.sh bench/dataset-decomposition configs docs/gpu.md | xargs -0 cp --parents -t "$bundle"

tar -C artifacts --sort=name --owner=0 --group=0 --numeric-owner -cf - gpu-bundle | xz -T0 -6 >"$archive"
size=$(stat -c %s "$archive")
echo "$archive: $((size / 1000000)) MB, unpacked $(($(du -sb "$bundle" | cut -f1) / 1000000)) MB"
if ((size > limit)); then
  echo "error: '$archive' has $size bytes, but at most $limit are allowed; leave something out." >&2
  exit 1
fi
