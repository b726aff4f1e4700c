import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { completedCommands, flagsOfAll } from './model.ts';
import type { Shell } from './shells.ts';
import { zshScript } from './zsh.ts';

const writers = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/**
 * The completion script of a shell, made from the table of commands. It is static, so no process is started while somebody types; what it offers is
 * what this version knows.
 */
export function completionScript(shell: Shell): string {
  return writers[shell](completedCommands(), flagsOfAll());
}
