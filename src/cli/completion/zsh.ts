import type { CompletedCommand, CompletedFlag, Offer } from './model.ts';

/** For `fpath` (as `_pkgsync`) as well as for `source`. https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
export function zshScript(commands: readonly CompletedCommand[], shared: readonly CompletedFlag[]): string {
  return `#compdef pkgsync
# Completion of pkgsync for zsh, printed by: pkgsync completion zsh

_pkgsync_commands() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${escaped(summary)}`)}`).join('\n')}
  )
  _describe -t commands 'pkgsync command' commands
}

_pkgsync() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C \\
${specs(shared.flatMap(flagSpecs))} \\
    '1: :_pkgsync_commands' \\
    '*:: :->arguments'
  [[ $state == arguments ]] || return 0
  case $words[1] in
${commands.map((command) => `    ${command.name})\n      _arguments \\\n${specs([...command.flags.flatMap(flagSpecs), ...argumentSpecs(command)], '        ')}\n      ;;`).join('\n')}
  esac
}

if [ "$funcstack[1]" = "_pkgsync" ]; then
  _pkgsync "$@"
else
  compdef _pkgsync pkgsync
fi
`;
}

function specs(list: readonly string[], indent = '    '): string {
  return list.map((spec) => `${indent}${spec}`).join(' \\\n');
}

/** `(-f --manifest)--manifest=[The manifest]:FILE:_files`, one for each name. */
function flagSpecs({ names, negated, value, offer, what, describe, repeatable }: CompletedFlag): readonly string[] {
  const others = repeatable ? '*' : names.length + negated.length > 1 ? `(${[...names, ...negated].join(' ')})` : '';
  const text = `[${escaped(describe)}]`;
  const plain = names.map((name) => {
    switch (value) {
      case 'no':
        return quoted(`${others}${name}${text}`);
      case 'maybe':
        return quoted(`${others}${name}${text}::${what}:${action(offer)}`);
      case 'yes':
        return quoted(`${others}${name}${name.startsWith('--') ? '=' : '+'}${text}:${what}:${action(offer)}`);
    }
  });
  return [...plain, ...negated.map((name) => quoted(`${others}${name}[${escaped(`not: ${describe}`)}]`))];
}

function argumentSpecs({ argument }: CompletedCommand): readonly string[] {
  if (argument === undefined) return [];
  return [quoted(`${argument.many ? '*' : '1'}:${argument.what}:${action(argument.offer)}`)];
}

function action(offer: Offer): string {
  switch (offer.kind) {
    case 'words':
      return `(${offer.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'text':
      // One blank: it is expected, and cannot be completed.
      return ' ';
  }
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
