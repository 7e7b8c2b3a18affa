#!/bin/sh
echo "$1/$2"
esxcli network nic list
exit 5
