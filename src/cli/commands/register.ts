import { printable } from '../../errors.ts';
import { Distribution } from '../../library/distribution.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { openRepository, type RepositoryFlags } from '../open-repository.ts';
import type { Session } from '../session.ts';
import { uploadTarget, type UploadTargetFlags } from '../upload-target.ts';

export interface RegisterFlags extends UploadTargetFlags, RepositoryFlags {
  readonly file: string;
}

/** `pkgsync register`: makes the project of a distribution known to an index. */
export async function registerCommand(session: Session, flags: RegisterFlags): Promise<ExitCode> {
  const { console, signal } = session;
  const dist = await Distribution.open(flags.file);
  const target = await uploadTarget(flags, session);
  const repository = await openRepository(target.url, target, session, flags);
  try {
    const { address, kind } = await repository.destination({ signal });
    const { outcome, status, reason } = await repository.register(dist, { signal });
    const result = { type: 'register', eventsVersion: 1, name: dist.name, destination: address, kind, outcome, status, reason };
    const words = { done: 'registered', 'not-needed': 'nothing to do', unsupported: 'not supported' }[outcome];
    const why = reason === '' || outcome === 'done' ? '' : `: ${printable(reason, 500)}`;
    await console.out(
      session.flags.json === true ? `${JSON.stringify(result)}\n` : `${dist.name} at ${address} (${kind}): ${words}${why}.\n`,
    );
    return outcome === 'unsupported' ? exitCodes.partial : exitCodes.ok;
  } finally {
    await repository.close();
  }
}
