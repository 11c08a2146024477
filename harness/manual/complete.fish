# SPDX-License-Identifier: GPL-2.0-only
# Completion of rmaptorture for fish: commands, options, what options and operands may be. The tables are the program's own.

# What there is of a kind, as the program itself says that is being completed.
function __rmaptorture_list
	set -l program (commandline -opc)[1]
	$program list $argv[1] 2>/dev/null | awk 'NR > 1 { print $1 }'
end

complete -c rmaptorture -f
complete -c rmaptorture -n __fish_use_subcommand -l help -d 'show the commands'
complete -c rmaptorture -n __fish_use_subcommand -l version -d 'say which version this is'
@tables@
