#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Long: minimising, of three times as many findings.
SEEDS="2 3 4" exec "$(dirname "$0")/test-minimise.sh"
