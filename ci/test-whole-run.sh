#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Long: the main job with the newest of the reverse maps, and all that threads do in it, is some minutes of two CPUs.
PROVIDER=anon-chain EXECUTIONS=3000 exec "$(dirname "$0")/test-run.sh"
