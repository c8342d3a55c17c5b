#!/bin/sh
# Runs every test, in eight streams side by side: what waits for the cloud's own slowness must not hold up the rest.
# Each stream has its own PostgreSQL and Redis.
python=$1
data=${CAIRN_TEST_DATA:-$PWD/.test-data}
mkdir -p "$data"

stream() {
    name=$1
    shift
    CAIRN_TEST_DATA="$data/$name" "$python" -m pytest -q "$@" >"$data/$name.log" 2>&1
    echo $? >"$data/$name.exit"
}

stream modules tests/integration/test_terraform_database.py &
stream blueprints tests/integration/test_terraform_blueprints.py &
stream requests tests/integration/test_requests_database.py &
stream upgrades tests/integration/test_blueprint_upgrades.py &
stream days tests/integration/test_day_two_terraform.py &
stream workers -m worker &
stream api -m "not worker" tests/api &
stream rest -m "not worker" --ignore tests/api \
    --ignore tests/integration/test_terraform_database.py \
    --ignore tests/integration/test_terraform_blueprints.py --ignore tests/integration/test_requests_database.py \
    --ignore tests/integration/test_blueprint_upgrades.py --ignore tests/integration/test_day_two_terraform.py &
wait

status=0
for name in modules blueprints requests upgrades days workers api rest; do
    echo "== $name"
    cat "$data/$name.log"
    [ "$(cat "$data/$name.exit")" = 0 ] || status=1
done
exit $status
