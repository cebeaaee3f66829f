#!/bin/sh
# The three calls of the Block Users API, as Meta's page shows them: block two users, list, unblock them.
# URL and TOKEN say where and as whom; against Meta itself: URL=https://graph.facebook.com TOKEN=EAAJB...
set -eu

curl -s "$URL/v25.0/106540352242922/block_users" \
  -H 'Content-Type: application/json' \
  -H "Authorization: Bearer $TOKEN" \
  -d '
{
  "messaging_product": "whatsapp",
  "block_users": [
    {
      "user": "+16505551234"
    },
    {
      "user": "+14155559876"
    }
  ]
}'
echo

curl -s "$URL/v25.0/106540352242922/block_users?limit=10" \
  -H "Authorization: Bearer $TOKEN"
echo

curl -s -X DELETE "$URL/v25.0/106540352242922/block_users" \
  -H 'Content-Type: application/json' \
  -H "Authorization: Bearer $TOKEN" \
  -d '
{
  "messaging_product": "whatsapp",
  "block_users": [
    {
      "user": "+16505551234"
    },
    {
      "user": "+14155559876"
    }
  ]
}'
echo
