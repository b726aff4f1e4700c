# What completion functions hand to compadd is printed besides: those that only ask what would match (-O, -A, -D) print nothing.
compadd() {
  local -a matching
  if (( ! ${@[(I)-[OAD]*]} )); then
    builtin compadd -A matching "$@"
    (( $#matching )) && print -rl -- $matching
  fi
  builtin compadd "$@"
}
zle -C shown complete-word show-completion
show-completion() { print -r -- STARTOFCOMPLETION; _main_complete; print -r -- ENDOFCOMPLETION; exit }
bindkey '^I' shown
