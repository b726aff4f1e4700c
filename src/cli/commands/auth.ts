import { redactUrl, type PkgsyncError } from '../../errors.ts';
import { parseHttpUrl } from '../../http/url.ts';
import { credentialUrls, uploadingUrl } from '../../library/places.ts';
import { loadManifest } from '../../manifest/load.ts';
import { checkEnd, endsOfManifest, type AuthFinding, type CheckedEnd } from '../auth-check.ts';
import { exitCodeOf, exitCodes, firstAfterWriting, type ExitCode } from '../exit-codes.ts';
import { sessionNetrc } from '../netrc.ts';
import { oneShotLogin, type KeyringProvider } from '../one-shot.ts';
import { openRepository, sourceTls, type RepositoryFlags } from '../open-repository.ts';
import { selectedDestinations, type Session } from '../session.ts';
import { uploadTarget, type UploadTargetFlags } from '../upload-target.ts';

export interface AuthFlags extends UploadTargetFlags, RepositoryFlags {
  readonly what: 'check';
  readonly sourceUrl?: string | undefined;
  readonly sourceUsername?: string | undefined;
  readonly sourcePassword?: string | undefined;
  readonly keyringProvider?: KeyringProvider | undefined;
}

/** `pkgsync auth check`: who would go where, and whether that is accepted. */
export async function authCommand(session: Session, flags: AuthFlags): Promise<ExitCode> {
  const { environment } = session;
  const netrc = await sessionNetrc(session);
  const ends = isOneShot(flags) ? await endsOfFlags(session, flags) : await endsOfFile(session, netrc);
  const findings: AuthFinding[] = [];
  for (const end of ends) {
    const finding = await checkEnd(end, { environment, netrc, offline: session.flags.offline === true });
    findings.push(finding);
    await tell(finding, session);
  }
  if (ends.length === 0 && session.flags.json !== true) await session.console.out('Folders only: nobody has to log in anywhere.\n');
  return firstAfterWriting(findings.flatMap(({ error }) => (error === undefined ? [] : [codeOf(error)])));
}

/** Whoever cannot be asked has accepted nothing. */
function codeOf({ code }: PkgsyncError): ExitCode {
  const exit = exitCodeOf(code);
  return exit === exitCodes.partial ? exitCodes.unreachable : exit;
}

function isOneShot({ sourceUrl, destinationUrl, repository }: AuthFlags): boolean {
  return [sourceUrl, destinationUrl, repository].some((flag) => flag !== undefined);
}

async function endsOfFile(session: Session, netrc: Awaited<ReturnType<typeof sessionNetrc>>): Promise<readonly CheckedEnd[]> {
  const manifest = await loadManifest(session.flags.manifest);
  return endsOfManifest(manifest, selectedDestinations(manifest, session.flags.destination), netrc, session);
}

/** What `list`, `download` and `sync` would read with, and `upload`, `register` and `sync` would write with. */
async function endsOfFlags(session: Session, flags: AuthFlags): Promise<readonly CheckedEnd[]> {
  const { signal } = session;
  const ends: CheckedEnd[] = [];
  const { sourceUrl, sourceUsername: username, sourcePassword: password, keyringProvider } = flags;
  if (sourceUrl !== undefined && isHttp(sourceUrl)) {
    const login = await oneShotLogin({ url: sourceUrl, end: 'source', username, password, keyringProvider }, session);
    const { url } = parseHttpUrl(sourceUrl);
    const none = login.credential === undefined && login.auth === undefined;
    ends.push({
      role: 'source',
      name: 'default',
      address: redactUrl(url),
      end: { urls: credentialUrls(url, undefined), given: login.credential, auth: login.auth },
      passedOver: none ? [`no flag names a user, and no index of pip or uv has credentials for ${url.origin}`] : [],
      open: async () => {
        const repository = await openRepository(sourceUrl, { ...login, tls: await sourceTls(flags, session) }, session);
        return { read: () => repository.project('pkgsync-auth-check', { signal }), close: () => repository.close() };
      },
    });
  }
  if (flags.destinationUrl !== undefined || flags.repository !== undefined) {
    const target = await uploadTarget(flags, session);
    if (isHttp(target.url)) {
      const { url } = parseHttpUrl(target.url);
      const simpleUrl = flags.simpleUrl === undefined ? undefined : parseHttpUrl(flags.simpleUrl).url;
      const none = target.credential === undefined && target.auth === undefined;
      ends.push({
        role: 'destination',
        name: 'default',
        address: redactUrl(uploadingUrl(url)),
        end: { urls: credentialUrls(url, simpleUrl), given: target.credential, auth: target.auth },
        passedOver: none ? ['no flag, no variable of twine or uv and no section of .pypirc names a user for it'] : [],
        open: async () => {
          const repository = await openRepository(target.url, target, session, flags);
          return {
            read: () => repository.destination({ signal }).then(() => repository.project('pkgsync-auth-check', { signal })),
            write: () => repository.mayWrite({ signal }),
            close: () => repository.close(),
          };
        },
      });
    }
  }
  return ends;
}

function isHttp(location: string): boolean {
  return /^https?:/i.test(location);
}

async function tell(finding: AuthFinding, { console, flags }: Session): Promise<void> {
  const { error, address, ...facts } = finding;
  const message = error?.message;
  const hint = error?.hint;
  if (flags.json === true) {
    const line = { type: 'auth-check', eventsVersion: 1, address: redactUrl(address), ...facts, code: error?.code, message, hint };
    await console.out(`${JSON.stringify(line)}\n`);
    return;
  }
  const lines = [
    `${finding.role} ${finding.name}  ${redactUrl(address)}`,
    ...finding.credentials.map(credentialLine),
    ...(finding.credentials.length === 0 ? ['credentials: none'] : []),
    ...finding.passedOver.map((sentence) => `not taken: ${sentence}`),
    ...(finding.read === 'not-tested' ? [] : [`reading: ${finding.read}${finding.read === 'accepted' ? '' : statusOf(error)}`]),
    ...writingLines(finding),
    ...(message === undefined ? [] : [`error: ${message}`]),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
  await console.out(`${lines.join('\n  ')}\n`);
}

function credentialLine({ name, username, origin, writesOnly }: AuthFinding['credentials'][number]): string {
  return `credentials: ${name}${username === undefined ? '' : `, user ${username}`}, for ${origin}${writesOnly ? ', uploads only' : ''}`;
}

function writingLines({ write, error }: AuthFinding): readonly string[] {
  if (write === 'not-tested') return [];
  if (write === 'unknown') return ['writing: may read, right to write unknown until the first upload'];
  return [`writing: ${write}${write === 'accepted' ? '' : statusOf(error)}`];
}

function statusOf(error: PkgsyncError | undefined): string {
  return error?.status === undefined ? '' : ` (${error.status})`;
}
