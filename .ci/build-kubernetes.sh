#!/usr/bin/env bash
# Builds kube-apiserver, etcd and kubectl, as .ci/kubernetes/go.sum pins them, through the Go module proxy.
# Usage: .ci/build-kubernetes.sh [program …]; default: kube-apiserver etcd. Prints the directory they are in.
# What is there for the same pins is not built again. Needs Go >= 1.23 and about 2 GB for its build cache.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
bin="${KUBEBUILDER_ASSETS:-${XDG_CACHE_HOME:-$HOME/.cache}/edgeloom/kubebuilder/bin}"
version="$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$here/kubernetes/go.mod")"
pins="$(cat "$here/kubernetes/go.mod" "$here/kubernetes/go.sum" | sha256sum | cut -d' ' -f1)"
[ $# -gt 0 ] || set -- kube-apiserver etcd
mkdir -p "$bin"

package_of() {
  case "$1" in
    etcd) echo ./etcd ;;
    kube-apiserver | kubectl) echo "k8s.io/kubernetes/cmd/$1" ;;
    *) echo "build-kubernetes: unknown program $1: use kube-apiserver, etcd or kubectl" >&2; exit 2 ;;
  esac
}

for program in "$@"; do
  package="$(package_of "$program")"
  if [ -x "$bin/$program" ] && [ "$(cat "$bin/.$program.pins" 2>/dev/null)" = "$pins" ]; then continue; fi
  command -v go >/dev/null || { echo "build-kubernetes: $program is to be built and there is no go: install Go >= 1.23" >&2; exit 1; }
  echo "build-kubernetes: building $program $version (kube-apiserver takes 10 to 30 minutes the first time)" >&2
  minor="${version#v1.}"
  stamp="-s -w -X k8s.io/component-base/version.gitVersion=$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
  # One compiler at a time and at the lowest priority: the machine has other work meanwhile.
  (cd "$here/kubernetes" && CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=mod \
    nice -n 19 go build -p "${BUILD_JOBS:-1}" -trimpath -buildvcs=false -ldflags "$stamp" -o "$bin/.$program.new" "$package")
  mv "$bin/.$program.new" "$bin/$program"
  echo "$pins" >"$bin/.$program.pins"
done
echo "$bin"
