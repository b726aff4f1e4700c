import type { CompletedCommand, CompletedFlag, Offer } from './model.ts';

/**
 * Works in bash 3.2 too (macOS) and without the package bash-completion. `=` may or may not separate words (COMP_WORDBREAKS); both are read.
 */
export function bashScript(commands: readonly CompletedCommand[], shared: readonly CompletedFlag[]): string {
  const before: CompletedCommand = { name: '', summary: '', flags: shared, argument: undefined };
  const all = [before, ...commands];
  return `# Completion of pkgsync for bash, printed by: pkgsync completion bash

# What may follow: sets _pkgsync_flags, _pkgsync_argument (of command $1).
_pkgsync_command() {
  case "$1" in
${all.map((command) => `    ${pattern(command.name)}) _pkgsync_flags='${flagWords(command)}'; _pkgsync_argument='${argumentOf(command, commands)}' ;;`).join('\n')}
    *) return 1 ;;
  esac
}

# Sets _pkgsync_value to what the value of flag $2 of command $1 can be; fails where it takes none.
_pkgsync_flag() {
  case "$1 $2" in
${all.flatMap((command) => valueArms(command)).join('\n')}
    *) return 1 ;;
  esac
}

# Offers what $1 says for the word $2, with $3 before each.
_pkgsync_offer() {
  local line action
  case "$1" in
    file) action=-f ;;
    folder) action=-d ;;
    text) return 0 ;;
    *)
      while IFS= read -r line; do COMPREPLY+=("$3$line"); done < <(compgen -W "$1" -- "$2")
      return 0
      ;;
  esac
  while IFS= read -r line; do COMPREPLY+=("$3$line"); done < <(compgen "$action" -- "$2")
  # Directories get a slash and odd names are quoted; fails outside of a completion, and in bash 3.2.
  compopt -o filenames 2>/dev/null || true
}

_pkgsync() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' pending='' flags_end='' word i
  local IFS=$' \\t\\n' _pkgsync_flags _pkgsync_argument _pkgsync_value
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      continue
    elif [[ -n $pending ]]; then
      pending=''
    elif [[ $word == '--' ]]; then
      flags_end=1
    elif [[ $word == -* && -z $flags_end ]]; then
      if _pkgsync_flag "$command" "$word"; then pending=$word; fi
    elif [[ -z $command ]]; then
      command=$word
    fi
  done
  if [[ $cur == '=' ]]; then cur=''; fi
  if [[ -n $pending ]]; then
    _pkgsync_flag "$command" "$pending" && _pkgsync_offer "$_pkgsync_value" "$cur" ''
    return 0
  fi
  _pkgsync_command "$command" || return 0
  if [[ $cur == --*=* && -z $flags_end ]]; then
    _pkgsync_flag "$command" "\${cur%%=*}" && _pkgsync_offer "$_pkgsync_value" "\${cur#*=}" "\${cur%%=*}="
    return 0
  elif [[ $cur == -* && -z $flags_end ]]; then
    _pkgsync_offer "$_pkgsync_flags" "$cur" ''
  else
    _pkgsync_offer "$_pkgsync_argument" "$cur" ''
  fi
}

complete -F _pkgsync pkgsync
`;
}

function pattern(name: string): string {
  return name === '' ? "''" : name;
}

function flagWords({ flags }: CompletedCommand): string {
  return words(flags.flatMap(({ names, negated }) => [...names, ...negated]));
}

function argumentOf({ name, argument }: CompletedCommand, commands: readonly CompletedCommand[]): string {
  if (name === '') return words(commands.map((command) => command.name));
  return argument === undefined ? 'text' : offered(argument.offer);
}

function valueArms({ name, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap((flag) =>
    flag.value === 'yes'
      ? [`    ${flag.names.map((each) => `'${name} ${each}'`).join(' | ')}) _pkgsync_value='${offered(flag.offer)}' ;;`]
      : [],
  );
}

function offered(offer: Offer): string {
  return offer.kind === 'words' ? words(offer.words) : offer.kind;
}

/** Words of the table need no quoting; one that does would be expanded by compgen. */
function words(list: readonly string[]): string {
  for (const word of list) if (!/^[\w.-]+$/.test(word)) throw new TypeError(`a word that bash would expand: ${word}`);
  return list.join(' ');
}
