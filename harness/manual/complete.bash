# SPDX-License-Identifier: GPL-2.0-only
# Completion of rmaptorture for bash: commands, options, what options and operands may be. The tables are the program's own.

@tables@

# What there is of a kind, as the program itself says that is being completed.
_rmaptorture_listed() {
	command -v -- "$1" >/dev/null && "$1" list "$2" 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_rmaptorture() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= options= listed= choices= files= of
	COMPREPLY=()
	[ "$COMP_CWORD" = 1 ] || command=${COMP_WORDS[1]}
	# "--option=value" comes as three words.
	[ "$current" != = ] || current=
	[ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}
	of=$previous
	case $previous in
	-*) ;;
	*) of=$command ;;
	esac
	if [[ $current == -* ]]; then
		_rmaptorture_options "$command"
		choices=$options
	else
		# Behind an option that takes no value stands an operand.
		_rmaptorture_values "$of" || _rmaptorture_values "$command"
	fi
	[ -z "$listed" ] || choices="$choices $(_rmaptorture_listed "${COMP_WORDS[0]}" "$listed")"
	mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
	[ -z "$files" ] || compopt -o filenames 2>/dev/null
	case $files in
	'') ;;
	/)	mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	*)	mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -X "!$files" -- "$current"; [ "$files" = '*' ] || compgen -d -- "$current") ;;
	esac
}

complete -F _rmaptorture rmaptorture
