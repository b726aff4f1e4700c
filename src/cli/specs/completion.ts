import { shells } from '../completion/shells.ts';
import type { CommandSpec } from '../command.ts';

export const completionSpec: CommandSpec = {
  usage: 'completion [shell]',
  summary: 'Print a script that completes commands, flags and their values',
  description: [
    'The script is complete in itself: it knows commands, flags and choices of this version, and never starts pkgsync while you type. Print it again after an upgrade. Without SHELL it is for the shell that the variable SHELL names.',
    'To install it, write it to where your shell looks (see the examples). For zsh, ~/.zfunc must be in fpath before compinit runs: fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit.',
  ],
  groups: [],
  options: {},
  positionals: { shell: { type: 'string', choices: shells, describe: 'The shell' } },
  examples: [
    [
      'completion bash > ~/.local/share/bash-completion/completions/pkgsync',
      'bash, for every new shell (needs the package bash-completion)',
    ],
    ['completion bash >> ~/.bashrc', 'bash, without that package'],
    ['completion zsh > ~/.zfunc/_pkgsync', 'zsh'],
    ['completion fish > ~/.config/fish/completions/pkgsync.fish', 'fish'],
  ],
  variables: [['SHELL', 'Which shell, where none is named']],
  json: 'one completion line with the script',
  exits: [],
  load: async () => (await import('../commands/completion.ts')).completionCommand,
};
