import type { CommandSpec } from '../command.ts';
import { applySpec } from './apply.ts';
import { downloadSpec } from './download.ts';
import { driftSpec } from './drift.ts';
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

/** Every command, in the order in which help lists them. */
export const commandSpecs: readonly CommandSpec[] = [
  initSpec,
  importSpec,
  validateSpec,
  planSpec,
  applySpec,
  lockSpec,
  driftSpec,
  showSpec,
  syncSpec,
  listSpec,
  inspectSpec,
  downloadSpec,
  registerSpec,
  uploadSpec,
];
