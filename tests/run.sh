#!/bin/sh
# Runs every test, in streams side by side: what waits for the cloud's own slowness must not hold up the rest.
# Each stream has its own PostgreSQL and Redis. The last one takes whatever no other stream names.
python=$1
data=${CAIRN_TEST_DATA:-$PWD/.test-data}
mkdir -p "$data"
streams=""
taken=""

stream() {
    name=$1
    shift
    streams="$streams $name"
    (
        CAIRN_TEST_DATA="$data/$name" "$python" -m pytest -q "$@" >"$data/$name.log" 2>&1
        echo $? >"$data/$name.exit"
    ) &
}

# The tests of these files and folders, which no other stream takes.
own() {
    name=$1
    shift
    for path in "$@"; do taken="$taken --ignore $path"; done
    stream "$name" -m "not worker" "$@"
}

own requests tests/integration/test_requests_database.py
own days tests/integration/test_day_two_terraform.py
own upgrades tests/integration/test_blueprint_upgrades.py tests/integration/test_terraform_database.py
own blueprints tests/integration/test_terraform_blueprints.py tests/integration/test_terraform_orphans.py
own browser tests/browser tests/backstage tests/integration/test_up.py
stream outsiders tests/api/test_outsiders.py
stream api -m "not worker" tests/api --ignore tests/api/test_outsiders.py
taken="$taken --ignore tests/api"
stream workers -m worker
# shellcheck disable=SC2086
stream rest -m "not worker" $taken
wait

status=0
for name in $streams; do
    echo "== $name"
    cat "$data/$name.log"
    [ "$(cat "$data/$name.exit")" = 0 ] || status=1
done
exit $status
