import { isPkgsyncError } from '../../src/errors.ts';
import { evaluateMarker, formatMarker, parseMarker, type MarkerEnvironment } from '../../src/packaging/marker.ts';
import { casesOf, comparison, fieldsOf, validOr, type Comparisons } from './comparison.ts';

interface EnvironmentVector {
  readonly env: string;
  readonly values: MarkerEnvironment;
}
interface EvaluateVector {
  readonly marker: string;
  readonly env: string;
  readonly extra: string | null;
  readonly expect: boolean | 'undefined-comparison' | 'undefined-name';
}
interface SyntaxVector {
  readonly marker: string;
}

export const markers: Comparisons = (cases) => {
  const environments = new Map(casesOf<EnvironmentVector>(cases, 'environment').map(({ env, values }) => [env, values] as const));
  return {
    // A definition: all that can be wrong is that it lacks a variable or has one that is not known here.
    environment: comparison<EnvironmentVector>(
      ({ values }) => Object.keys(values).sort(),
      () => variableNames,
    ),
    syntax: comparison<SyntaxVector>(
      ({ marker }) => validOr({ marker }, 'MARKER_INVALID', () => ({ normalized: formatMarker(parseMarker(marker)) })),
      fieldsOf,
    ),
    // An extra given as text and the same as a set of one (or none).
    evaluate: comparison<EvaluateVector>(
      ({ marker, env, extra }) => {
        const environment = environments.get(env);
        if (environment === undefined) throw new Error(`the environment ${env} is not defined`);
        return [extra ?? undefined, extra === null ? [] : [extra]].map((extras) => evaluated(marker, environment, extras));
      },
      (vector) => [vector.expect, vector.expect],
    ),
  };
};

const variableNames = [
  'implementation_name',
  'implementation_version',
  'os_name',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_full_version',
  'python_version',
  'sys_platform',
] satisfies readonly (keyof MarkerEnvironment)[];

/** The marker's value; it must parse, so that only the evaluation can be undefined. */
export function evaluated(
  text: string,
  environment: MarkerEnvironment,
  extra: string | readonly string[] | undefined,
): EvaluateVector['expect'] {
  const marker = parseMarker(text);
  try {
    return evaluateMarker(marker, environment, extra);
  } catch (error) {
    if (isPkgsyncError(error, 'MARKER_INVALID')) return namesNothing(error.message) ? 'undefined-name' : 'undefined-comparison';
    throw error;
  }
}

/** packaging looks one side up: a variable of lock files has no value, and a string that stands for a variable names none. */
function namesNothing(message: string): boolean {
  return message.endsWith('has a value in lock files only') || message.endsWith('it compares two strings');
}
