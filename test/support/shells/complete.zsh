# Prints what zsh offers for a line, one word a line: zsh -f complete.zsh SCRIPT LINE
# The line is typed into a second zsh on a terminal of its own, whose compadd prints what it is given.
zmodload zsh/zpty || exit 3
zpty inner zsh -f -i
zpty -w inner "PS1= PS2=; stty -echo; autoload -Uz compinit; compinit -u -D; source ${(q)1}; source ${(q)0:A:h}/compadd.zsh; print -r -- READY''DONE"
zpty -r inner output '*READYDONE*' >/dev/null || exit 3
zpty -w -n inner "$2"$'\t'
zpty -r inner output '*ENDOFCOMPLETION*' || exit 3
print -r -- "${${output#*STARTOFCOMPLETION}%ENDOFCOMPLETION*}" | tr -d '\r' | grep -v '^$'
zpty -d inner
