#!/bin/sh
# What the browser tests need of the system: a Chromium. Installed from Debian as root, else named.
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests…"
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium) >/dev/null 2>&1 \
        || { echo "Chromium could not be installed."; exit 1; }
else
    echo "The browser tests need Chromium: install the package chromium."
    exit 1
fi
