#!/usr/bin/env bash
# Prints each project's lines of code and public members (from the approved surfaces).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lines() { # FOLDER PATTERN...
  local folder=$1
  shift
  git ls-files -z -- "${@/#/$folder/}" | xargs -0 --no-run-if-empty cat | wc -l
}

printf '%-28s %8s %8s %8s\n' project files lines members
for folder in src/* pipelines/* cluster/*/ tests/Granary.* bench/* native; do
  [[ -d $folder ]] || continue
  name=$(basename "$folder")
  files=$(git ls-files -- "$folder/*.cs" "$folder/*.cpp" "$folder/*.h" "$folder/*.py" | wc -l)
  [[ $files -gt 0 ]] || continue
  surface="tests/Granary.Tests/Surface/$name.txt"
  members=-
  [[ -f $surface ]] && members=$(grep -c . "$surface" || true)
  printf '%-28s %8d %8d %8s\n' "$name" "$files" "$(lines "$folder" '*.cs' '*.cpp' '*.h' '*.py')" "$members"
done
