import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Authority, type Certificate, createAuthority } from '../certificates.ts';
import type { Lab } from '../lab.ts';
import { htpasswd } from '../nginx.ts';
import { pulpAdmin, type PulpServer, sharedPulp } from '../pulp.ts';
import { type DevpiLogin, type DevpiServer, devpiUser, type Server } from '../servers.ts';
import { type MatrixFile, matrixFiles, writeMatrixFiles } from './files.ts';

/** What all kinds share: the files, the authority, servers that are started once. */
export interface World {
  readonly lab: Lab;
  /** Folder with the files. */
  readonly files: string;
  readonly authority: Authority;
  /** PEM of the authority. */
  readonly trusted: string;
  readonly certificate: Certificate;
  /** Password file with the login. */
  readonly passwords: string;
  readonly devpi: DevpiServer;
  readonly pulp: PulpServer;
  /**
   * User and password of everything that asks for them. The password is a token of devpi's: those it checks in no time, where a real password
   * costs it a tenth of a second of work for each request.
   */
  readonly login: DevpiLogin;
  /** A pypiserver that serves `files`. */
  readonly full: Server;
}

export interface Place {
  /** As the manifest names it. */
  readonly location: string;
  readonly needsLogin: boolean;
  /** Absent: the world's. */
  readonly login?: DevpiLogin;
  /** Projects with files that this kind cannot hold. */
  readonly lacks?: readonly string[];
}

export interface DestinationPlace extends Place {
  /** What an installer would get there: sha256 by filename. */
  held(): Promise<Readonly<Record<string, string>>>;
}

/** A kind of source. @see sources */
export interface SourceKind {
  readonly name: string;
  /** Makes one that holds all files. */
  open(world: World): Promise<Place>;
}

/** A kind of destination. @see destinations */
export interface DestinationKind {
  readonly name: string;
  /** How many pairs it takes at once; 1 where all pairs get the same place, which is emptied for each. */
  readonly atOnce: number;
  /** Starts what it needs; gives a function that makes an empty place for the pair of this number. */
  open(world: World): Promise<(pair: number) => Promise<DestinationPlace>>;
}

export async function createWorld(lab: Lab): Promise<World> {
  const files = lab.path('files');
  await writeMatrixFiles(files, lab.packages);
  const authority = await createAuthority(lab.path('authority'));
  const certificate = await authority.issue(['IP:127.0.0.1']);
  const passwords = lab.path('passwords');
  const full = await lab.pypiserver({ packages: files });
  const devpi = await lab.devpi();
  const login = { username: devpiUser.username, password: await devpi.login(devpiUser) };
  await writeFile(passwords, htpasswd({ [login.username]: login.password }));
  const trusted = await readFile(authority.certificate, 'utf8');
  const pulp = await sharedPulp(lab);
  return { lab, files, authority, trusted, certificate, passwords, devpi, pulp, login, full };
}

/** Uploads those of the files to a devpi index that are wanted, by their place in the list. */
export async function fillDevpi(index: string, { files, login }: World, wanted: (place: number) => boolean): Promise<void> {
  for (const [place, file] of matrixFiles.entries()) {
    if (wanted(place)) await sendToDevpi(index, login, file, await readFile(join(files, file.filename)));
  }
}

/** Uploads by a plain form: what is there before a sync is not pkgsync's work. */
export async function sendToDevpi(
  index: string,
  login: DevpiLogin,
  { project, version, filename }: MatrixFile,
  bytes: Uint8Array,
): Promise<void> {
  const form = new FormData();
  for (const [field, value] of Object.entries({ ':action': 'file_upload', name: project, version })) form.append(field, value);
  form.append('content', new Blob([new Uint8Array(bytes)]), filename);
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const response = await fetch(index, { method: 'POST', body: form, headers: { authorization } });
  if (!response.ok) throw new Error(`devpi took ${filename} with ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
}

/** A static index of the files, made by `pkgsync`; the same folder however often it is asked for. */
export async function staticIndex({ lab, files }: World): Promise<string> {
  const folder = lab.path('static');
  await lab.manifest({ source: files, destination: folder, all: true, defaults: { prereleases: true } }, 'static.json');
  const applied = await lab.pkgsync(['apply', '--yes', '--manifest', 'static.json', '--lockfile', 'static.lock']);
  if (applied.code !== 0) throw new Error(applied.transcript);
  return folder;
}

/** A source distribution without any metadata: Pulp takes it into its queue and then fails on it. */
export const notForPulp: readonly string[] = ['old-style-lab'];

/** Uploads to an index of Pulp by `pkgsync`: its API answers before it has stored anything, so that a plain form would not do. */
export async function fillPulp(index: string, { lab, files }: World): Promise<void> {
  const auth = { username: pulpAdmin.username, passwordEnv: 'PULP_PASSWORD' };
  const destination = { type: 'upload', url: index, auth };
  await lab.manifest({ source: files, destination, all: true, exclude: notForPulp, defaults: { prereleases: true } }, 'pulp.json');
  const env = { PULP_PASSWORD: pulpAdmin.password };
  const applied = await lab.pkgsync(['apply', '--yes', '--manifest', 'pulp.json', '--lockfile', 'pulp.lock'], { env });
  if (applied.code !== 0) throw new Error(applied.transcript);
}
