#!/bin/sh
# Prints the folder of a Kubernetes control plane for the tests, when one lies at hand; builds nothing.
if [ -x .test-data/kubernetes/kube-apiserver ]; then
    echo "$PWD/.test-data/kubernetes"
elif [ -x ../shared/kubernetes/unpack ]; then
    ../shared/kubernetes/unpack .test-data/kubernetes
else
    echo "Tests on a real Kubernetes API are skipped; \`make kubernetes\` builds one where Go is." >&2
fi
