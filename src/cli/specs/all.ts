import type { CommandSpec } from '../command.ts';
import { applySpec } from './apply.ts';
import { authSpec } from './auth.ts';
import { completionSpec } from './completion.ts';
import { downloadSpec } from './download.ts';
import { driftSpec } from './drift.ts';
import { helpSpec } from './help.ts';
import { importSpec } from './import.ts';
import { initSpec } from './init.ts';
import { inspectSpec } from './inspect.ts';
import { listSpec } from './list.ts';
import { lockSpec } from './lock.ts';
import { planSpec } from './plan.ts';
import { registerSpec } from './register.ts';
import { showSpec } from './show.ts';
import { syncSpec } from './sync.ts';
import { uploadSpec } from './upload.ts';
import { validateSpec } from './validate.ts';
import { verifySpec } from './verify.ts';

/** Every command under what it is for, in the order in which help lists them. */
export const commandGroups: readonly (readonly [heading: string, specs: readonly CommandSpec[]])[] = [
  ['State in git', [initSpec, importSpec, validateSpec, planSpec, applySpec, lockSpec, driftSpec, verifySpec, showSpec]],
  ['One shot, without a manifest', [syncSpec, listSpec, inspectSpec, downloadSpec, registerSpec, uploadSpec]],
  ['pkgsync itself', [authSpec, helpSpec, completionSpec]],
];

/** Every command. */
export const commandSpecs: readonly CommandSpec[] = commandGroups.flatMap(([, specs]) => specs);
