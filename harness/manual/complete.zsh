#compdef rmaptorture
# SPDX-License-Identifier: GPL-2.0-only
# Completion of rmaptorture for zsh: commands, options, what options and operands may be. The tables are the program's own.

local -a _rmaptorture_commands

@tables@

# What an option, or an operand of a command, may be; what there is of a kind says the program itself that is being completed.
_rmaptorture_values() {
	local listed choices files
	local -a names
	_rmaptorture_values_of $argv[-1]
	[[ -z $choices ]] || names=(${=choices})
	[[ -z $listed ]] || names+=(${(f)"$($_rmaptorture_program list $listed 2>/dev/null | awk 'NR > 1 { print $1 }')"})
	(( ! $#names )) || compadd -a names
	case $files in
	'') ;;
	/) _files -/ ;;
	*) _files -g $files ;;
	esac
}

_rmaptorture_program=$words[1]
if (( CURRENT == 2 )); then
	_describe command _rmaptorture_commands
	_arguments '--help[show the commands]' '--version[say which version this is]'
else
	local _rmaptorture_command=$words[2]
	shift words
	(( CURRENT-- ))
	_rmaptorture_arguments $_rmaptorture_command
fi
