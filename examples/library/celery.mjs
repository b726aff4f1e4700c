/**
 * Lists a project's distributions on one index, downloads one, shows what it says about itself, and registers and uploads it elsewhere:
 *
 *   DESTINATION_USERNAME=ci DESTINATION_PASSWORD=… node celery.mjs 'celery>=5.3' https://pypi.corp.example/team/prod/
 *
 * Arguments: the requirement, the destination (a URL or a folder), the source (PyPI), the folder for the download (a temporary one).
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Repository } from 'pkgsync';

const [spec = 'celery>=3.0.15', destination = './mirror', source = 'https://pypi.org/simple/', folder] = process.argv.slice(2);
const to = folder ?? (await mkdtemp(join(tmpdir(), 'celery-')));

const pypi = new Repository(source, { onWarning: console.error });
let newest;
for await (const dist of pypi.distributions(spec)) {
  console.log(dist.version, dist.filename, dist.hashes.sha256 ?? dist.md5Digest ?? 'no digest');
  // The newest version comes first.
  newest ??= dist;
}
if (newest === undefined) throw new Error(`${source} has nothing for ${spec}`);

const local = await newest.download({ to });
console.log('summary:', local.metadata.summary);
console.log('classifier:', local.metadata.classifiers[0]);
console.log('version:', local.metadata.version);
console.log('md5:', local.md5Digest);

const username = process.env['DESTINATION_USERNAME'];
const password = process.env['DESTINATION_PASSWORD'];
const repository = new Repository(destination, { username, password, onWarning: console.error });
for (const [what, result] of Object.entries({ register: await repository.register(local), upload: await repository.upload(local) })) {
  console.log(`${what}:`, result.outcome, result.status ?? '', result.reason);
}
await Promise.all([pypi.close(), repository.close()]);
