import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { downloadOnce } from './packages.ts';
import { cacheFolder, lastError, type Tools, Unavailable } from './python.ts';
import { run } from './run.ts';

/** Wheels with many requirements, extras and markers between them, none of them large for what it says. */
const wheels = [
  'aiobotocore==2.15.2',
  'ansible-core==2.17.6',
  'apache-airflow-providers-google==10.25.0',
  'asgiref==3.8.1',
  'black==24.10.0',
  'build==1.2.2',
  'celery==5.4.0',
  'cookiecutter==2.6.0',
  'dask==2024.11.2',
  'datasets==3.1.0',
  'distributed==2024.11.2',
  'djangorestframework==3.15.2',
  'dvc==3.58.0',
  'evaluate==0.4.3',
  'fastapi==0.115.5',
  'flask==3.1.0',
  'fsspec==2024.10.0',
  'hatch==1.13.0',
  'haystack-ai==2.7.0',
  'httpx==0.27.2',
  'hypothesis==6.119.3',
  'ibis-framework==9.5.0',
  'intake==2.0.7',
  'ipython==8.29.0',
  'jsonschema==4.23.0',
  'jupyter-server==2.14.2',
  'kedro==0.19.9',
  'kedro-datasets==5.1.0',
  'keyring==25.5.0',
  'kombu==5.4.2',
  'langchain==0.0.354',
  'langchain-community==0.0.38',
  'nbconvert==7.16.4',
  'networkx==3.4.2',
  'nox==2024.10.9',
  'opentelemetry-instrumentation==0.49b2',
  'optuna==4.1.0',
  'papermill==2.6.0',
  'pint==0.24.4',
  'pip-tools==7.4.1',
  'poetry==1.8.4',
  'pydantic==2.10.0',
  'pytest==8.3.3',
  'pytest-django==4.9.0',
  'requests==2.32.3',
  'rich==13.9.4',
  'scikit-build-core==0.10.7',
  'sentry-sdk==2.19.0',
  'setuptools==75.6.0',
  'sphinx==8.1.3',
  'sqlalchemy==2.0.36',
  'starlette==0.41.3',
  'tox==4.23.2',
  'twine==6.0.1',
  'unstructured==0.16.5',
  'urllib3==2.2.3',
  'uvicorn==0.32.1',
  'xarray==2024.11.0',
  'zarr==2.18.3',
  'apache-airflow==2.10.3',
  'snakemake==8.25.3',
  'qiskit-ibm-runtime==0.33.2',
  'moto==5.0.21',
];

/** Projects whose long lists of files have seen every way of naming one. */
const listed = [
  'apache-airflow',
  'celery',
  'cffi',
  'docutils',
  'egenix-mx-base',
  'gevent',
  'jaraco.functools',
  'lxml',
  'mercurial',
  'PasteDeploy',
  'pip',
  'psycopg2',
  'pycrypto',
  'python-dateutil',
  'pytz',
  'PyYAML',
  'reportlab',
  'setuptools',
  'simplejson',
  'six',
  'SQLAlchemy',
  'Twisted',
  'zope.interface',
];

/** A file of a project's page as pip reports it. */
export interface ListedFile {
  readonly project: string;
  readonly filename: string;
  readonly requiresPython?: string;
  /** As the filename spells it; only of files that pip could install here. */
  readonly version?: string;
}

/** A folder of wheels from the machine's package index, downloaded once. @throws Unavailable where a download fails */
export function prepareWheels(tools: Tools): Promise<string> {
  return downloadOnce(tools, [{ what: 'wheels with many requirements', options: ['--only-binary', ':all:'], requirements: wheels }]);
}

/** What pip saw on the pages of some projects, asked for once. @throws Unavailable where a page cannot be had */
export async function prepareListings(tools: Tools): Promise<readonly ListedFile[]> {
  const key = createHash('sha256').update(JSON.stringify(listed)).digest('hex').slice(0, 16);
  const path = join(cacheFolder(), `listings-${key}.json`);
  if (!existsSync(path)) {
    const files: ListedFile[] = [];
    for (const project of listed) files.push(...(await listing(tools, project)));
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(`${path}.new`, JSON.stringify(files));
    await rename(`${path}.new`, path);
  }
  return JSON.parse(await readFile(path, 'utf8')) as readonly ListedFile[];
}

/** pip says what it makes of every link when asked three times. */
async function listing(tools: Tools, project: string): Promise<readonly ListedFile[]> {
  const { code, stdout, stderr } = await run(tools.pip, ['index', 'versions', '-vvv', '--no-cache-dir', project]);
  if (code !== 0) throw new Unavailable(`the page of ${project} could not be had: ${lastError(stderr)}`);
  const files = stdout.split('\n').flatMap((line): ListedFile[] => {
    const [, url, requiresPython, version] =
      /(https?:\/\/\S+) \(from \S+\)(?: \(requires-python:(.*?)\))?(?:, version: (\S+))?$/.exec(line) ?? [];
    if (url === undefined) return [];
    const filename = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
    return [
      { project, filename, ...(requiresPython === undefined ? {} : { requiresPython }), ...(version === undefined ? {} : { version }) },
    ];
  });
  if (files.length === 0) throw new Unavailable(`pip reports no files of ${project}`);
  return files;
}
