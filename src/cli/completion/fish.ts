import type { CompletedCommand, CompletedFlag, Offer } from './model.ts';

/** https://fishshell.com/docs/current/cmds/complete.html */
export function fishScript(commands: readonly CompletedCommand[], shared: readonly CompletedFlag[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const listed = commands.map(({ name, summary }) => `complete -c pkgsync -n '__pkgsync_in' -a ${name} -d ${quoted(summary)}`);
  const blocks = commands.map((command) => {
    const condition = `-n '__pkgsync_in ${command.name}'`;
    const argument = command.argument === undefined ? [] : argumentLines(command.argument.offer, condition);
    return [...argument, ...command.flags.flatMap((flag) => flagLines(flag, condition))].join('\n');
  });
  return `# Completion of pkgsync for fish, printed by: pkgsync completion fish

# Whether the command of the line is $argv[1]; without an argument, whether there is none yet.
function __pkgsync_in
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if contains -- $word ${names}
            test "$word" = "$argv[1]"
            return
        end
    end
    test (count $argv) -eq 0
end

complete -c pkgsync -f
${listed.join('\n')}
${shared.flatMap((flag) => flagLines(flag, "-n '__pkgsync_in'")).join('\n')}

${blocks.join('\n\n')}
`;
}

function flagLines({ names, negated, value, offer, describe }: CompletedFlag, condition: string): readonly string[] {
  const words = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
  const line = (flag: string, text: string) => `complete -c pkgsync ${condition} ${flag} -d ${quoted(text)}`;
  return [
    line(`${words}${value === 'yes' ? ` ${valueOf(offer)}` : ''}`, describe),
    ...negated.map((name) => line(`-l ${name.slice(2)}`, `not: ${describe}`)),
  ];
}

function valueOf(offer: Offer): string {
  switch (offer.kind) {
    case 'words':
      return `-x -a ${quoted(offer.words.join(' '))}`;
    case 'file':
      return '-r -F';
    case 'folder':
      return "-x -a '(__fish_complete_directories)'";
    case 'text':
      return '-x';
  }
}

function argumentLines(offer: Offer, condition: string): readonly string[] {
  switch (offer.kind) {
    case 'words':
      return [`complete -c pkgsync ${condition} -a ${quoted(offer.words.join(' '))}`];
    case 'file':
      return [`complete -c pkgsync ${condition} -F`];
    case 'folder':
      return [`complete -c pkgsync ${condition} -a '(__fish_complete_directories)'`];
    case 'text':
      return [];
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
