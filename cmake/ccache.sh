#!/usr/bin/env bash
# The launcher of every compiler: through ccache where that is installed, else as it is. All that this project sets of
# ccache stands here. Paths below the source folder are made relative, so that a clone at another place compiles nothing
# anew; what a file includes is read from the compiler's own list, which saves the preprocessor's run on a miss.
command -v ccache >/dev/null || exec "$@"
root=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 CCACHE_SLOPPINESS=pch_defines,time_macros exec ccache "$@"
