#!/bin/sh
# The command line against Meta: see that the token works, block, list, unblock. Nothing of it is Blockhouse's own, so
# the same lines run against a server of yours: BLOCKHOUSE_URL=http://127.0.0.1:4080
set -eu

: "${BLOCKHOUSE_KEY:?the access token, with the permission whatsapp_business_messaging}"
: "${BLOCKHOUSE_NUMBER:?the phone_number_id of your number}"
: "${BLOCKHOUSE_URL:=https://graph.facebook.com}"
export BLOCKHOUSE_URL
cd "$(dirname "$0")/.."
blockhouse=${BLOCKHOUSE:-npm run -s blockhouse --}

$blockhouse doctor
# Ends with 2 when somebody is refused: most often they did not write within the last 24 hours.
$blockhouse block --json "$@" || [ $? -eq 2 ]
$blockhouse list --json
$blockhouse unblock --json "$@"
